/** What people write to the bot in Slack is not for whoever may call the server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ServerProcess, withServers } from "../support/server_process.ts";
import { until } from "../support/settle.ts";
import { type LoopbackSlack, withSlack } from "../support/slack/loopback_slack.ts";
import { withSlackHost } from "../support/slack/slack_bench.ts";
import { slackOptions, soon } from "../support/slack/slack_server.ts";
import { TestClient } from "../support/test_client.ts";

const SECRET = "the code is open sesame";

/** All that a client of the web chat may try with a session whose name it knows. */
async function assertPrivate(server: ServerProcess, session: string): Promise<void> {
  const own = (await server.call("mallory", "POST", "/api/session")).body.session_id;
  const resumed = await server.call("mallory", "POST", "/api/session", { session_id: session });
  assert.deepEqual([resumed.status, resumed.body], [409, {
    error: `session "${session}" is not one of the web chat`,
    session_connected: true,
  }]);
  // What follows is about the client's own session, as before.
  assert.equal((await server.call("mallory", "GET", "/api/session")).body.session_id, own);
  const { body: told } = await server.call("mallory", "GET", "/api/transcript");
  assert.deepEqual([told.session_id, told.entries], [own, []]);
  assert.equal((await server.call("mallory", "POST", "/api/stop")).body.running, "none");
  await server.call("mallory", "POST", "/api/session");
  await server.call("mallory", "DELETE", "/api/session");
  const picture = JSON.stringify((await server.call("mallory", "GET", "/api/sessions")).body);
  assert.ok(!picture.includes("open sesame"), picture);
}

/** Ann says something to the bot alone, and the bot answers. */
async function ask(slack: LoopbackSlack, text: string): Promise<void> {
  const { id } = slack.person("ann").directMessages;
  slack.person("ann").direct(text);
  const answer = `bot: You said: ${text}`;
  await soon(() => slack.workspace.read(id).at(-1) === answer, `the answer to ${text}`);
}

test("a direct message in Slack is nobody else's to read, stop or end, also after a restart, with Slack or without", () =>
  withSlack((slack) =>
    withServers(async ({ start }) => {
      const session = `slack-${slack.ids.team}-${slack.person("ann").directMessages.id}`;
      const stop = async (server: ServerProcess) => {
        server.kill("SIGTERM");
        assert.equal((await server.exited).code, 0);
      };
      const first = await start(slackOptions(slack));
      await ask(slack, SECRET);
      await assertPrivate(first, session);
      const { body } = await first.call("mallory", "GET", "/api/sessions");
      const lane = body.sessions.find(({ id }: { id: string }) => id === session);
      // Who looks after the server sees that there is a session and how it does, not what was said.
      assert.deepEqual([lane.state, lane.mine, lane.working_dir], ["idle", false, null]);
      assert.deepEqual(
        lane.outcomes.map(({ status, text }: Record<string, unknown>) => [status, text]),
        [
          ["completed", null],
        ],
      );
      await stop(first);

      const second = await start(slackOptions(slack));
      await assertPrivate(second, session);
      await ask(slack, "still there?");
      await stop(second);

      const without = await start();
      await assertPrivate(without, session);
      await stop(without);
    })
  ));

test("in a host of one's own Slack's sessions are Slack's, also the one after a new and one that runs", () =>
  withSlackHost(async ({ slack, host, agent }) => {
    const ann = slack.person("ann");
    ann.direct("hello");
    (await agent.began("hello")).reply();
    const renewed = ann.direct("new");
    ann.direct("another matter");
    const run = await agent.began("another matter");
    const first = `slack-${slack.ids.team}-${ann.directMessages.id}`;
    const mallory = new TestClient(host.app, "mallory");
    for (const session of [first, `${first}_${renewed.ts}`]) {
      const { status } = await mallory.request("POST", "/api/session", {
        body: { session_id: session },
      });
      assert.equal(status, 409, session);
    }
    assert.equal(run.session, `${first}_${renewed.ts}`);
    assert.ok(!run.isSettled);
    run.reply();
  }));

for (const end of ["replies", "is stopped"] as const) {
  test(`a message of the web chat that takes the id of one in Slack writes nothing there, also when it ${end}`, () =>
    withSlackHost(async ({ slack, surface, host, agent, channel, replies, clock }) => {
      const asked = slack.person("ann").post("tell", { channel, mention: true });
      const run = await agent.began("tell");
      const mallory = new TestClient(host.app, "mallory");
      const { body } = await mallory.request("GET", "/api/sessions");
      const { running } = body.sessions.find(({ id }: { id: string }) => id === run.session);
      await mallory.open();
      const sent = mallory.request("POST", "/api/chat", {
        body: { message: "inject" },
        headers: { "x-message-id": running.id },
      });
      const other = await agent.began("inject");
      other.turn.emit("injected ");
      run.turn.emit("Ann's ");
      clock.advance(10_000);
      await until(() => slack.recorder.callsOf("chat.startStream").length > 0, "the first piece");
      if (end === "replies") other.reply("injected");
      else await mallory.stop();
      await sent;
      run.reply("Ann's answer");
      await until(() => surface.snapshot().tasks === 0, "the end of Ann's turn");
      assert.deepEqual(await replies(asked, 1), ["Ann's answer"]);
      const texts = slack.recorder.calls.map(({ args }) => String(args["markdown_text"]));
      assert.deepEqual(texts.filter((text) => text.includes("injected")), []);
    }));
}
