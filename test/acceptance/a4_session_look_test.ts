import assert from "node:assert/strict";
import { test } from "node:test";
import { withHost } from "../support/host_bench.ts";
import { isPending, settled } from "../support/settle.ts";

const NONE = {
  status: 200,
  body: { connected: false, session_id: null, project_id: null, working_dir: null },
};

test("A4: GET /api/session reports the session, its project and its directory, or that there is none", () =>
  withHost(async ({ client }) => {
    const ann = client("ann");
    assert.deepEqual(await ann.look(), NONE);
    await ann.open({ project_id: "garden", working_dir: "/srv/garden" });
    assert.deepEqual(await ann.look(), {
      status: 200,
      body: {
        connected: true,
        session_id: "s1",
        project_id: "garden",
        working_dir: "/srv/garden",
      },
    });
    await ann.end();
    assert.deepEqual(await ann.look(), NONE);
  }));

test("A4: GET /api/session tells a client of no session but its own", () =>
  withHost(async ({ client }) => {
    await client("ann").open();
    assert.deepEqual(await client("bob").look(), NONE);
  }));

test("A4: it is not blocked by a chat, and blocks none", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    await ann.open();
    const chat = ann.chat("slow");
    const run = await agent.began("slow");
    for (let count = 0; count < 20; count++) {
      assert.equal((await settled(ann.look())).body.session_id, "s1");
    }
    assert.ok(await isPending(chat));
    run.reply();
    assert.equal((await settled(chat)).status, 200);
  }));

test("A4: it is not blocked by a create, a resume or an end, and reports what is committed", () =>
  withHost(async ({ agent, client }) => {
    const ann = client("ann");
    agent.hold("open", "resume", "close");
    const opening = ann.open();
    const open = await agent.asked("open");
    assert.deepEqual(await settled(ann.look()), NONE);
    open.go();
    await settled(opening);
    assert.equal((await ann.look()).body.session_id, "s1");

    agent.stored.add("old");
    const resuming = ann.open({ session_id: "old" });
    const resume = await agent.asked("resume");
    assert.equal((await settled(ann.look())).body.session_id, "s1");
    resume.go();
    await settled(resuming);
    assert.equal((await ann.look()).body.session_id, "old");

    (await agent.asked("close")).go();
    const ending = ann.end();
    const close = await agent.asked("close");
    assert.deepEqual(await settled(ann.look()), NONE);
    assert.ok(await isPending(ending));
    close.go();
    assert.equal((await settled(ending)).status, 200);
  }));

test("A4: a session that was ended elsewhere is forgotten when it is looked at", () =>
  withHost(async ({ client, host }) => {
    const ann = client("ann");
    await ann.open();
    await settled(host.queue.end("s1"));
    assert.deepEqual(await ann.look(), NONE);
    assert.deepEqual((await ann.chat("hello")).body, {
      error: "no session: create one with POST /api/session",
      session_connected: false,
    });
  }));

test("A4: a session that was ended elsewhere is forgotten by a chat, too", () =>
  withHost(async ({ client, host }) => {
    const ann = client("ann");
    await ann.open();
    await settled(host.queue.end("s1"));
    assert.deepEqual(await ann.chat("hello"), {
      status: 409,
      body: {
        error: "the session was ended",
        session_connected: false,
        message_id: "m1",
        outcome: "rejected",
      },
    });
    assert.deepEqual((await ann.chat("again")).body, {
      error: "no session: create one with POST /api/session",
      session_connected: false,
    });
    assert.deepEqual(await ann.look(), NONE);
  }));

test("A4: a session whose handle was only lost is not dead: it stays the client's, and comes back", () =>
  withHost(async ({ agent, client, host }) => {
    const ann = client("ann");
    await ann.open();
    await settled(host.queue.disconnect("s1"));
    assert.deepEqual(await ann.look(), {
      status: 200,
      body: { connected: false, session_id: "s1", project_id: null, working_dir: null },
    });
    const chat = ann.chat("back");
    (await agent.began("back")).reply();
    assert.equal((await settled(chat)).body.session_id, "s1");
    assert.equal((await ann.look()).body.connected, true);
  }));

test("A4: a look while a create is under way clears nothing that the create commits", () =>
  withHost(async ({ agent, client, host }) => {
    const ann = client("ann");
    await ann.open();
    await settled(host.queue.end("s1"));
    agent.hold("open");
    const opening = ann.open();
    const looks = [ann.look(), ann.look()];
    (await agent.asked("open")).go();
    looks.push(ann.look(), ann.look());
    await settled(opening);
    await settled(Promise.all(looks));
    assert.equal((await ann.look()).body.session_id, "s2");
  }));
