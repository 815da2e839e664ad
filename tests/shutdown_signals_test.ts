import { assertEquals } from "@std/assert";
import { signalHandler } from "../src/shutdown/signals.ts";
import { FakeClock } from "./fake_clock.ts";
import { TestLog } from "./harness.ts";

function scene(start: () => Promise<{ exitCode: 0 | 1 | 3 }>) {
  const clock = new FakeClock();
  const seen: string[] = [];
  const obey = signalHandler({
    start: (reason) => {
      seen.push(`start ${reason}`);
      return start();
    },
    hurry: () => void seen.push("hurry"),
  }, { clock, exit: (code) => void seen.push(`exit ${code}`), log: new TestLog() });
  return { clock, seen, obey };
}

Deno.test("the first signal starts the shutdown, and its receipt says how to exit", async () => {
  const { seen, obey } = scene(() => Promise.resolve({ exitCode: 3 }));
  obey("SIGTERM");
  await Promise.resolve();
  assertEquals(seen, ["start SIGTERM", "exit 3"]);
});

Deno.test("the second signal skips the pacing, the third exits with 1", async () => {
  const { clock, seen, obey } = scene(() => new Promise(() => {}));
  obey("SIGTERM");
  await clock.advance(1_000);
  obey("SIGINT");
  await clock.advance(1_000);
  obey("SIGTERM");
  assertEquals(seen, ["start SIGTERM", "hurry", "exit 1"]);
});

Deno.test("a signal that arrives twice at once counts once", async () => {
  const { clock, seen, obey } = scene(() => new Promise(() => {}));
  obey("SIGINT");
  await clock.advance(1);
  obey("SIGINT");
  await clock.advance(500);
  obey("SIGINT");
  await clock.advance(1);
  obey("SIGINT");
  assertEquals(seen, ["start SIGINT", "hurry"]);
});

Deno.test("a shutdown that fails exits with 1", async () => {
  const { seen, obey } = scene(() => Promise.reject(new Error("no")));
  obey("SIGTERM");
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(seen, ["start SIGTERM", "exit 1"]);
});
