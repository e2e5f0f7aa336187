import { SessionGoneError } from "@lanekeeper/session-queue";
import { Hono } from "hono";
import assert from "node:assert/strict";
import { test } from "node:test";
import { call, notingLogger, TestAgent } from "./_test_support.ts";
import { createHost, type Host, type HostQueue } from "./create_host.ts";
import { composeObservers, type HostObserver, type HostSurface } from "./surface.ts";

interface Bench {
  readonly host: Host;
  readonly agent: TestAgent;
  readonly log: string[];
  queue: HostQueue;
  /** Sessions with a message of the surface under way. */
  readonly expected: Set<string>;
}

/** A host with a surface that notes what it is told. */
function create(): Bench {
  const agent = new TestAgent();
  const log: string[] = [];
  const expected = new Set<string>();
  let queue: HostQueue | undefined;
  const surface: HostSurface = {
    name: "post",
    app: new Hono().get("/post", (c) => c.text("a letter")),
    observer: {
      accepted: ({ message }) => void log.push(`accepted ${message.text}`),
      emitted: (_turn, piece) => void log.push(`emitted ${piece}`),
    },
    expects: (session) => expected.has(session),
    closeIntake: () => void log.push("intake closed"),
    drain: (leftMs) => {
      log.push(`drained ${leftMs > 0}`);
      return Promise.resolve();
    },
    close: () => {
      log.push("closed");
      return Promise.resolve();
    },
  };
  const host = createHost({
    agent,
    access: { token: "an-unguessable-token" },
    surfaces: [(given) => {
      queue = given;
      return surface;
    }],
  });
  host.start();
  return { host, agent, log, expected, queue: queue as HostQueue };
}

test("a surface is given the queue, and is told what the queue tells, beside the web chat's board", async () => {
  const { host, agent, queue, log } = create();
  assert.equal(queue, host.queue);
  await queue.create("s1", { open: (id) => agent.open({ id }) });
  const { outcome } = queue.send("s1", { text: "hold" });
  while (agent.runs.length === 0) await new Promise((resolve) => setImmediate(resolve));
  agent.runs[0]!.turn.emit("half");
  agent.runs[0]!.reply("whole");
  assert.equal((await outcome).status, "completed");
  assert.deepEqual(log, ["accepted hold", "emitted half"]);
  const headers = { authorization: "Bearer an-unguessable-token" };
  const picture = await (await host.app.request("/api/sessions", { headers })).json();
  assert.deepEqual(picture.sessions.map(({ id }: { id: string }) => id), ["s1"]);
});

/** All that a queue tells: one that is missing here is an error of its type. */
const TOLD: Readonly<Record<keyof HostObserver, true>> = {
  ...{ accepted: true, rejected: true, started: true, steered: true, stopping: true },
  ...{ emitted: true, settled: true, handedOff: true, idle: true, opened: true, ended: true },
  drained: true,
};

test("with a surface every observer is told all that the queue tells, each in turn", () => {
  const told: [who: string, what: string, args: unknown[]][] = [];
  const noting = (who: string) =>
    Object.fromEntries(
      Object.keys(TOLD).map((what) => [what, (...args: unknown[]) => told.push([who, what, args])]),
    ) as HostObserver;
  const observers: HostObserver[] = [noting("first"), {}];
  const all = composeObservers(observers) as Record<string, (...args: unknown[]) => void>;
  observers.push(noting("second"));
  for (const what of Object.keys(TOLD)) all[what]?.(what, 2);
  assert.deepEqual(
    told,
    Object.keys(TOLD).flatMap((what) => ["first", "second"].map((who) => [who, what, [what, 2]])),
  );
});

test("NO_CREATE_LEAK: a session that a surface expects is resumed, or made if it is not stored; no other is made", async () => {
  const { agent, queue, expected } = create();
  agent.resume = (id) => Promise.reject(new SessionGoneError(id));
  expected.add("mine");
  const [mine, other] = ["mine", "other"].map((session) => queue.send(session, { text: "hello" }));
  assert.deepEqual(await mine!.outcome, { status: "completed", value: "re: hello" });
  assert.equal((await other!.outcome).status, "failed");
  assert.deepEqual(agent.opened.map(({ id }) => id), ["mine"]);
});

test("a session that a surface owns, or that is reserved, is never a client's, be it open, stored or unknown", async () => {
  const agent = new TestAgent();
  const host = createHost({
    agent,
    isReserved: (session) => session.startsWith("mail-"),
    surfaces: [(queue) => {
      void queue.create("post-open", { open: (id) => agent.open({ id }) });
      return {
        name: "post",
        owns: (session) => session.startsWith("post-"),
        closeIntake: () => {},
        drain: () => Promise.resolve(),
        close: () => Promise.resolve(),
      };
    }],
  });
  host.start();
  for (const session of ["post-open", "post-stored", "mail-stored"]) {
    const answer = await call(host, "POST", "/api/session", { session_id: session });
    assert.deepEqual([answer.status, answer.body], [409, {
      error: `session "${session}" is not one of the web chat`,
      session_connected: false,
    }]);
  }
  assert.deepEqual(agent.resumed, []);
  assert.equal((await call(host, "POST", "/api/session", { session_id: "chat" })).status, 200);
  await host.stop();
});

test("an error that is not 'gone' makes no session, for nobody", async () => {
  const { agent, queue, expected } = create();
  agent.resume = () => Promise.reject(new Error("the disk is on fire"));
  expected.add("mine");
  assert.equal((await queue.send("mine", { text: "hello" }).outcome).status, "failed");
  assert.deepEqual(agent.opened, []);
});

test("the routes of a surface come before the web chat's, whose rules are not theirs", async () => {
  const { host } = create();
  const letter = await host.app.request("/post");
  assert.deepEqual([letter.status, await letter.text()], [200, "a letter"]);
  assert.equal((await call(host, "GET", "/api/session")).status, 401);
  const headers = { authorization: "Bearer an-unguessable-token" };
  assert.equal((await host.app.request("/healthz", { headers })).status, 200);
  assert.equal((await host.app.request("/nothing", { headers })).status, 404);
});

test("SHUTDOWN_ORDER: a surface closes its intake first, drains after the turns, and closes before the transports", async () => {
  const { host, log } = create();
  const { steps } = await host.stop({
    transports: [{ name: "http", stop: () => void log.push("http closed") }],
  });
  assert.deepEqual(steps.map(({ name }) => name), [
    "intake",
    "turns",
    "post",
    "agent",
    "streams",
    "post connections",
    "http",
  ]);
  assert.deepEqual(log, ["intake closed", "drained true", "closed", "http closed"]);
});

test("a surface that fails to drain keeps no later step from being taken", async () => {
  const agent = new TestAgent();
  const logger = notingLogger();
  const host = createHost({
    agent,
    logger,
    surfaces: [() => ({
      name: "post",
      closeIntake: () => {},
      drain: () => Promise.reject(new Error("stuck")),
      close: () => Promise.resolve(),
    })],
  });
  host.start();
  const { steps } = await host.stop();
  assert.deepEqual(
    steps.filter(({ status }) => status !== "completed").map(({ name }) => name),
    ["post"],
  );
  assert.deepEqual(agent.log, ["end of the agent"]);
});
