import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { notingLogger } from "./_test_support.ts";
import { type Config, readCommand } from "./config.ts";
import { type RunningServer, serve } from "./serve.ts";

const TOKEN = "an-unguessable-token";

/** Runs a test with a data folder; the servers that it starts are its own to stop. */
async function withData(
  use: (dataDir: string, config: (...args: string[]) => Config) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "lanekeeper-serve-"));
  const dataDir = join(folder, "deep", "data");
  const config = (...args: string[]) => {
    const command = readCommand(["--port", "0", "--data", dataDir, ...args], {});
    assert.ok(command.name === "serve");
    return command.config;
  };
  try {
    await use(dataDir, config);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The status that a server answers to a request under a name of its own choice. */
function statusOf(server: RunningServer, host: string, token?: string): Promise<number> {
  const { hostname, port } = new URL(server.address);
  return new Promise((resolve, reject) => {
    const headers = { host, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
    const address = hostname === "0.0.0.0" ? "127.0.0.1" : hostname.replace(/^\[(.*)\]$/, "$1");
    const call = request(
      { host: address, port, path: "/healthz", headers, agent: false },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0));
      },
    );
    call.on("error", reject);
    call.end();
  });
}

test("serve() answers when it returns, makes its data folder for itself alone, and stops in order", () =>
  withData(async (dataDir, config) => {
    const logger = notingLogger();
    const server = await serve(config(), logger);
    assert.match(server.address, /^http:\/\/127\.0\.0\.1:\d+$/);
    const { port } = new URL(server.address);
    assert.equal(await statusOf(server, `127.0.0.1:${port}`), 200);
    for (const made of [dataDir, dirname(dataDir)]) {
      assert.equal((await stat(made)).mode & 0o777, 0o700);
    }
    assert.deepEqual(await readdir(dataDir), [], "the probe that it can be written to is gone");
    assert.deepEqual(logger.lines.at(-1), [
      "info Listening",
      { address: server.address, agent: "echo", data: dataDir },
    ]);
    const [first, second] = await Promise.all([server.stop(), server.stop()]);
    assert.equal(first, second);
    assert.deepEqual(first.steps.map(({ name, status }) => `${name} ${status}`), [
      ...["intake completed", "turns completed", "agent completed", "streams completed"],
      "http completed",
    ]);
    await assert.rejects(statusOf(server, "localhost"), { code: "ECONNREFUSED" });
  }));

test("it answers to the loopback names, its own address and the names that are allowed", () =>
  withData(async (_, config) => {
    const server = await serve(config("--allowed-hosts", "Chat.Example"), notingLogger());
    const names = ["localhost", "127.0.0.1", "[::1]", "chat.example", "chat.example:80"];
    for (const name of names) assert.equal(await statusOf(server, name), 200, name);
    assert.equal(await statusOf(server, "evil.example"), 403);
    await server.stop();
  }));

test("with a token it answers to every name, unless some are listed", () =>
  withData(async (_, config) => {
    const open = await serve(config("--token", TOKEN), notingLogger());
    assert.equal(await statusOf(open, "any.example", TOKEN), 200);
    assert.equal(await statusOf(open, "any.example"), 401);
    await open.stop();
    const listed = ["--token", TOKEN, "--allowed-hosts", "chat.example"];
    const some = await serve(config(...listed), notingLogger());
    assert.equal(await statusOf(some, "chat.example", TOKEN), 200);
    assert.equal(await statusOf(some, "any.example", TOKEN), 403);
    await some.stop();
  }));

test("it may be bound to every address, with a token", () =>
  withData(async (_, config) => {
    const server = await serve(config("--host", "0.0.0.0", "--token", TOKEN), notingLogger());
    assert.match(server.address, /^http:\/\/0\.0\.0\.0:\d+$/);
    assert.equal(await statusOf(server, "chat.example", TOKEN), 200);
    await server.stop();
  }));

test("what it stores is in the data folder", () =>
  withData(async (dataDir, config) => {
    const server = await serve(config(), notingLogger());
    const answer = await fetch(`${server.address}/api/session`, { method: "POST" });
    const { session_id: session } = await answer.json();
    assert.deepEqual(await readdir(join(dataDir, "sessions")), [`${session}.jsonl`]);
    await server.stop();
  }));

test("no session of the web chat works in the data folder or in the folder of Slack's, also by a link", () =>
  withData(async (dataDir, config) => {
    const dir = dirname(dataDir);
    const workDir = join(dir, "work");
    const server = await serve(config("--work-dir", workDir), notingLogger());
    await mkdir(join(workDir, "slack-T1-D1"), { recursive: true });
    await symlink(dataDir, join(dir, "link"));
    const open = async (path: string) => {
      const body = JSON.stringify({ working_dir: path });
      const answer = await fetch(`${server.address}/api/session`, { method: "POST", body });
      return [answer.status, (await answer.json()).error];
    };
    const refused = [400, "working_dir is in a folder that the server keeps for itself"];
    const inside = [dataDir, join(dataDir, "sessions"), join(dir, "link"), workDir];
    const answers = [];
    for (const path of [...inside, join(workDir, "slack-T1-D1"), dir]) {
      answers.push(await open(path));
    }
    await server.stop();
    assert.deepEqual(answers, [refused, refused, refused, refused, refused, [200, undefined]]);
  }));

test("STOP_TERMINATES: a stop while Slack hangs at the start does not wait for it, and cuts the call off", () =>
  withData(async (dataDir) => {
    const cut: Promise<unknown>[] = [];
    const stopping = new AbortController();
    const slack = createServer((call) => {
      // That it is cut off is an error to Deno and Bun, and is what is wanted here.
      call.on("error", () => {}).resume();
      cut.push(new Promise((resolve) => call.socket.once("close", resolve)));
      stopping.abort();
    });
    slack.listen(0, "127.0.0.1").unref();
    await once(slack, "listening");
    const { port } = slack.address() as AddressInfo;
    const args = ["--slack", "--slack-api-url", `http://127.0.0.1:${port}/api/`];
    const env = {
      SLACK_BOT_TOKEN: "xoxb-1234567890-abcdefghij",
      SLACK_APP_TOKEN: "xapp-1-ABCDEFGH-abcdefghij",
    };
    const command = readCommand(["--port", "0", "--data", dataDir, ...args], env);
    assert.ok(command.name === "serve");
    const logger = notingLogger();
    const server = await serve(command.config, logger, { signal: stopping.signal });
    const { steps } = await server.stop();
    assert.ok(steps.every(({ status }) => status === "completed"));
    assert.equal(cut.length, 1);
    await Promise.all(cut);
    // Neither that Slack cannot be reached, nor that its token is refused.
    assert.deepEqual(logger.lines.filter(([line]) => /^(warn|error)/.test(line)), []);
    slack.close();
  }));

test("a port that is in use and a data folder that is a file reject, and leave nothing running", () =>
  withData(async (dataDir, config) => {
    const server = await serve(config(), notingLogger());
    const { port } = new URL(server.address);
    const logger = notingLogger();
    await assert.rejects(serve(config("--port", port), logger), { code: "EADDRINUSE" });
    const file = join(dataDir, "file");
    await writeFile(file, "");
    await assert.rejects(serve(config("--data", file), logger), { code: "EEXIST" });
    await assert.rejects(serve(config("--data", join(file, "below")), logger), { code: "ENOTDIR" });
    assert.deepEqual(logger.lines, []);
    await server.stop();
  }));
