import assert from "node:assert/strict";
import { test } from "node:test";
import { withHost } from "../support/host_bench.ts";
import { isPending, settled } from "../support/settle.ts";

test("A1: each client has one active session, and a new one takes the place of the old", () =>
  withHost(async ({ agent, client }) => {
    const [ann, bob] = [client("ann"), client("bob")];
    await ann.open();
    await bob.open();
    assert.equal((await ann.look()).body.session_id, "s1");
    assert.equal((await bob.look()).body.session_id, "s2");
    await ann.open();
    assert.equal((await ann.look()).body.session_id, "s3");
    assert.equal((await bob.look()).body.session_id, "s2");
    assert.deepEqual(agent.handles, ["s2", "s3"]);
  }));

test("A1: a chat is answered with the response, its session and that it is connected", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    assert.deepEqual(await ann.open(), {
      status: 200,
      body: { session_id: "s1", session_connected: true, project_id: "default", working_dir: "/" },
    });
    const answer = ann.chat("hello");
    (await agent.began("hello")).reply("hello yourself");
    assert.deepEqual(await settled(answer), {
      status: 200,
      body: {
        response: "hello yourself",
        session_id: "s1",
        session_connected: true,
        message_id: "m1",
        outcome: "completed",
      },
    });
  }));

test("A1: the message is in flight from the step in which its session was captured", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    const answers = ["one", "two", "three"].map((message) => ann.chat(message));
    const statuses: number[] = [];
    for (const answer of answers) void answer.then(({ status }) => statuses.push(status));
    await settled(Promise.race(answers));
    while (statuses.length < 2) await settled(ann.look());
    assert.deepEqual(statuses, [409, 409]);
    assert.equal(agent.runs.length, 1);
    agent.runs[0]?.reply();
    assert.deepEqual(
      (await settled(Promise.all(answers))).map(({ status }) => status).sort(),
      [200, 409, 409],
    );
  }));

test("A1: while a chat waits for the agent, every other route of its client answers", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    const chat = ann.chat("slow");
    const run = await agent.began("slow");
    for (const path of ["/api/session", "/api/sessions", "/api/transcript", "/healthz"]) {
      assert.equal((await settled(ann.request("GET", path))).status, 200, path);
    }
    assert.equal((await settled(ann.chat("more"))).status, 409);
    assert.equal((await settled(ann.open())).body.session_id, "s2");
    assert.ok(await isPending(chat));
    const other = ann.chat("in the new one");
    (await agent.began("in the new one")).reply();
    assert.equal((await settled(other)).body.session_id, "s2");
    assert.equal((await settled(ann.end())).status, 200);
    assert.ok(await isPending(chat));
    run.reply();
    assert.equal((await settled(chat)).status, 200);
  }));

test("A1: while a chat waits for the agent, another client is served", () =>
  withHost(async ({ agent, client }) => {
    const [ann, bob] = [client("ann"), client("bob")];
    await ann.open();
    const chat = ann.chat("slow");
    const run = await agent.began("slow");
    await settled(bob.open());
    const other = bob.chat("quick");
    (await agent.began("quick")).reply();
    assert.equal((await settled(other)).status, 200);
    assert.ok(await isPending(chat));
    run.reply();
    await settled(chat);
  }));

test("A1: no state is held across the agent's open, resume and end", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    agent.hold("open", "resume", "close");
    agent.stored.add("old");

    const opening = ann.open();
    const open = await agent.asked("open");
    const first = ann.chat("while one is opened");
    (await agent.began("while one is opened")).reply();
    assert.equal((await settled(first)).body.session_id, "s1");

    const resuming = ann.open({ session_id: "old" });
    const resume = await agent.asked("resume");
    const second = ann.chat("while one is resumed");
    (await agent.began("while one is resumed")).reply();
    assert.equal((await settled(second)).body.session_id, "s1");

    open.go();
    assert.equal((await settled(opening)).body.session_id, "s2");
    const closeFirst = await agent.asked("close");
    const third = ann.chat("while one is ended");
    (await agent.began("while one is ended")).reply();
    assert.equal((await settled(third)).body.session_id, "s2");

    resume.go();
    assert.equal((await settled(resuming)).body.session_id, "old");
    closeFirst.go();
    (await agent.asked("close")).go();
    agent.unhold("close");
  }));

test("A1: a reply names the session that ran it, whatever the client's session is by then", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    const first = ann.chat("for s1");
    const run = await agent.began("for s1");
    await settled(ann.open());
    const second = ann.chat("for s2");
    (await agent.began("for s2")).reply();
    run.reply();
    const { body } = await settled(first);
    assert.deepEqual([run.session, body.session_id, body.response], ["s1", "s1", "re: for s1"]);
    assert.equal((await settled(second)).body.session_id, "s2");
  }));

test("A1: the session is captured when the whole message is there, not when its first byte is", () =>
  withHost(async ({ agent, client, host }) => {
    const ann = client("ann");
    await ann.open();
    let finish = () => {};
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        finish = () => {
          controller.enqueue(new TextEncoder().encode(JSON.stringify({ message: "late" })));
          controller.close();
        };
      },
    });
    const slow = host.app.request("/api/chat", {
      method: "POST",
      headers: { "x-client-id": "ann" },
      body,
      ...{ duplex: "half" },
    });
    await settled(ann.open());
    finish();
    (await agent.began("late")).reply();
    assert.equal((await (await settled(Promise.resolve(slow))).json()).session_id, "s2");
  }));
