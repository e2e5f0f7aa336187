import { FakeClock } from "@lanekeeper/test/fake_clock";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SlackCalls } from "./calls.ts";
import type { SlackIdentity } from "./post.ts";
import { whoAmI } from "./who_am_i.ts";

/** Who the bot is by this answer of `auth.test`. */
function identityOf(answer: object): Promise<SlackIdentity> {
  return whoAmI({
    calls: { call: () => Promise.resolve(answer) } as unknown as SlackCalls,
    clock: new FakeClock(),
    random: () => 0.5,
    signal: new AbortController().signal,
    onTrouble: () => {},
  });
}

test("the bot's team is that of its token: a workspace, or a whole organization", async () => {
  const user = { user_id: "UBOT", bot_id: "BBOT" };
  const bot = { userId: "UBOT", botId: "BBOT" };
  assert.deepEqual(await identityOf({ ...user, team_id: "T1" }), {
    ...bot,
    team: "T1",
    enterprise: undefined,
  });
  assert.deepEqual(await identityOf({ ...user, team_id: "T1", enterprise_id: "E1" }), {
    ...bot,
    team: "T1",
    enterprise: "E1",
  });
  assert.deepEqual(await identityOf({ ...user, team_id: null, enterprise_id: "E1" }), {
    ...bot,
    team: "E1",
    enterprise: "E1",
  });
});

test("what Slack does not say of the bot is not there", async () => {
  const answer = { user_id: "UBOT", bot_id: null, team_id: "T1", enterprise_id: null };
  const { botId, enterprise } = await identityOf(answer);
  assert.deepEqual([botId, enterprise], [undefined, undefined]);
});
