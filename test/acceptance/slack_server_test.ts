import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { descendantsOf, hasProc, socketsAt, socketsOf } from "../support/os_look.ts";
import { type Servers, withServers } from "../support/server_process.ts";
import { type LoopbackSlack, withSlack } from "../support/slack/loopback_slack.ts";
import { replies, slackOptions, soon, withSlackServer } from "../support/slack/slack_server.ts";

/** The log, as far as it was written. */
function logOf(stderr: string): { level: string; message: string; [field: string]: unknown }[] {
  return stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
}

test("with --slack the server answers in the thread, and remembers it after a restart of the socket", () =>
  withSlackServer(async (bench) => {
    const { slack, channel, server } = bench;
    const ann = slack.person("ann");
    const asked = ann.post("hello", { channel, mention: true });
    // The reply grows before the eyes of its reader.
    await soon(() => replies(bench, asked)[0] === "You said: hello", "the reply");
    slack.socket.cutAll();
    ann.post("still there?", { channel, thread: asked });
    await soon(() => replies(bench, asked)[1] === "You said: still there?", "the second reply");
    assert.equal(replies(bench, asked).length, 2);
    server.kill("SIGTERM");
    const { code, signal, stderr } = await server.exited;
    assert.deepEqual([code, signal], [0, null]);
    assert.equal(logOf(stderr).at(-1)?.message, "Stopped");
  }));

/** As Slack's request comes through a proxy: for a name that is not this machine's, and without a token. */
async function throughProxy(address: string, asked: Request): Promise<number | undefined> {
  const headers = { ...Object.fromEntries(asked.headers), host: "bot.example" };
  const call = request(`${address}/slack/events`, { method: "POST", headers });
  call.end(await asked.text());
  const [answer] = await once(call, "response") as [IncomingMessage];
  answer.resume();
  return answer.statusCode;
}

test("over HTTP the real server answers Slack behind a proxy by its signature alone, and the web chat needs the token", () =>
  withSlack((slack) =>
    withServers(async ({ start }) => {
      const { address } = await start(slackOptions(slack, {
        args: ["--host", "0.0.0.0", "--allowed-hosts", "chat.example"],
        env: {
          ...{ SLACK_APP_TOKEN: "", SLACK_SIGNING_SECRET: slack.signingSecret },
          LANEKEEPER_TOKEN: "an-unguessable-token",
        },
      }));
      const local = address.replace("0.0.0.0", "127.0.0.1");
      const deliver = (body: unknown, options = {}) =>
        throughProxy(local, slack.http.request(local, body, options));
      assert.equal(await deliver({ type: "url_verification", challenge: "3eZbrw1a" }), 200);
      const { id } = slack.person("ann").directMessages;
      const [event] = slack.eventsOf(slack.person("ann").direct("hello"));
      assert.equal(await deliver(event, { signature: "v0=00" }), 401);
      assert.equal(await deliver(event), 200);
      await soon(() => slack.workspace.read(id).at(-1) === "bot: You said: hello", "the reply");
      assert.equal((await fetch(`${local}/api/sessions`)).status, 401);
    }), { delivers: "none" }));

test("after SIGTERM nothing is left of the server: no child, no listener, no socket, by the system's list", (t) => {
  if (!hasProc()) return t.skip("there is no /proc here");
  return withSlackServer(async (bench) => {
    const { slack, channel, server } = bench;
    const port = Number(new URL(server.address).port);
    const asked = slack.person("ann").post("hello", { channel, mention: true });
    await soon(() => replies(bench, asked).length === 1, "the reply");
    // What is looked for below is there now.
    const open = socketsOf(server.pid);
    assert.deepEqual(open.filter(({ isListening }) => isListening).map((at) => at.localPort), [
      port,
    ]);
    assert.ok(open.some(({ remotePort }) => remotePort === slack.port));
    assert.deepEqual(descendantsOf(server.pid), []);

    server.kill("SIGTERM");
    const { code, signal } = await server.exited;
    assert.deepEqual([code, signal], [0, null], "it came to its end by itself");
    assert.deepEqual(socketsOf(server.pid), []);
    assert.deepEqual(socketsAt(port).filter(({ isListening }) => isListening), []);
    await soon(
      () => socketsAt(slack.port).every(({ isListening }) => isListening),
      "the end of every socket to Slack",
    );
    assert.equal(slack.socket.size, 0);
  });
});

test("SIGTERM in the middle of a turn: its reply arrives in Slack, new messages are told no, then exit 0", () =>
  withSlackServer(async (bench) => {
    const { slack, channel, server } = bench;
    const ann = slack.person("ann");
    const asked = ann.post("slow 2", { channel, mention: true });
    await soon(() => slack.recorder.callsOf("assistant.threads.setStatus").length > 0, "the turn");
    server.kill("SIGTERM");
    await server.poll("/healthz", ({ status }) => status === 503);
    const late = ann.post("late", { channel, mention: true });
    const { code, signal, stderr } = await server.exited;
    assert.deepEqual([code, signal], [0, null], stderr);
    assert.match(replies(bench, asked)[0] ?? "", /^Slowly, for 2 s: .* done$/);
    assert.match(replies(bench, late)[0] ?? "", /about to be restarted/);
    assert.deepEqual([asked, late].map((message) => slack.isAcknowledged(message)), [true, true]);
  }));

test("SIGTERM while a reconnect waits for its hello: exit 0, and no socket afterwards (node-slack-sdk #2656)", () =>
  withSlackServer(async ({ slack, server }) => {
    const gate = slack.socket.holdHello();
    slack.socket.cutAll();
    await soon(() => gate.waiting === 1, "the reconnect");
    server.kill("SIGTERM");
    const { code, signal, stderr } = await server.exited;
    assert.deepEqual([code, signal], [0, null], stderr);
    gate.open();
    await soon(() => slack.socket.size === 0, "the end of the last socket");
    assert.equal(slack.socket.opened, 2);
  }));

test("SIGTERM while Slack answers nothing: it ends by its own deadline and says what it gave up", () =>
  withSlackServer(async ({ slack, server, channel }) => {
    const gates = ["chat.postMessage", "chat.startStream", "chat.update", "chat.stopStream"]
      .map((method) => slack.faults.hold(method));
    slack.person("ann").post("hello", { channel, mention: true });
    await soon(() => gates.some(({ waiting }) => waiting > 0), "the reply that hangs");
    server.kill("SIGTERM");
    const { code, signal, stderr } = await server.exited;
    assert.deepEqual([code, signal], [1, null], stderr);
    const last = logOf(stderr).at(-1);
    assert.deepEqual([last?.level, last?.message], ["warn", "Stopped"]);
    await soon(() => slack.socket.size === 0, "the end of the socket");
  }, { args: ["--shutdown-ms", "3000", "--abandon-ms", "200"] }));

test("a message whose turn fails is one error line, with channel, user, thread and 80 characters (A6)", () =>
  withSlackServer(async (bench) => {
    const { slack, channel, server } = bench;
    const text = `fail ${"0123456789".repeat(10)}`;
    const asked = slack.person("ann").post(text, { channel, mention: true });
    await soon(() => replies(bench, asked).length === 1, "the word that it failed");
    server.kill("SIGTERM");
    const { code, stderr } = await server.exited;
    assert.equal(code, 0);
    const errors = logOf(stderr).filter(({ level }) => level === "error");
    const fields = ["message", "channel", "user", "thread", "text"];
    assert.deepEqual(errors.map((line) => fields.map((name) => line[name])), [
      ["A Slack message failed", channel.id, asked.user, asked.ts, text.slice(0, 80)],
    ]);
  }));

test("a token that Slack takes back stops Slack alone, and the log says which variable", () =>
  withSlackServer(async (bench) => {
    const { slack, server, channel } = bench;
    slack.tokens.isRevoked = true;
    slack.person("ann").post("hello", { channel, mention: true });
    await soon(() => slack.socket.size === 0, "the end of Slack");
    assert.equal((await server.call("ann", "GET", "/healthz")).status, 200);
    server.kill("SIGTERM");
    const { code, stderr } = await server.exited;
    assert.equal(code, 0);
    const said = logOf(stderr).filter(({ message }) => message.includes("token is refused"));
    assert.equal(said.length, 1, stderr);
    assert.match(JSON.stringify(said[0]), /SLACK_BOT_TOKEN.*token_revoked/);
    assert.ok(!stderr.includes(slack.tokens.bot));
  }));

/** What is wrong, and what the one line says. */
interface WrongStart {
  readonly env: (slack: LoopbackSlack) => Record<string, string>;
  readonly says: RegExp;
}

const WRONG: Record<string, WrongStart> = {
  "no token": {
    env: () => ({ SLACK_BOT_TOKEN: "", SLACK_APP_TOKEN: "" }),
    says: /SLACK_BOT_TOKEN is missing/,
  },
  "no app token": {
    env: () => ({ SLACK_APP_TOKEN: "" }),
    says: /SLACK_APP_TOKEN is missing/,
  },
  "a bot token that is none": {
    env: () => ({ SLACK_BOT_TOKEN: "xoxp-somebody-elses" }),
    says: /Cannot use SLACK_BOT_TOKEN/,
  },
  "the tokens mixed up": {
    env: ({ tokens }) => ({ SLACK_BOT_TOKEN: tokens.app, SLACK_APP_TOKEN: tokens.bot }),
    says: /Cannot use SLACK_BOT_TOKEN/,
  },
  "a bot token that Slack refuses": {
    env: () => ({ SLACK_BOT_TOKEN: "xoxb-of-yesterday" }),
    says: /Cannot use SLACK_BOT_TOKEN: Slack says "invalid_auth"/,
  },
  "an app token that Slack refuses": {
    env: () => ({ SLACK_APP_TOKEN: "xapp-of-yesterday" }),
    says: /Cannot use SLACK_APP_TOKEN: Slack says "invalid_auth"/,
  },
};

/** Ends by itself, with 2 and one line that names the variable and tells no secret. */
async function assertRefused(
  { run, dataDir }: Servers,
  { slack, wrong: { env, says } }: { slack: LoopbackSlack; wrong: WrongStart },
): Promise<void> {
  const serve = ["serve", "--port", "0", "--data", dataDir];
  const { args = [], env: base = {} } = slackOptions(slack, { env: env(slack) });
  const { code, signal, stdout, stderr } = await run({ args: [...serve, ...args], env: base });
  assert.match(stderr, says);
  assert.match(stderr, /^lanekeeper: [^\n]+\n$/, "one line");
  assert.deepEqual([code, signal, stdout], [2, null, ""]);
  const secrets = Object.values(base).filter((value) => value !== "");
  assert.ok(secrets.every((secret) => !stderr.includes(secret)));
  assert.equal(slack.socket.size, 0);
}

for (const [name, wrong] of Object.entries(WRONG)) {
  test(`with ${name} it ends with 2 and one line that says which variable`, () =>
    withSlack((slack) => withServers((servers) => assertRefused(servers, { slack, wrong }))));
}

test("npm start -- --slack without a token ends with 2 and one line that says which variable", async () => {
  const { PATH = "", HOME = "" } = process.env;
  const cwd = fileURLToPath(new URL("../../", import.meta.url));
  const npm = spawn("npm", ["start", "--", "--slack"], {
    ...{ cwd, env: { PATH, HOME, SLACK_BOT_TOKEN: "xoxb-good-as-it-looks" } },
    ...{ stdio: ["ignore", "ignore", "pipe"], timeout: 60_000, killSignal: "SIGKILL" },
  });
  let stderr = "";
  npm.stderr?.on("data", (chunk) => stderr += chunk);
  const [code, signal] = await once(npm, "close");
  assert.match(stderr, /^lanekeeper: Cannot start Slack: SLACK_APP_TOKEN is missing [^\n]+\n$/);
  assert.deepEqual([code, signal], [2, null]);
});
