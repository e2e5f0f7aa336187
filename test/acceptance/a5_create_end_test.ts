import assert from "node:assert/strict";
import { test } from "node:test";
import { withHost } from "../support/host_bench.ts";
import { isPending, settled, until } from "../support/settle.ts";

test("A5: a new session replaces the old one, which is ended beside the request", () =>
  withHost(async ({ agent, client, host }) => {
    const ann = client("ann");
    await ann.open();
    agent.hold("close");
    assert.equal((await settled(ann.open())).body.session_id, "s2");
    const close = await agent.asked("close");
    assert.equal(close.session, "s1");
    assert.equal((await settled(ann.look())).body.session_id, "s2");
    close.go();
    agent.unhold("close");
    await until(() => agent.handles.length === 1);
    assert.deepEqual(agent.handles, ["s2"]);
    assert.ok(host.queue.isEnded("s1"));
  }));

test("A5: the old session's running turn may finish, and its reply is delivered", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    const chat = ann.chat("on s1");
    const run = await agent.began("on s1");
    await settled(ann.open());
    assert.ok(await isPending(chat));
    assert.ok(!run.turn.signal.aborted);
    run.reply();
    assert.equal((await settled(chat)).body.response, "re: on s1");
    await until(() => agent.handles.length === 1);
  }));

test("A5: the client keeps its session until the new one is there", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    agent.hold("open");
    const opening = ann.open();
    const open = await agent.asked("open");
    assert.equal((await settled(ann.look())).body.session_id, "s1");
    assert.deepEqual(agent.log, ["open s1", "open s2"]);
    open.go();
    await settled(opening);
    await until(() => agent.handles.length === 1);
    assert.deepEqual(agent.log, ["open s1", "open s2", "close s1"]);
  }));

test("A5: a create that fails says so and leaves the client the session it had", () =>
  withHost(async ({ agent, client, errors }) => {
    const ann = client("ann");
    await ann.open();
    agent.hold("open");
    const opening = ann.open();
    (await agent.asked("open")).fail(new Error("no room"));
    assert.deepEqual(await settled(opening), {
      status: 500,
      body: { error: "no room", type: "Error" },
    });
    assert.equal(errors().length, 1);
    assert.equal((await ann.look()).body.session_id, "s1");
    const chat = ann.chat("still here");
    (await agent.began("still here")).reply();
    assert.equal((await settled(chat)).body.session_id, "s1");
    assert.deepEqual(agent.handles, ["s1"]);
  }));

for (const order of [[0, 1], [1, 0]]) {
  test(`A5: two racing creates leak no session, whichever is first: ${order} (create-race)`, () =>
    withHost(async ({ agent, client }) => {
      const ann = client("ann");
      agent.hold("open");
      const creates = [ann.open(), ann.open()];
      const opens = [await agent.asked("open"), await agent.asked("open")];
      for (const index of order) {
        opens[index]?.go();
        await settled(creates[index] as Promise<unknown>);
      }
      const answers = await settled(Promise.all(creates));
      assert.deepEqual(answers.map(({ status }) => status), [200, 200]);
      const last = answers[order[1] as number]?.body.session_id;
      assert.equal((await ann.look()).body.session_id, last);
      await until(() => agent.handles.length === 1);
      assert.deepEqual(agent.handles, [last]);
    }));
}

test("A5: many racing creates over an old session leave exactly one (create-race)", () =>
  withHost(async ({ agent, client, host }) => {
    const ann = client("ann");
    await ann.open();
    agent.hold("open");
    const creates = Array.from({ length: 8 }, () => ann.open());
    await until(() => agent.held.length === 8);
    for (const call of agent.held.splice(0).reverse()) call.go();
    await settled(Promise.all(creates));
    await until(() => agent.handles.length === 1);
    assert.deepEqual(agent.handles, [(await ann.look()).body.session_id]);
    assert.equal(host.queue.size, 1);
  }));

test("A5: of two racing creates one fails, and the other one's session stays", () =>
  withHost(async ({ agent, client, errors }) => {
    const ann = client("ann");
    agent.hold("open");
    const creates = [ann.open(), ann.open()];
    const [first, second] = [await agent.asked("open"), await agent.asked("open")];
    first.go();
    second.fail(new Error("no room"));
    const answers = await settled(Promise.all(creates));
    assert.deepEqual(answers.map(({ status }) => status), [200, 500]);
    errors();
    assert.equal((await ann.look()).body.session_id, answers[0]?.body.session_id);
  }));

test("A5: DELETE /api/session ends it and says how", () =>
  withHost(async ({ agent, client, host }) => {
    const ann = client("ann");
    assert.deepEqual(await ann.end(), { status: 200, body: { ended: false, session_id: null } });
    await ann.open();
    assert.deepEqual(await ann.end(), {
      status: 200,
      body: { ended: true, session_id: "s1", running: "none", discarded: 0, closed: true },
    });
    assert.deepEqual(await ann.end(), { status: 200, body: { ended: false, session_id: null } });
    assert.deepEqual(agent.log, ["open s1", "close s1"]);
    assert.ok(host.queue.isEnded("s1"));
  }));

test("A5: DELETE waits for the running turn, cancels what waits, and ends only then", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    const running = ann.chat("running");
    const run = await agent.began("running");
    const waiting = ann.chat("waiting", { policy: "enqueue" });
    await settled(ann.look());
    const ending = ann.end();
    assert.deepEqual(await settled(waiting), {
      status: 409,
      body: {
        error: "the message was cancelled",
        session_connected: false,
        in_flight: false,
        message_id: "m2",
        outcome: "cancelled",
        cause: "ended",
      },
    });
    assert.ok(await isPending(ending));
    run.reply();
    assert.equal((await settled(running)).status, 200);
    assert.deepEqual((await settled(ending)).body, {
      ended: true,
      session_id: "s1",
      running: "settled",
      discarded: 1,
      closed: true,
    });
  }));

test("A5: a session that is created while the old one is deleted stays", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    agent.hold("open", "close");
    const opening = ann.open();
    const open = await agent.asked("open");
    const ending = ann.end();
    const close = await agent.asked("close");
    open.go();
    assert.equal((await settled(opening)).body.session_id, "s2");
    close.go();
    assert.equal((await settled(ending)).body.session_id, "s1");
    assert.equal((await ann.look()).body.session_id, "s2");
    assert.deepEqual(agent.handles, ["s2"]);
    agent.unhold("close");
  }));

test("A5: a session is the active one of one client at a time", () =>
  withHost(async ({ agent, client }) => {
    const [ann, bob] = [client("ann"), client("bob")];
    await ann.open();
    const error = 'session "s1" is the active one of another client';
    assert.deepEqual(await bob.open({ session_id: "s1" }), {
      status: 409,
      body: { error, session_connected: false },
    });
    assert.equal((await bob.look()).body.connected, false);
    await bob.open();
    assert.deepEqual(await bob.open({ session_id: "s1" }), {
      status: 409,
      body: { error, session_connected: true },
    });
    await bob.end();

    agent.stored.add("old");
    agent.hold("resume");
    const both = [ann.open({ session_id: "old" }), bob.open({ session_id: "old" })];
    const resume = await agent.asked("resume");
    await settled(ann.look());
    resume.go();
    const statuses = (await settled(Promise.all(both))).map(({ status }) => status);
    assert.deepEqual(statuses.sort(), [200, 409]);
    const looks = [await ann.look(), await bob.look()].map(({ body }) => body.session_id);
    assert.equal(looks.filter((id) => id === "old").length, 1);
    assert.equal(agent.log.filter((line) => line === "resume old").length, 1);
  }));

test("A5: a resume of the client's own session changes nothing", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    assert.equal((await ann.open({ session_id: "s1" })).body.session_id, "s1");
    assert.equal((await ann.look()).body.session_id, "s1");
    assert.deepEqual(agent.log, ["open s1"]);
  }));

test("A5: a resume beside a create never leaves the client without both (loses nothing silently)", async () => {
  for (let hops = 0; hops < 12; hops++) {
    await withHost(async ({ agent, client }) => {
      const ann = client("ann");
      await ann.open();
      agent.hold("open");
      const creating = ann.open();
      (await agent.asked("open")).go();
      for (let hop = 0; hop < hops; hop++) await null;
      await settled(Promise.all([creating, ann.open({ session_id: "s1" })]));
      const { session_id: left } = (await ann.look()).body;
      assert.ok(left === "s1" || left === "s2", `after ${hops} hops the session is ${left}`);
      await until(() => agent.handles.length === 1);
      assert.deepEqual(agent.handles, [left]);
    });
  }
});
