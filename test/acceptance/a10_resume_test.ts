import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { type EchoBench, withEcho } from "../support/echo_bench.ts";
import { withHost } from "../support/host_bench.ts";
import { settled, until } from "../support/settle.ts";

/** A session with one exchange, of a server that was then killed. */
async function killedSession({ start, answer }: EchoBench): Promise<void> {
  const ann = start().client("ann");
  await answer(ann.open({ project_id: "garden" }));
  assert.equal((await answer(ann.chat("hello"))).body.response, "You said: hello");
}

test("A10: a session whose server was killed is resumed from its transcript", () =>
  withEcho(async (bench) => {
    await killedSession(bench);
    const { answer, dataDir } = bench;
    const ann = bench.start().client("ann");
    assert.equal((await ann.look()).body.connected, false);
    assert.deepEqual(await answer(ann.open({ session_id: "s1" })), {
      status: 200,
      body: {
        session_id: "s1",
        session_connected: true,
        project_id: "garden",
        working_dir: dataDir,
      },
    });
    assert.equal((await answer(ann.chat("still there?"))).body.session_id, "s1");
    const { body } = await answer(ann.request("GET", "/api/transcript"));
    assert.equal(body.session_id, "s1");
    assert.deepEqual(
      body.entries.map(({ role, text }: { role: string; text: string }) => `${role}: ${text}`),
      [
        "user: hello",
        "agent: You said: hello",
        "user: still there?",
        "agent: You said: still there?",
      ],
    );
  }));

test("A10: a session that nothing is stored of gets 409, and the client keeps what it had", () =>
  withEcho(async ({ start, answer }) => {
    const ann = start().client("ann");
    const gone = {
      error: 'Cannot find session "nobody": the agent no longer has it',
      type: "SessionGoneError",
    };
    assert.deepEqual(await answer(ann.open({ session_id: "nobody" })), {
      status: 409,
      body: { ...gone, session_connected: false },
    });
    await answer(ann.open());
    assert.deepEqual(await answer(ann.open({ session_id: "nobody" })), {
      status: 409,
      body: { ...gone, session_connected: true },
    });
    assert.equal((await answer(ann.look())).body.session_id, "s1");
  }));

test("A10: a transcript whose last line is torn, at any byte, still resumes, and says so", () =>
  withEcho(async (bench) => {
    await killedSession(bench);
    const { answer, path, tear } = bench;
    const whole = await readFile(path("s1"));
    const lastLine = whole.length - whole.lastIndexOf(10, whole.length - 2) - 1;
    for (const bytes of [1, 2, Math.floor(lastLine / 2), lastLine - 1]) {
      await writeFile(path("s1"), whole);
      await tear("s1", bytes);
      const ann = bench.start().client("ann");
      const { status, body } = await answer(ann.open({ session_id: "s1" }));
      assert.equal(status, 200, `${bytes} bytes`);
      assert.equal(body.project_id, "garden");
      // Without its line break alone the line is whole.
      const isLost = bytes > 1;
      assert.equal(/cut off/.test(body.notice ?? ""), isLost, `${bytes} bytes: ${body.notice}`);
      const next = await answer(ann.chat("go on"));
      assert.equal(next.body.response, "You said: go on");
      const { entries } = (await answer(ann.request("GET", "/api/transcript"))).body;
      const texts = entries.map(({ text }: { text: string }) => text);
      assert.ok(texts.includes("hello"), "what was whole is kept");
      assert.equal(texts.includes("You said: hello"), !isLost);
      assert.deepEqual(texts.slice(-2), ["go on", "You said: go on"]);
    }
  }));

test("A10: one resume serves however many callers wait, and all get its result (lock-swap, resume-send)", () =>
  withHost(async ({ agent, client, host }) => {
    agent.stored.add("old");
    agent.hold("resume");
    const ann = client("ann");
    const asks = Array.from({ length: 10 }, () => ann.open({ session_id: "old" }));
    const sends = ["one", "two"].map((text) => host.queue.send("old", { text }));
    const direct = Array.from({ length: 10 }, () => host.queue.resume("old"));
    const call = await agent.asked("resume");
    await settled(ann.look());
    assert.deepEqual([agent.held.length, agent.runs.length], [0, 0]);
    call.go();
    const answers = await settled(Promise.all(asks));
    assert.ok(answers.every(({ status, body }) => status === 200 && body.session_id === "old"));
    await settled(Promise.all(direct));
    for (const text of ["one", "two"]) (await agent.began(text)).reply();
    await settled(Promise.all(sends.map((receipt) => receipt.result())));
    assert.deepEqual(agent.log, ["resume old", "run old: one", "run old: two"]);
    assert.deepEqual(agent.handles, ["old"]);
  }));

test("A10: callers that come when the resume is done find the session open (checked again)", () =>
  withHost(async ({ agent, client, host }) => {
    agent.stored.add("old");
    agent.hold("resume");
    const first = client("ann").open({ session_id: "old" });
    const call = await agent.asked("resume");
    const late = settled(first).then(() => host.queue.resume("old"));
    call.go();
    await settled(late);
    assert.deepEqual(agent.log, ["resume old"]);
  }));

test("A10: a resume that fails tells every caller, and the next one tries again (lock-swap)", () =>
  withHost(async ({ agent, client, host, errors }) => {
    agent.stored.add("old");
    agent.hold("resume");
    const ann = client("ann");
    const asks = [ann.open({ session_id: "old" }), ann.open({ session_id: "old" })];
    const sent = host.queue.send("old", { text: "hello" });
    const call = await agent.asked("resume");
    await settled(ann.look());
    call.fail(new Error("no connection"));
    const answers = await settled(Promise.all(asks));
    assert.deepEqual(answers.map(({ status, body }) => [status, body.error]), [
      [500, "no connection"],
      [500, "no connection"],
    ]);
    assert.equal((await settled(sent.outcome)).status, "failed");
    assert.equal(errors().length, 2);
    const again = ann.open({ session_id: "old" });
    (await agent.asked("resume")).go();
    assert.equal((await settled(again)).status, 200);
    assert.deepEqual(agent.log, ["resume old", "resume old"]);
  }));

test("A10: a session that was ended while its resume was under way stays ended, and leaks no handle", () =>
  withHost(async ({ agent, client, host }) => {
    agent.stored.add("old");
    agent.hold("resume");
    const ann = client("ann");
    const asked = ann.open({ session_id: "old" });
    const call = await agent.asked("resume");
    const ending = host.queue.end("old");
    const { status, body } = await settled(asked);
    assert.deepEqual([status, body.type, body.session_connected], [
      409,
      "SessionEndedError",
      false,
    ]);
    call.go();
    await settled(ending);
    await until(() => agent.handles.length === 0);
    assert.ok(host.queue.isEnded("old"));
  }));

test("A10: an open session is not resumed, it is found", () =>
  withHost(async ({ agent, client, host }) => {
    await client("ann").open();
    await settled(host.queue.resume("s1"));
    assert.deepEqual(agent.log, ["open s1"]);
  }));
