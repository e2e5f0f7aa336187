// Run by Vitest: see host_property_vitest_test.ts.
import { BrokenGuaranteeError, hostProperty } from "@lanekeeper/harness";
import fc from "fast-check";
import { expect, test } from "vitest";
import busyFlag from "../../harness/examples/busy_flag.ts";
import template from "../../harness/examples/template.ts";

test("a host that keeps its guarantees passes", async () => {
  await fc.assert(hostProperty(template), { numRuns: 50, seed: 1 });
});

test("a host that breaks one fails, and the error tells the story", async () => {
  const failing = fc.assert(hostProperty(busyFlag), { seed: 1, includeErrorInReport: false });
  const error = await failing.then(() => undefined, (error: Error) => error);
  expect(error?.cause).toBeInstanceOf(BrokenGuaranteeError);
  expect((error?.cause as BrokenGuaranteeError).guarantee).toBe("SINGLE_TURN");
});
