import { createOpenAiAgent } from "@lanekeeper/agents";
import { createHost } from "@lanekeeper/host";
import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { until } from "../../modules/agents/_testing/acp_bench.ts";
import { startChatServer } from "../../modules/agents/_testing/chat_server.ts";
import { acpOption } from "../support/acp_host.ts";
import { isAlive, processesBelow } from "../support/os_look.ts";
import { type ServerProcess, type Servers, withServers } from "../support/server_process.ts";
import { TestClient } from "../support/test_client.ts";

/** A server whose agent keeps its sessions, and a session of it in a directory of its own. */
async function withSession({ dir, start }: Servers, args: readonly string[]): Promise<{
  server: ServerProcess;
  session: string;
  work: string;
}> {
  const work = join(dir, "work");
  await mkdir(work, { recursive: true });
  const server = await start({ args });
  const { body } = await server.call("ann", "POST", "/api/session", { working_dir: work });
  return { server, session: body.session_id, work };
}

const chat = (server: ServerProcess, message: string) =>
  server.call("ann", "POST", "/api/chat", { message });

/** A chat that goes on, once its reply has begun. */
async function begun(server: ServerProcess, message: string): Promise<{ chat: typeof answer }> {
  const abort = new AbortController();
  const headers = { "x-client-id": "ann" };
  const events = await fetch(`${server.address}/api/events`, { headers, signal: abort.signal });
  const answer = chat(server, message);
  let told = "";
  const decoder = new TextDecoder();
  for await (const chunk of events.body ?? []) {
    told += decoder.decode(chunk, { stream: true });
    if (/"text":"one "/.test(told)) break;
  }
  abort.abort();
  return { chat: answer };
}

test("an ACP agent chats through the web chat, in its session's directory, and the page says which", () =>
  withServers(async (servers) => {
    const { server, work } = await withSession(servers, acpOption());
    assert.deepEqual(processesBelow(work), [], "it is started with its first turn");
    assert.equal((await chat(server, "hello")).body.response, "You said: hello");
    assert.equal((await chat(server, "cwd")).body.response, JSON.stringify([work, work]));
    assert.match((await chat(server, "ask edit")).body.response, /\[Permission denied: Look at it/);
    const { agent } = (await server.call("ann", "GET", "/api/sessions")).body;
    assert.match(agent, /^acp:(node|deno|bun)/);
    server.kill("SIGTERM");
    assert.equal((await server.exited).code, 0);
    assert.deepEqual(processesBelow(work), []);
  }));

test("an ACP agent is stopped in the middle of a reply, at both levels, and its process goes on", () =>
  withServers(async (servers) => {
    const { server } = await withSession(servers, acpOption());
    const pid = (await chat(server, "pid")).body.response;
    const first = await begun(server, "hold");
    const graceful = server.call("ann", "POST", "/api/stop", { level: "graceful" });
    assert.equal((await first.chat).body.response, "one late");
    assert.equal((await graceful).body.running, "settled");
    const second = await begun(server, "hold");
    assert.equal((await server.call("ann", "POST", "/api/stop")).body.running, "settled");
    assert.equal((await second.chat).body.outcome, "cancelled");
    assert.equal((await chat(server, "pid")).body.response, pid);
  }));

test("an ACP agent that hears no cancel is killed before its turn is abandoned", () =>
  withServers(async (servers) => {
    const { server, work } = await withSession(servers, [...acpOption(), "--abandon-ms", "20000"]);
    const running = await begun(server, "deaf stone");
    assert.equal((await server.call("ann", "POST", "/api/stop")).body.running, "settled");
    assert.equal((await running.chat).body.outcome, "cancelled");
    assert.deepEqual(processesBelow(work), []);
    assert.match((await chat(server, "on")).body.response, /^\[The agent was started anew/);
  }));

test("an ACP agent that is killed with SIGKILL fails its turn, and the next message goes on with it", () =>
  withServers(async (servers) => {
    const args = acpOption("--store", join(servers.dataDir, "store"));
    const { server, session } = await withSession(servers, args);
    await chat(server, "hello");
    const pid = Number((await chat(server, "pid")).body.response);
    const lost = await begun(server, "hold");
    process.kill(pid, "SIGKILL");
    const { status, body } = await lost.chat;
    assert.equal(status, 500);
    assert.match(body.error, /^The agent ".*" ended \(SIGKILL\)/);
    assert.equal(body.type, "AcpError");
    const look = (await server.call("ann", "GET", "/api/session")).body;
    assert.deepEqual([look.connected, look.session_id], [true, session]);
    assert.equal((await chat(server, "recall")).body.response, '["hello","pid","recall"]');
  }));

test("a server that is killed takes its ACP agents with it, and the next one goes on with the session", () =>
  withServers(async (servers) => {
    const args = acpOption("--store", join(servers.dataDir, "store"));
    const { server, session, work } = await withSession(servers, args);
    await chat(server, "hello");
    const pid = Number((await chat(server, "pid")).body.response);
    server.kill("SIGKILL");
    await server.exited;
    await until(() => !isAlive(pid));
    const next = await servers.start({ args });
    const { body } = await next.call("ann", "POST", "/api/session", { session_id: session });
    assert.equal(body.working_dir, work);
    assert.equal((await chat(next, "recall")).body.response, '["hello","pid","recall"]');
    const { entries } = (await next.call("ann", "GET", "/api/transcript")).body;
    assert.equal(entries.length, 6);
  }));

test("a command that is not there is a failed message and no dead server", () =>
  withServers(async (servers) => {
    const { server } = await withSession(servers, ["--agent", "acp:no-such-agent --acp"]);
    const { status, body } = await chat(server, "hello");
    assert.equal(status, 500);
    assert.match(body.error, /^Cannot start the agent "no-such-agent": /);
    assert.equal((await server.call("ann", "GET", "/api/session")).body.connected, true);
  }));

test("an openai agent chats through the web chat and remembers, also after a restart; its key is not logged", () =>
  withServers(async (servers) => {
    const endpoint = await startChatServer();
    try {
      const env = { OPENAI_BASE_URL: endpoint.baseUrl, OPENAI_API_KEY: "sk-secret" };
      const args = ["--agent", "openai:m1", "--system-prompt", "be brief"];
      const server = await servers.start({ args, env });
      const { body } = await server.call("ann", "POST", "/api/session");
      assert.equal((await chat(server, "hello")).body.response, "You said: hello");
      const failed = await chat(server, "unauthorized");
      assert.deepEqual([failed.status, failed.body.type], [500, "EndpointError"]);
      assert.match(failed.body.error, /\(401\)/);
      server.kill("SIGTERM");
      const { code, stderr, stdout } = await server.exited;
      assert.equal(code, 0);
      assert.ok(!(stderr + stdout + JSON.stringify(failed)).includes("sk-secret"));
      const next = await servers.start({ args, env });
      await next.call("ann", "POST", "/api/session", { session_id: body.session_id });
      await chat(next, "again");
      assert.deepEqual(endpoint.requests.at(-1)?.messages.map(({ content }) => content), [
        ...["be brief", "hello", "You said: hello", "unauthorized\n\nagain"],
      ]);
      assert.equal(endpoint.requests.at(-1)?.headers["authorization"], "Bearer sk-secret");
    } finally {
      await endpoint.stop();
    }
  }));

test("what an ACP agent prints beside its messages is a warning in the log, and no failure", () =>
  withServers(async (servers) => {
    const { server } = await withSession(servers, acpOption());
    assert.equal((await chat(server, "chatter")).body.response, "You said: chatter");
    server.kill("SIGTERM");
    const { code, stderr } = await server.exited;
    assert.equal(code, 0);
    assert.match(stderr, /"level":"warn","message":"Lines of the agent .* were left out: 100000"/);
    assert.doesNotMatch(stderr, /"level":"error"/);
  }));

test("an endpoint that is silent for --idle-ms fails its turn, and is asked once", () =>
  withServers(async (servers) => {
    const endpoint = await startChatServer();
    try {
      const args = ["--agent", "openai:m1", "--openai-url", endpoint.baseUrl, "--idle-ms", "2000"];
      const server = await servers.start({ args });
      await server.call("ann", "POST", "/api/session");
      const { status, body } = await chat(server, "silent");
      assert.equal(status, 500);
      assert.match(body.error, /nothing came for 2000 ms$/);
      assert.equal(endpoint.requests.length, 1);
      assert.equal((await chat(server, "on")).body.response, "You said: on");
    } finally {
      await endpoint.stop();
    }
  }));

test("a stop in the middle of a stream closes the connection first, then frees the session (SINGLE_TURN)", async () => {
  const dataDir = await realpath(await mkdtemp(join(tmpdir(), "lanekeeper-openai-")));
  const endpoint = await startChatServer();
  const agent = createOpenAiAgent({ dataDir, model: "m1", baseUrl: endpoint.baseUrl });
  const host = createHost({ agent, newSessionId: () => "s1" });
  host.start();
  try {
    const ann = new TestClient(host.app, "ann");
    await ann.open();
    const held = new Map<string, number>();
    endpoint.onEvent = (event) => held.set(event, host.queue.running);
    const first = host.queue.send("s1", { text: "hold" });
    await until(() => endpoint.events.includes("request 1"));
    const second = host.queue.send("s1", { text: "next" });
    const stopped = host.queue.stop("s1", { queued: "keep" })
      .then(({ running }) => endpoint.events.push(`stopped: ${running}`));
    assert.equal((await first.outcome).status, "cancelled");
    endpoint.events.push("outcome");
    assert.equal((await second.outcome).status, "completed");
    await stopped;
    const order = endpoint.events.filter((event) => event !== "closed 2");
    assert.deepEqual(order.slice(0, 2), ["request 1", "closed 1"]);
    assert.ok(order.indexOf("outcome") > 1 && order.indexOf("request 2") > 1);
    assert.equal(held.get("closed 1"), 1, "the guard was there when the connection closed");
  } finally {
    await host.stop();
    await endpoint.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});
