import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { type ServerProcess, withServers } from "../support/server_process.ts";
import type { Answer } from "../support/test_client.ts";

/** A chat that is running, of a client with a session of its own. */
async function running(
  server: ServerProcess,
  client: string,
  message: string,
): Promise<{ chat: Promise<Answer> }> {
  await server.call(client, "POST", "/api/session");
  const chat = server.call(client, "POST", "/api/chat", { message });
  await server.poll("/healthz", ({ body }) => body.running === 1);
  return { chat };
}

test("the server prints one line, its address, and answers there from then on", () =>
  withServers(async ({ start }) => {
    const server = await start();
    assert.match(server.address, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.deepEqual(await server.call("ann", "GET", "/healthz"), {
      status: 200,
      body: { status: "ok", sessions: 0, running: 0, waiting: 0 },
    });
    const page = await fetch(`${server.address}/`);
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
    await page.text();
    server.kill("SIGTERM");
    const { code, signal, stdout, stderr } = await server.exited;
    assert.deepEqual([code, signal], [0, null]);
    assert.equal(stdout, `lanekeeper is ready at ${server.address}\n`);
    const logs = stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(logs.map(({ level, message }) => `${level} ${message}`), [
      "info Listening",
      "info Stopping: the running turns may finish",
      "info Stopped",
    ]);
  }));

test("of two chats of one client at once, one is answered and one is refused as in flight", () =>
  withServers(async ({ start }) => {
    const server = await start();
    await server.call("ann", "POST", "/api/session");
    const chats = ["slow 1 a", "slow 1 b"].map((message) =>
      server.call("ann", "POST", "/api/chat", { message })
    );
    const answers = (await Promise.all(chats)).sort((a, b) => a.status - b.status);
    assert.deepEqual(answers.map(({ status }) => status), [200, 409]);
    assert.match(answers[0]?.body.response, /^Slowly, for 1 s: 1 done [ab]$/);
    assert.deepEqual([answers[1]?.body.in_flight, answers[1]?.body.session_connected], [
      ...[true, true],
    ]);
  }));

test("chats of two clients run at the same time", () =>
  withServers(async ({ start }) => {
    const server = await start();
    await server.call("ann", "POST", "/api/session");
    await server.call("bob", "POST", "/api/session");
    const chats = ["ann", "bob"].map((name) =>
      server.call(name, "POST", "/api/chat", { message: "slow 1" })
    );
    await server.poll("/healthz", ({ body }) => body.running === 2);
    assert.deepEqual((await Promise.all(chats)).map(({ status }) => status), [200, 200]);
  }));

test("GET /api/session answers while a slow chat runs", () =>
  withServers(async ({ start }) => {
    const server = await start();
    const { chat } = await running(server, "ann", "slow 3");
    const order: string[] = [];
    const done = chat.then(() => order.push("chat"));
    const look = await server.call("ann", "GET", "/api/session");
    order.push("look");
    assert.equal(look.body.connected, true);
    await done;
    assert.deepEqual(order, ["look", "chat"]);
  }));

for (const [signal, seconds] of [["SIGTERM", 4], ["SIGINT", 3]] as const) {
  test(`${signal} in the middle of a turn: its reply arrives, new chats get 503, then exit 0`, () =>
    withServers(async ({ start }) => {
      const server = await start();
      const { chat } = await running(server, "ann", `slow ${seconds}`);
      await server.call("bob", "POST", "/api/session");
      server.kill(signal);
      const health = await server.poll("/healthz", ({ status }) => status === 503);
      assert.deepEqual(health.body, { status: "draining", sessions: 2, running: 1, waiting: 0 });
      const refused = await server.call("bob", "POST", "/api/chat", { message: "new" });
      assert.deepEqual(refused, {
        status: 503,
        body: { error: "the server is draining", reason: "draining" },
      });
      const answer = await chat;
      assert.equal(answer.status, 200);
      assert.match(answer.body.response, /^Slowly, for \d s: .* done$/);
      const { code, signal: ended } = await server.exited;
      assert.deepEqual([code, ended], [0, null]);
    }));
}

test("a second SIGTERM ends the process at once, and not with 0", () =>
  withServers(async ({ start }) => {
    const server = await start();
    const { chat } = await running(server, "ann", "slow 60");
    const failed = chat.then(() => false, () => true);
    server.kill("SIGTERM");
    await server.poll("/healthz", ({ status }) => status === 503);
    server.kill("SIGTERM");
    const { code, stderr } = await server.exited;
    assert.equal(code, 143);
    assert.match(stderr, /"Stopped at once"/);
    assert.ok(await failed, "the turn was not waited for");
  }));

test("a turn that ignores its cancel is given up at the deadline, named, and the exit code is 1", () =>
  withServers(async ({ start }) => {
    const server = await start({ args: ["--shutdown-ms", "4000", "--abandon-ms", "200"] });
    const { chat } = await running(server, "ann", "ignore cancel 60");
    const { session_id: session } = (await server.call("ann", "GET", "/api/session")).body;
    server.kill("SIGTERM");
    assert.equal((await chat).body.outcome, "abandoned");
    const { code, stderr } = await server.exited;
    assert.equal(code, 1);
    const last = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "{}");
    assert.deepEqual([last.level, last.turns.abandoned], ["warn", [session]]);
  }));

test("a session of a server that was killed goes on, with what was said, after a restart", () =>
  withServers(async ({ start }) => {
    const first = await start();
    const { body: opened } = await first.call("ann", "POST", "/api/session", {
      project_id: "garden",
    });
    await first.call("ann", "POST", "/api/chat", { message: "remember me" });
    const lost = first.call("ann", "POST", "/api/chat", { message: "slow 60" });
    const isLost = lost.then(() => false, () => true);
    const isStored = ({ body }: Answer) => body.entries.length === 3;
    await first.poll("/api/transcript", isStored, "ann");
    first.kill("SIGKILL");
    assert.equal((await first.exited).signal, "SIGKILL");
    assert.ok(await isLost);

    const second = await start();
    assert.equal((await second.call("ann", "GET", "/api/session")).body.connected, false);
    const { status, body } = await second.call("ann", "POST", "/api/session", {
      session_id: opened.session_id,
    });
    assert.deepEqual([status, body.session_id, body.project_id, body.working_dir], [
      ...[200, opened.session_id, "garden", opened.working_dir],
    ]);
    const { entries } = (await second.call("ann", "GET", "/api/transcript")).body;
    assert.deepEqual(entries.map(({ text }: { text: string }) => text).slice(0, 3), [
      ...["remember me", "You said: remember me", "slow 60"],
    ]);
    const answer = await second.call("ann", "POST", "/api/chat", { message: "still there?" });
    assert.equal(answer.body.response, "You said: still there?");
    const names = entries.map(({ turn }: { turn: string }) => turn);
    assert.ok(!names.includes(answer.body.message_id), "no message has the name of an earlier one");
  }));

test("the working directory of the server may be deleted: sessions are made in the home directory (A13)", () =>
  withServers(async ({ dataDir, start }) => {
    const [cwd, home] = [join(dataDir, "cwd"), join(dataDir, "home")];
    await mkdir(cwd);
    await mkdir(home);
    const server = await start({ cwd, env: { HOME: home } });
    await rm(cwd, { recursive: true });
    const { status, body } = await server.call("ann", "POST", "/api/session");
    assert.deepEqual([status, body.working_dir], [200, home]);
    assert.match(body.notice, /is not there; this session works in/);
    const answer = await server.call("ann", "POST", "/api/chat", { message: "hello" });
    assert.equal(answer.body.response, "You said: hello");
  }));

test("the event stream tells a snapshot, then what happens, and ends with the server", () =>
  withServers(async ({ start }) => {
    const server = await start();
    const headers = { "x-client-id": "ann" };
    await server.call("ann", "POST", "/api/session");
    const stream = await fetch(`${server.address}/api/events`, { headers });
    const text = stream.text();
    await server.call("ann", "POST", "/api/chat", { message: "hello" });
    server.kill("SIGTERM");
    const events = (await text).split("\n\n").map((block) => /^event: (\w+)$/m.exec(block)?.[1]);
    assert.equal(events[0], "sessions");
    assert.ok(events.includes("session") && events.includes("text") && events.includes("draining"));
    assert.equal((await server.exited).code, 0);
  }));

test("every option is taken from the environment, and the command line wins", () =>
  withServers(async ({ dataDir, start, run }) => {
    const token = "an-unguessable-token";
    const env = { LANEKEEPER_TOKEN: token, LANEKEEPER_LOG_LEVEL: "error" };
    const server = await start({ env });
    assert.equal((await server.call("ann", "GET", "/api/session")).status, 401);
    const authorization = `Bearer ${token}`;
    const open = await fetch(`${server.address}/healthz`, { headers: { authorization } });
    assert.equal(open.status, 200);
    await open.text();
    server.kill("SIGTERM");
    const { code, stderr } = await server.exited;
    assert.deepEqual([code, stderr], [0, ""]);

    const wrong = await run({ env: { LANEKEEPER_PORT: "none", LANEKEEPER_DATA: dataDir } });
    assert.deepEqual([wrong.code, wrong.stdout], [2, ""]);
    const file = join(dataDir, "file");
    await writeFile(file, "");
    const wins = await start({ env: { LANEKEEPER_PORT: "none", LANEKEEPER_DATA: file } });
    wins.kill("SIGTERM");
    assert.equal((await wins.exited).code, 0);
  }));

/** The one line on standard error of a command that did not start. */
function oneLine({ stdout, stderr }: { stdout: string; stderr: string }): string {
  assert.equal(stdout, "");
  assert.match(stderr, /^lanekeeper: [^\n]+\n$/);
  return stderr.trimEnd();
}

const WRONG: readonly (readonly string[])[] = [
  ["--port", "eighty"],
  ["--port", "70000"],
  ["--port"],
  ["--no-such-option"],
  ["--agent", "acp:"],
  ["--agent", "acp:a 'b"],
  ["--agent", "openai:no-key"],
  ["--permissions", "ask"],
  ["--host", "0.0.0.0"],
  ["--token", "short"],
  ["--log-level", "loud"],
  ["run"],
  ["serve", "twice"],
];

test("a wrong option is one line on standard error and exit code 2", () =>
  withServers(async ({ run }) => {
    for (const args of WRONG) {
      const exit = await run({ args });
      assert.equal(exit.code, 2, args.join(" "));
      oneLine(exit);
    }
  }));

test("--help and --version are on standard output, with exit code 0", () =>
  withServers(async ({ run }) => {
    const [help, version] = await Promise.all([
      run({ args: ["--help"] }),
      run({ args: ["--version"] }),
    ]);
    assert.deepEqual([help.code, help.stderr], [0, ""]);
    assert.match(help.stdout, /^Usage: lanekeeper serve/);
    assert.deepEqual([version.code, version.stderr], [0, ""]);
    assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  }));

test("a port that is in use is one line and exit code 1", () =>
  withServers(async ({ dataDir, run }) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    try {
      const exit = await run({ args: ["--port", `${port}`, "--data", dataDir] });
      assert.equal(exit.code, 1);
      assert.match(oneLine(exit), /the port is in use; choose another one with --port/);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  }));

test("a data folder that cannot be one is one line and exit code 1", () =>
  withServers(async ({ dataDir, run }) => {
    const file = join(dataDir, "file");
    await writeFile(file, "");
    // A folder that is there and takes no files, from nobody.
    const readOnly = existsSync("/proc/self") ? ["/proc"] : [];
    for (const data of [file, join(file, "below"), ...readOnly]) {
      const exit = await run({ args: ["--port", "0", "--data", data] });
      assert.equal(exit.code, 1, data);
      assert.match(oneLine(exit), /Cannot use the data folder .*choose another one with --data/);
    }
  }));

test("an address that is not one of this machine is one line and exit code 1", () =>
  withServers(async ({ dataDir, run }) => {
    const token = "an-unguessable-token";
    const args = ["--port", "0", "--data", dataDir, "--host", "192.0.2.1", "--token", token];
    const exit = await run({ args });
    assert.equal(exit.code, 1);
    assert.match(oneLine(exit), /the address of --host is not one of this machine/);
    assert.ok(!exit.stderr.includes(token));
  }));

test("a log that nobody reads any more ends no turn (SHUTDOWN_ORDER)", () =>
  withServers(async ({ start }) => {
    const server = await start();
    server.closeLog();
    const { chat } = await running(server, "ann", "slow 1");
    server.kill("SIGTERM");
    assert.equal((await chat).status, 200);
    assert.equal((await server.exited).code, 0);
  }));
