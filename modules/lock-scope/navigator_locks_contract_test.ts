// The same contract on the runtime's own locks, where there are some: so that it says what the Web Locks
// API says and not what this module does. Where a runtime is known to deviate, the test is that it still
// does: once it does not, the row in the README is not true any more.
import { quiet } from "@lanekeeper/test/fake_clock";
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CASES,
  type ContractCase,
  freshName,
  type Locks,
  type Runtime,
} from "./_testing/lock_contract.ts";
import "./_testing/lock_manager_cases.ts";
import "./_testing/lock_request_cases.ts";

const RUNTIME: Runtime = "Deno" in globalThis ? "deno" : "node";
/** What never settles is not waited for longer than this many turns of the event loop. */
const TURNS = 50;

const { locks } = (globalThis as unknown as { navigator: { locks: Locks } }).navigator;

for (const one of CASES) {
  test(`navigator.locks: ${one.sentence}`, async () => {
    if (one.deviations[RUNTIME] === undefined) await one.run(locks, freshName());
    else assert.equal(await outcome(one), "deviates");
  });
}

function outcome(one: ContractCase): Promise<"conforms" | "deviates"> {
  const run = one.run(locks, freshName()).then(
    () => "conforms" as const,
    () => "deviates" as const,
  );
  return Promise.race([run, turns()]);
}

async function turns(): Promise<"deviates"> {
  for (let turn = 0; turn < TURNS; turn++) await quiet();
  return "deviates";
}
