import { assertEquals } from "@std/assert";
import { fixedPort } from "../cli/loadtest/target.ts";

Deno.test("a port is given once, for whoever has it may not listen yet", () => {
  const ports = Array.from({ length: 1_000 }, fixedPort);
  assertEquals(new Set(ports).size, ports.length);
  for (const port of ports) assertEquals(port >= 20_000 && port < 30_000, true);
});
