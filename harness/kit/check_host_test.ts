import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostAdapter } from "./adapter.ts";
import { Search } from "./check_host.ts";
import { exhaustiveLane } from "./lanes.ts";
import { parseOperations } from "./operations.ts";
import { probeHost } from "./probe.ts";
import { SituationCounts } from "./situations.ts";

/** Its guard is away just while two turns run: no schedule at rest breaks the one without the other. */
const twoAtOnce: HostAdapter = {
  name: "two at once",
  level: 2,
  guarantees: ["SINGLE_TURN", "GUARD_WHILE_RUNNING"],
  create(env) {
    let running = 0;
    return {
      async send(session, message) {
        running++;
        await env.agent(session, message);
        running--;
      },
      snapshot: () => ({ sessions: running === 1 ? [{ session: "a", guard: 1 }] : [] }),
    };
  },
};

test("what is broken behind another guarantee is not kept, and names which that is", async () => {
  const situations = new SituationCounts(await probeHost(twoAtOnce), []);
  const search = new Search({ adapter: twoAtOnce, file: "", seed: 1, situations, now: () => 0 });
  const operations = parseOperations("send a");
  await search.run(exhaustiveLane(search.subject, { operations, lengthMax: 2 }));
  const { violations, verdicts } = search.report();
  assert.deepEqual(violations.map(({ guarantee }) => guarantee), ["SINGLE_TURN"]);
  const verdict = verdicts.find(({ guarantee }) => guarantee === "GUARD_WHILE_RUNNING");
  assert.deepEqual(verdict, {
    guarantee: "GUARD_WHILE_RUNNING",
    verdict: "broken",
    schedules: search.schedules,
    behind: "SINGLE_TURN",
  });
});
