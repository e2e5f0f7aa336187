import assert from "node:assert/strict";
import { test } from "node:test";
import {
  OpenTimeoutError,
  OutcomeError,
  SessionEndedError,
  SessionGoneError,
} from "@lanekeeper/session-queue";
import { type HostBench, withHost } from "../support/host_bench.ts";
import { settled } from "../support/settle.ts";
import type { Answer } from "../support/test_client.ts";

/** One chat of a client with a session, whose turn fails with `error`. */
async function failWith({ agent, client }: HostBench, error: unknown): Promise<Answer> {
  const ann = client("ann");
  await ann.open();
  const chat = ann.chat("hello");
  (await agent.began("hello")).fail(error);
  return await settled(chat);
}

test("A3: a session that the agent says is gone gets 409 and is no longer the client's", () =>
  withHost(async (bench) => {
    assert.deepEqual(await failWith(bench, new SessionGoneError("s1")), {
      status: 409,
      body: {
        error: 'Cannot find session "s1": the agent no longer has it',
        session_connected: false,
        message_id: "m1",
        outcome: "failed",
      },
    });
    const ann = bench.client("ann");
    assert.equal((await ann.look()).body.session_id, null);
    assert.equal((await ann.chat("again")).body.session_connected, false);
    assert.deepEqual(bench.agent.handles, []);
  }));

test("A3: that an old session is gone does not clear the newer one (clear-newer)", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    const old = ann.chat("on s1");
    const run = await agent.began("on s1");
    await ann.open();
    run.fail(new SessionGoneError("s1"));
    const { status, body } = await settled(old);
    assert.deepEqual([status, body.session_connected], [409, false]);
    assert.equal((await ann.look()).body.session_id, "s2");
    const next = ann.chat("on s2");
    (await agent.began("on s2")).reply();
    assert.equal((await settled(next)).body.session_id, "s2");
  }));

const OTHERS: Readonly<Record<string, unknown>> = {
  "a plain error": new Error("session not found: gone"),
  "an error of the same message": new Error(new SessionGoneError("s1").message),
  "a TypeError": new TypeError("no such session"),
  "an abort": new DOMException("The session is gone", "AbortError"),
  "a time-out": new OpenTimeoutError("s1", 5),
  "an error that only calls itself so": Object.assign(new Error("gone"), {
    name: "SessionGoneError",
    code: "session_gone",
  }),
  "an error about an ended session": new SessionEndedError("s1", "resume"),
  "an error with an outcome": new OutcomeError("s1", { status: "rejected", reason: "ended" }),
  "an error that it caused": new Error("failed", { cause: new SessionGoneError("s1") }),
  "a text": "gone",
  "nothing": undefined,
};

for (const [name, error] of Object.entries(OTHERS)) {
  test(`A3: ${name} is not "session gone" and leaves the session the client's (any-error-gone)`, () =>
    withHost(async (bench) => {
      const { status, body } = await failWith(bench, error);
      assert.equal(status, 500);
      assert.equal(body.session_connected, true);
      assert.equal(bench.errors().length, 1);
      const ann = bench.client("ann");
      assert.equal((await ann.look()).body.session_id, "s1");
      const next = ann.chat("next");
      (await bench.agent.began("next")).reply();
      assert.equal((await settled(next)).status, 200);
    }));
}

test("A3: any other failure gets 500 with what it says and its type, and is logged", () =>
  withHost(async (bench) => {
    const error = new RangeError("the model has no such parameter");
    assert.deepEqual(await failWith(bench, error), {
      status: 500,
      body: {
        error: "the model has no such parameter",
        type: "RangeError",
        session_connected: true,
        message_id: "m1",
        outcome: "failed",
      },
    });
    assert.deepEqual(bench.errors(), [{
      level: "error",
      message: "A request failed",
      fields: { method: "POST", path: "/api/chat", error },
    }]);
  }));

test("A3: what is thrown and is no error gets 500 too", () =>
  withHost(async (bench) => {
    const { status, body } = await failWith(bench, "just a text");
    assert.deepEqual([status, body.error, body.type], [500, "just a text", "string"]);
    bench.errors();
  }));

test("A3: a failure to create a session gets 500 with error and type, and is logged", () =>
  withHost(async (bench) => {
    const { agent, client } = bench;
    agent.hold("open");
    const opening = client("ann").open();
    const error = new TypeError("no such project");
    (await agent.asked("open")).fail(error);
    assert.deepEqual(await settled(opening), {
      status: 500,
      body: { error: "no such project", type: "TypeError" },
    });
    assert.deepEqual(bench.errors().map(({ fields }) => fields), [
      { method: "POST", path: "/api/session", error },
    ]);
  }));

test("A3: services that are not ready yet get 503 with what they are, and nothing is done", () =>
  withHost(async ({ agent, client, host }) => {
    const ann = client("ann");
    const starting = {
      status: 503,
      body: { error: "the server is starting", reason: "starting" },
    };
    assert.deepEqual(await ann.chat("hello"), starting);
    assert.deepEqual(await ann.open(), starting);
    assert.deepEqual(agent.log, []);
    assert.equal((await ann.request("GET", "/healthz")).status, 503);
    host.start();
    assert.equal((await ann.request("GET", "/healthz")).status, 200);
    assert.equal((await ann.open()).status, 200);
  }, { isStarted: false }));

test("A3: services that are stopping get 503, and the client keeps its session to the end", () =>
  withHost(async ({ agent, client, host }) => {
    const ann = client("ann");
    await ann.open();
    const chat = ann.chat("last");
    const run = await agent.began("last");
    const stopping = host.stop();
    const draining = {
      status: 503,
      body: { error: "the server is draining", reason: "draining" },
    };
    assert.deepEqual(await settled(ann.chat("too late")), draining);
    assert.deepEqual(await settled(ann.open()), draining);
    assert.equal((await settled(ann.look())).body.session_id, "s1");
    run.reply();
    assert.equal((await settled(chat)).status, 200);
    await settled(stopping);
    assert.deepEqual(await settled(ann.chat("much too late")), draining);
  }));
