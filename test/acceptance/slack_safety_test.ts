/** What keeps people who write to the bot apart, and who is answered at all: the real command. */
import assert from "node:assert/strict";
import { readdir, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { acpOption } from "../support/acp_host.ts";
import { type Servers, withServers } from "../support/server_process.ts";
import { type LoopbackSlack, withSlack } from "../support/slack/loopback_slack.ts";
import { replies, slackOptions, soon } from "../support/slack/slack_server.ts";
import type { Message } from "../support/slack/workspace.ts";

/** Waits until the bot has answered a post with this, in full. */
function answered(slack: LoopbackSlack, asked: Message, text: string): Promise<void> {
  return soon(() => replies({ slack }, asked).at(-1) === text, `the answer ${text}`);
}

function withBoth(run: (slack: LoopbackSlack, servers: Servers) => Promise<void>): Promise<void> {
  return withSlack((slack) => withServers((servers) => run(slack, servers)));
}

/** Where the agent says that it works, in its protocol and as its process does. */
const twice = (dir: string) => JSON.stringify([dir, dir]);

test("an agent works for each thread in a folder of its own, beside the transcripts, also after a restart that lost it", () =>
  withBoth(async (slack, { start, dataDir }) => {
    const channel = slack.channel({ name: "general" });
    const ann = slack.person("ann");
    const folderOf = ({ ts }: Message) =>
      join(dataDir, "work", `slack-${slack.ids.team}-${channel.id}-${ts}`);
    const options = slackOptions(slack, { args: acpOption("--store", join(dataDir, "store")) });
    const first = await start(options);
    const one = ann.post("cwd", { channel, mention: true });
    const other = ann.post("cwd", { channel, mention: true });
    for (const asked of [one, other]) {
      await answered(slack, asked, twice(folderOf(asked)));
      assert.deepEqual(await readdir(folderOf(asked)), []);
    }
    assert.equal((await readdir(join(dataDir, "sessions"))).length, 2, "the transcripts");
    // Whoever opens the page of the server works where the server does, as before.
    const { body } = await first.call("bob", "POST", "/api/session");
    assert.equal(body.working_dir, await realpath(process.cwd()));
    first.kill("SIGTERM");
    await first.exited;

    await rm(join(dataDir, "work"), { recursive: true });
    await start(options);
    ann.post("where now?", { channel, thread: one });
    await answered(slack, one, "You said: where now?");
    ann.post("cwd", { channel, thread: one });
    await answered(slack, one, twice(folderOf(one)));
  }));

test("--work-dir says where the folders are, and one that cannot be is told at once", () =>
  withBoth(async (slack, { start, run, dataDir }) => {
    const workDir = join(dataDir, "elsewhere", "work");
    const args = [...acpOption(), "--work-dir", workDir];
    await start(slackOptions(slack, { args }));
    const ann = slack.person("ann");
    const { id } = ann.directMessages;
    ann.direct("cwd");
    const folder = join(workDir, `slack-${slack.ids.team}-${id}`);
    await soon(
      () => slack.workspace.read(id).at(-1) === `bot: ${twice(folder)}`,
      "the answer to a direct message",
    );
    const serve = ["serve", "--port", "0", "--data", join(dataDir, "other")];
    const wrong = slackOptions(slack, { args: ["--work-dir", "/dev/null/work"] });
    const { code, stderr } = await run({ ...wrong, args: [...serve, ...wrong.args ?? []] });
    assert.equal(code, 1);
    assert.match(stderr, /^lanekeeper: Cannot use the work folder \([^\n]+--work-dir\n$/);
  }));

test("with --slack-allow only these people are answered, and all in these channels that are not from outside", () =>
  withBoth(async (slack, { start }) => {
    const open = slack.channel({ id: "C0OPEN001" });
    const closed = slack.channel({ id: "C0CLOSED1" });
    const [ann, bob] = [slack.person("ann"), slack.person("bob")];
    const args = ["--slack-allow", `${ann.id},${open.id}`];
    const { call } = await start(slackOptions(slack, { args }));
    const stranger = { type: "app_mention", channel: open.id, user: "U0STRANGE", team: "T0OTHER" };
    slack.emit({ ...stranger, ts: slack.workspace.stamp(), text: `<@${slack.ids.botUser}> hello` });
    const refused = [
      bob.post("let me in", { channel: closed, mention: true }),
      bob.direct("let me in"),
    ];
    const taken = [
      ann.post("hello", { channel: closed, mention: true }),
      ann.post("hello", { channel: open, mention: true }),
      bob.post("hello", { channel: open, mention: true }),
    ];
    for (const asked of taken) await answered(slack, asked, "You said: hello");
    // They came before those that were answered, and are not under way.
    for (const asked of refused) {
      assert.ok(slack.isAcknowledged(asked));
      assert.deepEqual(replies({ slack }, asked), []);
    }
    assert.equal((await call("ann", "GET", "/api/sessions")).body.sessions.length, taken.length);
  }));
