import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import { until } from "@lanekeeper/test/settle";
import { call, notingLogger, TestAgent } from "./_test_support.ts";
import { createHost, type HostOptions } from "./mod.ts";

function bench(options: Partial<HostOptions> = {}) {
  const agent = new TestAgent();
  const clock = new FakeClock();
  const logger = notingLogger();
  let sessions = 0;
  const newSessionId = () => `s${++sessions}`;
  const host = createHost({ agent, clock, logger, newSessionId, ...options });
  host.start();
  return { agent, clock, logger, host };
}

test("a host starts, is ready, drains and is stopped, and never starts again (QUIESCENT_AFTER_STOP)", async () => {
  const agent = new TestAgent();
  const host = createHost({ agent, clock: new FakeClock() });
  const states: string[] = [host.state];
  host.start();
  host.start();
  states.push(host.state);
  const stopping = host.stop();
  states.push(host.state);
  host.start();
  states.push(host.state);
  await stopping;
  states.push(host.state);
  host.start();
  states.push(host.state);
  assert.deepEqual(states, ["starting", "ready", "draining", "draining", "stopped", "stopped"]);
  assert.equal((await call(host, "GET", "/healthz")).body.status, "draining");
});

test("a session is opened by the agent with what was asked for, under an id of the host", async () => {
  const { agent, host } = bench();
  await call(host, "POST", "/api/session", { project_id: "garden", working_dir: "/srv/garden" });
  await call(host, "POST", "/api/session");
  const opened = agent.opened.map(({ signal, ...rest }) => [rest, signal instanceof AbortSignal]);
  assert.deepEqual(opened, [
    [{ id: "s1", projectId: "garden", workingDir: "/srv/garden" }, true],
    [{ id: "s2" }, true],
  ]);
});

test("the page is told which agent answers, live and once", async () => {
  const { host } = bench();
  assert.equal((await call(host, "GET", "/api/sessions")).body.agent, "test");
  const stream = await host.app.request("/api/events");
  const first = await stream.body?.getReader().read();
  assert.match(new TextDecoder().decode(first?.value), /^event: sessions\ndata: .*"agent":"test"/);
  await host.stop();
});

test("without newSessionId the ids are random", async () => {
  const host = createHost({ agent: new TestAgent(), clock: new FakeClock() });
  host.start();
  const ids = new Set<string>();
  for (let n = 0; n < 3; n++) ids.add((await call(host, "POST", "/api/session")).body.session_id);
  assert.equal(ids.size, 3);
  for (const id of ids) assert.match(id, /^[0-9a-f-]{36}$/);
});

test("a message is named by the queue, or as the host's option says", async () => {
  const names: unknown[] = [];
  for (const options of [{}, { newMessageId: (n: number) => `message-${n}` }]) {
    const { host } = bench(options);
    await call(host, "POST", "/api/session");
    names.push((await call(host, "POST", "/api/chat", { message: "hello" })).body.message_id);
  }
  assert.deepEqual(names, ["m1", "message-1"]);
});

test("the signal of an open and of a resume reaches the agent", async () => {
  const { agent, host } = bench();
  await call(host, "POST", "/api/session", { session_id: "old" });
  assert.equal(agent.resumed[0]?.id, "old");
  assert.ok(agent.resumed[0]?.signal instanceof AbortSignal);
  await call(host, "POST", "/api/session");
  assert.ok(agent.opened[0]?.signal instanceof AbortSignal);
});

test("a turn gives the agent its id, its messages and its signal", async () => {
  const { agent, host } = bench();
  await call(host, "POST", "/api/session");
  const chat = call(host, "POST", "/api/chat", { message: "hold on" });
  await until(() => agent.runs.length === 1);
  const turn = agent.runs[0]?.turn;
  assert.deepEqual([turn?.id, turn?.messages, turn?.signal.aborted], [
    ...["m1", [{ text: "hold on" }], false],
  ]);
  agent.runs[0]?.reply("done");
  assert.equal((await chat).body.response, "done");
});

test("both levels of a stop reach the agent, and what fails there is logged (CANCEL_LEVEL)", async () => {
  const { agent, host, logger } = bench();
  agent.onCancel = () => {
    throw new Error("no connection");
  };
  await call(host, "POST", "/api/session");
  const chat = call(host, "POST", "/api/chat", { message: "hold on" });
  await until(() => agent.runs.length === 1);
  const graceful = call(host, "POST", "/api/stop", { level: "graceful" });
  await until(() => agent.log.length === 1);
  await call(host, "POST", "/api/stop");
  await Promise.all([graceful, chat]);
  assert.deepEqual(agent.log, ["cancel graceful", "cancel immediate"]);
  assert.deepEqual(logger.lines.map(([line]) => line), [
    ...["error requestCancel of a session failed", "error requestCancel of a session failed"],
  ]);
});

test("the queue's policy, limits and patience are the host's options", async () => {
  const { agent, clock, host } = bench({
    policy: "reject",
    limits: { waitingMax: 1 },
    abandonAfterMs: 70,
  });
  await call(host, "POST", "/api/session");
  const first = host.queue.send("s1", { text: "hold" });
  await until(() => agent.runs.length === 1);
  assert.equal(host.queue.send("s1", { text: "by default" }).reason, "busy");
  const waiting = host.queue.send("s1", { text: "waits" }, { policy: "enqueue" });
  assert.equal(host.queue.send("s1", { text: "more" }, { policy: "enqueue" }).reason, "full");
  agent.onCancel = () => new Promise(() => {});
  const stopping = host.queue.stop("s1");
  clock.advance(70);
  await Promise.all([stopping, first.outcome, waiting.outcome]);
});

test("without a policy a message that finds its session busy waits", async () => {
  const { agent, host } = bench();
  await call(host, "POST", "/api/session");
  host.queue.send("s1", { text: "hold" });
  assert.equal(host.queue.send("s1", { text: "by default" }).status, "waiting");
  await until(() => agent.runs.length === 1);
  agent.runs[0]?.reply("");
});

test("access and the longest message are the host's options", async () => {
  const { host } = bench({ access: { hostnames: ["chat.example"] }, messageLengthMax: 3 });
  assert.equal((await call(host, "GET", "/healthz")).status, 403);
  const headers = { host: "chat.example", "x-client-id": "ann" };
  await host.app.request("/api/session", { method: "POST", headers });
  const send = async (message: string) => {
    const body = JSON.stringify({ message });
    return (await host.app.request("/api/chat", { method: "POST", headers, body })).status;
  };
  assert.deepEqual([await send("abc"), await send("abcd")], [200, 400]);
});

test("an agent without transcripts has an empty one", async () => {
  const { host } = bench();
  await call(host, "POST", "/api/session");
  assert.deepEqual((await call(host, "GET", "/api/transcript")).body, {
    session_id: "s1",
    entries: [],
  });
});

test("the keep-alive of a stream runs on the host's clock, and ends with the stream (EVENTUALLY_IDLE)", async () => {
  const { clock, host } = bench();
  const stream = await host.app.request("/api/events");
  const text = stream.text();
  assert.equal(clock.pending, 1);
  for (let n = 0; n < 3; n++) {
    clock.advance(15_000);
    await quiet();
  }
  await host.stop();
  assert.equal(clock.pending, 0);
  assert.equal((await text).split(": keep-alive\n\n").length - 1, 3);
});

test("the page's live picture follows the host's queue", async () => {
  const { host } = bench();
  await call(host, "POST", "/api/session");
  await call(host, "POST", "/api/chat", { message: "hello" });
  const { sessions } = (await call(host, "GET", "/api/sessions")).body;
  assert.deepEqual(
    sessions.map(({ id, state, outcomes }: { id: string; state: string; outcomes: unknown[] }) => [
      ...[id, state, outcomes.length],
    ]),
    [["s1", "idle", 1]],
  );
});

test("without a logger nothing is logged, and errors harm nothing", async () => {
  const agent = new TestAgent();
  const host = createHost({ agent, clock: new FakeClock() });
  host.start();
  agent.open = () => Promise.reject(new Error("no room"));
  assert.equal((await call(host, "POST", "/api/session")).status, 500);
  const transports = [{ name: "fails", stop: () => Promise.reject(new Error("no")) }];
  const { steps } = await host.stop({ transports });
  assert.equal(steps.at(-1)?.status, "failed");
});

test("a host without a clock of its own lives on the runtime's", async () => {
  const host = createHost({ agent: new TestAgent() });
  host.start();
  await call(host, "POST", "/api/session");
  assert.equal((await call(host, "POST", "/api/chat", { message: "hello" })).status, 200);
  const { steps } = await host.stop();
  assert.ok(steps.every(({ status }) => status === "completed"));
});

test("stop() tells the agent after the turns and before the transports (SHUTDOWN_ORDER)", async () => {
  const { agent, host } = bench();
  await call(host, "POST", "/api/session");
  const chat = call(host, "POST", "/api/chat", { message: "hold" });
  await until(() => agent.runs.length === 1);
  const transports = [{ name: "http", stop: () => void agent.log.push("end of http") }];
  const stopping = host.stop({ transports });
  await quiet();
  assert.deepEqual(agent.log, []);
  agent.runs[0]?.reply("done");
  assert.equal((await chat).body.response, "done");
  await stopping;
  assert.deepEqual(agent.log, ["close s1", "end of the agent", "end of http"]);
});

test("turns are cancelled in time for the steps after them to be taken (STOP_TERMINATES)", async () => {
  const { agent, clock, host } = bench({ abandonAfterMs: 5_000 });
  await call(host, "POST", "/api/session");
  const chat = call(host, "POST", "/api/chat", { message: "hold" });
  await until(() => agent.runs.length === 1);
  const stopping = host.stop({ deadlineMs: 30_000 });
  await quiet();
  clock.advance(22_999);
  await quiet();
  assert.equal(agent.runs[0]?.turn.signal.aborted, false);
  clock.advance(1);
  assert.equal((await chat).status, 409);
  const { steps } = await stopping;
  assert.ok(steps.every(({ status }) => status === "completed"));
});

test("from stop() on a surface of one's own is refused, too, in the very same step", async () => {
  for (let hops = 0; hops < 6; hops++) {
    const { host } = bench();
    const stopping = host.stop();
    for (let hop = 0; hop < hops; hop++) await null;
    assert.equal(
      host.queue.send("s1", { text: "too late" }).reason,
      "draining",
      `${hops} hops later`,
    );
    await stopping;
  }
});
