import assert from "node:assert/strict";
import { test } from "node:test";
import { CASES, freshName } from "./_testing/lock_contract.ts";
import "./_testing/lock_manager_cases.ts";
import "./_testing/lock_request_cases.ts";
import { LockManager } from "./mod.ts";

for (const { sentence, run } of CASES) {
  test(`LockManager: ${sentence}`, async () => {
    const locks = new LockManager();
    await run(locks, freshName());
    assert.deepEqual([locks.size, locks.snapshot()], [0, { held: [], pending: [] }]);
  });
}
