import { assert, assertEquals, assertThrows } from "@std/assert";
import { OptionError } from "@lastcall/lastcall";
import { checkDescriptors, descriptorLimit, isCloseToLimit } from "../cli/loadtest/descriptors.ts";
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
  assertEquals([[835, 1_000], [836, 1_000]].map(([open, limit]) => isCloseToLimit(open, limit)), [
    ...[false, true],
  ]);
  assertEquals(isCloseToLimit(undefined, 1_000), false);
  assertEquals(isCloseToLimit(1_000_000, undefined), false);
});

const RUN = { permissions: ["run"] as Deno.PermissionName[] };

testThatNeeds(RUN, "the limit is what the system says", () => {
  assert((descriptorLimit() ?? Infinity) > 100);
});
