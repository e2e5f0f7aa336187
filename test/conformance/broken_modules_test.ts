import assert from "node:assert/strict";
import { test } from "node:test";
import { checkHost, type Guarantee } from "@lanekeeper/harness";
import { type BrokenLine, withBrokenCopy } from "./_broken_copy.ts";
import { replayLine } from "./_replay_line.ts";

/** One safety line of each module, and what its loss must be told as, in how many operations. */
const BROKEN: readonly (BrokenLine & { guarantee: Guarantee; operations: readonly string[] })[] = [
  {
    module: "lock-scope",
    file: "claims.ts",
    line: "    if (this.#book.holds.has(key)) return undefined;\n",
    broken: "",
    adapter: "lock_scope_adapter.ts",
    guarantee: "SINGLE_TURN",
    operations: ["send a", "send a"],
  },
  {
    module: "task-tracker",
    file: "drain.ts",
    line: "    if (this.#cancelledAtMs !== undefined) return this.#parts.abandonRest();\n",
    broken: "    if (this.#cancelledAtMs !== undefined) return;\n",
    adapter: "task_tracker_adapter.ts",
    guarantee: "STOP_TERMINATES",
    operations: ["send a deaf", "end a"],
  },
  {
    module: "drain-handoff",
    file: "drain_handoff.ts",
    line: "    const held = this.#guards.get(key);\n    if (held === undefined)",
    broken: "    const held = this.#guards.get(key);\n    if (held === undefined || key)",
    adapter: "drain_handoff_adapter.ts",
    guarantee: "SINGLE_TURN",
    operations: ["send a", "send a"],
  },
  {
    module: "session-queue",
    file: "session_queue.ts",
    line:
      '    if (home.ending || (tombstones.size > 0 && tombstones.get(home.key))) return "ended";\n',
    broken: "",
    adapter: "session_queue_adapter.ts",
    guarantee: "NO_RESURRECTION",
    operations: ["end a", "send a"],
  },
  {
    module: "host",
    file: "create_host.ts",
    line: "          void queue.stopAll({ deadlineMs: Infinity });\n",
    broken: "",
    adapter: "host_adapter.ts",
    guarantee: "QUIESCENT_AFTER_STOP",
    operations: ["shutdown", "send a"],
  },
];

for (const row of BROKEN) {
  test(`a broken ${row.module} breaks ${row.guarantee}, found, shrunk and replayed`, async () => {
    await withBrokenCopy(row, async (adapter, file) => {
      const report = await checkHost(adapter, {
        file,
        runs: 1_000,
        strategy: "portfolio",
        seed: 1,
      });
      const found = report.violations.find(({ guarantee }) => guarantee === row.guarantee);
      assert.ok(
        found,
        `${row.guarantee} is not among ${report.violations.map((v) => v.guarantee)}`,
      );
      assert.ok(found.foundAfter <= 1_000, `found after ${found.foundAfter} schedules`);
      assert.deepEqual(found.operations, row.operations);
      const { code, stdout } = await replayLine(found.replay);
      assert.equal(code, 1, stdout);
      assert.ok(stdout.includes(row.guarantee) && stdout.includes(found.story), stdout);
    });
  });
}
