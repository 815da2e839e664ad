import { assert, assertEquals, assertThrows } from "@std/assert";
import { OptionError } from "@lastcall/lastcall";
import {
  checkDescriptors,
  descriptorLimit,
  isCloseToLimit,
  openDescriptors,
} from "../cli/loadtest/descriptors.ts";
import { testThatNeeds } from "./needs.ts";

Deno.test("checkDescriptors() names the flag and the most that the limit allows", () => {
  checkDescriptors(960, 1_024);
  checkDescriptors(1_000_000, undefined);
  const error = assertThrows(() => checkDescriptors(961, 1_024), OptionError);
  assertEquals(
    error.message,
    "Cannot start: --clients must be at most 960 for the limit of 1 024 file descriptors " +
      "(ulimit -n); got 961",
  );
});

Deno.test("isCloseToLimit() is true from nine tenths on, and never without a limit", () => {
  assertEquals([[899, 1_000], [900, 1_000]].map(([open, limit]) => isCloseToLimit(open, limit)), [
    ...[false, true],
  ]);
  assertEquals(isCloseToLimit(undefined, 1), false);
  assertEquals(isCloseToLimit(1_000_000, undefined), false);
});

const SYSTEM = { permissions: ["run", "read"] as Deno.PermissionName[] };

testThatNeeds(SYSTEM, "the limit and the open descriptors are what the system says", async () => {
  assert((descriptorLimit() ?? Infinity) > 100);
  const before = openDescriptors();
  if (before === undefined) return;
  using _file = await Deno.open("deno.json");
  assertEquals(openDescriptors(), before + 1);
});
