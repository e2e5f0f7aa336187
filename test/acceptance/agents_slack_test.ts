/**
 * Real agents through Slack: the real command, the Slack on loopback, and an agent that is a child
 * process of its own. The package of the Agent Client Protocol (2.4.0) is published without its example
 * agent; the test agent on that package (`modules/agents/_testing/acp_agent.ts`) stands for it.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { until } from "../../modules/agents/_testing/acp_bench.ts";
import { startChatServer } from "../../modules/agents/_testing/chat_server.ts";
import { acpOption } from "../support/acp_host.ts";
import { descendantsOf, hasProc, isAlive } from "../support/os_look.ts";
import { replies, type SlackServer, soon, withSlackServer } from "../support/slack/slack_server.ts";

/** One thread of Ann's. */
interface Talk {
  /** What the bot said in it so far. */
  said(): string[];
  /** Says something; fulfils with what the bot says after it, once it is this. */
  ask(text: string, answer: RegExp): Promise<string>;
  /** Fulfils once the bot has said this. */
  hears(answer: RegExp): Promise<string>;
}

/** One person alone reaches the agent word for word. */
const HELLO = /^You said: hello$/;
const FAILED = /^Sorry, that did not work/;

/** What the test agent remembers. */
const memory = (...texts: string[]) =>
  new RegExp(`^\\[${texts.map((text) => `"${text}"`).join(",")}\\]$`);

/** A new thread, begun with a post that names the bot, once it was answered so. */
async function begin(bench: SlackServer, text: string, answer: RegExp): Promise<Talk> {
  const { channel, slack } = bench;
  const ann = slack.person("ann");
  const root = ann.post(text, { channel, mention: true });
  const said = () => replies(bench, root);
  const hears = async (wanted: RegExp, from = 0) => {
    const find = () => said().slice(from).find((one) => wanted.test(one));
    await soon(() => find() !== undefined, `the answer ${wanted}`);
    return find() as string;
  };
  await hears(answer);
  return {
    said,
    hears: (wanted) => hears(wanted),
    ask: (more, wanted) => {
      const from = said().length;
      ann.post(more, { channel, thread: root });
      return hears(wanted, from);
    },
  };
}

test("an ACP agent answers a mention in its thread, which it remembers; each thread has a process of its own", (t) => {
  if (!hasProc()) return t.skip("there is no /proc here");
  return withSlackServer(async (bench) => {
    assert.deepEqual(descendantsOf(bench.server.pid), [], "it is started with its first turn");
    const one = await begin(bench, "hello", HELLO);
    await one.ask("recall", memory("hello", "recall"));
    const other = await begin(bench, "recall", memory("recall"));
    const pids = [await one.ask("pid", /^\d+$/), await other.ask("pid", /^\d+$/)].map(Number);
    assert.deepEqual(descendantsOf(bench.server.pid).toSorted(), pids.toSorted());
    assert.equal(one.said().length, 3, "each answer is said once");
  }, { args: acpOption() });
});

test("stop in the thread ends a long turn by a cancel, and its late words are not posted", () =>
  withSlackServer(async (bench) => {
    const talk = await begin(bench, "pid", /^\d+$/);
    const pid = talk.said()[0];
    await talk.ask("hold", /^one $/);
    await talk.ask("stop", /^Stopped\.$/);
    // Had it been killed it would be another one, and not remember; its turn has settled.
    const memories = await talk.ask("recall", memory("pid", "hold", "recall"));
    assert.equal(await talk.ask("pid", /^\d+$/), pid);
    const said = [pid, "one \n\n_Stopped._", "Stopped.", memories, pid];
    assert.deepEqual(talk.said().toSorted(), said.toSorted());
  }, { args: acpOption() }));

for (
  const { how, args, answer } of [
    {
      how: "goes on with its own session",
      args: (dataDir: string) => ["--store", join(dataDir, "store")],
      answer: memory("hello", "pid", "recall"),
    },
    {
      how: "is started anew and says so",
      args: () => [],
      answer: /^\[The agent was started anew.*hello.*recall"\]$/s,
    },
  ]
) {
  test(`an ACP agent that is killed with SIGKILL in a turn: the thread is told, and the next message ${how}`, () =>
    withSlackServer(async (bench) => {
      const talk = await begin(bench, "hello", HELLO);
      const pid = Number(await talk.ask("pid", /^\d+$/));
      await talk.ask("hold", /^one /);
      process.kill(pid, "SIGKILL");
      await talk.hears(FAILED);
      await talk.ask("recall", answer);
      assert.equal(talk.said().filter((said) => FAILED.test(said)).length, 1);
      assert.notEqual(Number(await talk.ask("pid", /^\d+$/)), pid);
    }, ({ dataDir }) => ({ args: acpOption(...args(dataDir)) })));
}

test("after SIGTERM no agent is left, neither what it started nor one that hears nothing", (t) => {
  if (!hasProc()) return t.skip("there is no /proc here");
  return withSlackServer(async (bench) => {
    const { server } = bench;
    const quiet = await begin(bench, "spawn", /^\d+$/);
    const busy = await begin(bench, "pid", /^\d+$/);
    await busy.ask("deaf stone", /^one /);
    const below = descendantsOf(server.pid);
    assert.equal(below.length, 3);
    assert.ok(below.includes(Number(quiet.said()[0])), "what the agent started");
    server.kill("SIGTERM");
    const { signal, stderr } = await server.exited;
    assert.equal(signal, null, stderr);
    await until(() => below.every((pid) => !isAlive(pid)));
  }, { args: [...acpOption(), "--shutdown-ms", "1000"] });
});

test("an openai agent's reply grows in its thread, and stop closes its connection", async () => {
  const endpoint = await startChatServer();
  try {
    await withSlackServer(async (bench) => {
      const talk = await begin(bench, "hello", HELLO);
      await talk.ask("hold", /^one $/);
      assert.ok(!endpoint.events.includes("closed 2"), "it is shown while it goes on");
      await talk.ask("stop", /^Stopped\.$/);
      assert.ok(endpoint.events.includes("closed 2"));
      await talk.ask("again", /^You said: again$/);
      assert.match(JSON.stringify(endpoint.requests.at(-1)?.messages), /hello.*hold.*again/);
    }, { args: ["--agent", "openai:m1"], env: { OPENAI_BASE_URL: endpoint.baseUrl } });
  } finally {
    await endpoint.stop();
  }
});
