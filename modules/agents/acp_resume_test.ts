import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { SessionGoneError } from "@lanekeeper/session-queue";
import { isAlive, processesBelow } from "@lanekeeper/test/os_look";
import { turn } from "./_test_support.ts";
import { begun, testAgent, until, withAcp } from "./_testing/acp_bench.ts";
import type { AcpError } from "./acp_error.ts";
import type { AgentSession } from "./agent.ts";

/** What an agent is told that does not remember, and what the person is told of it. */
const ANEW =
  /^\[The agent was started anew and does not remember this session; it was told the last (?:(\d+) messages|message) of it\]\n\n/;

test("a process that dies in the middle of a turn is a typed error that tells how, not 'gone'", () =>
  withAcp({}, async ({ session }) => {
    for (
      const [word, exit, says] of [
        ["crash", "code 3", /^The agent ".*" ended \(code 3\); it wrote: out of memory$/],
        ["kill", "SIGKILL", /^The agent ".*" ended \(SIGKILL\)$/],
      ] as const
    ) {
      await assert.rejects(session.run(turn(word, { id: word })), (error: AcpError) => {
        assert.deepEqual([error.name, error.code, error.exit], ["AcpError", "exited", exit]);
        assert.match(error.message, says);
        return true;
      });
      const { text, end } = (await session.transcript?.() ?? []).at(-1) ?? {};
      assert.match(text ?? "", /one $/);
      assert.equal(end, "failed");
    }
  }));

test("what a process started does not outlive it, however it died", () =>
  withAcp({}, async ({ session }) => {
    const grandchild = Number(await session.run(turn("spawn")));
    assert.ok(isAlive(grandchild));
    await assert.rejects(session.run(turn("kill", { id: "t2" })), { code: "exited" });
    await until(() => !isAlive(grandchild));
  }));

test("the next message starts an agent anew that is told what was said, and the reply says so", () =>
  withAcp({}, async ({ session }) => {
    await session.run(turn("hello"));
    await assert.rejects(session.run(turn("crash", { id: "t2" })));
    const reply = await session.run(turn("recall", { id: "t3" }));
    assert.equal(ANEW.exec(reply)?.[1], "4");
    const [context, message] = JSON.parse(reply.replace(ANEW, ""));
    assert.match(context, /User: hello\n\nYou: You said: hello\n\nUser: crash\n\nYou: one \n\n/);
    assert.equal(message, "recall");
    assert.doesNotMatch(await session.run(turn("recall", { id: "t4" })), ANEW, "once");
  }));

for (
  const [word, how] of [["fail", "failed"], ["hold", "was cancelled"], ["refusal", "was refused"]]
) {
  test(`an agent whose first turn after a restart ${how} is told again what was said (RESUME_FIDELITY)`, () =>
    withAcp({}, async ({ session, restarted }) => {
      await session.run(turn("hello"));
      const resumed = await restarted().resume("s1");
      const said = turn(word as string, {
        id: "t2",
        onEmit: (pieces) => pieces.at(-1) === "one " && said.abort.abort(new Error("stop it")),
      });
      await resumed.run(said).catch(() => {});
      const reply = await resumed.run(turn("recall", { id: "t3" }));
      assert.match(reply, ANEW);
      assert.match(
        JSON.parse(reply.replace(ANEW, "")).at(-2),
        /User: hello\n\nYou: You said: hello/,
      );
      assert.doesNotMatch(await resumed.run(turn("on", { id: "t4" })), ANEW, "once is enough");
    }));
}

test("an agent's own new session is gone on with only once it was told what was said (RESUME_FIDELITY)", () =>
  withAcp({}, async ({ dir, restarted }) => {
    const store = join(dir, "store");
    const command = testAgent("--store", store);
    const session = await restarted({ command }).open({ id: "s2", workingDir: dir });
    await session.run(turn("hello"));
    await rm(store, { recursive: true });
    const resumed = await restarted({ command }).resume("s2");
    await assert.rejects(resumed.run(turn("kill", { id: "t2" })), { code: "exited" });
    await assert.rejects(resumed.run(turn("kill", { id: "t3" })), { code: "exited" });
    assert.match(await resumed.run(turn("recall", { id: "t4" })), /User: hello/);
    const again = await restarted({ command }).resume("s2");
    assert.doesNotMatch(await again.run(turn("on", { id: "t5" })), ANEW);
  }));

test("what an agent is told is bounded", () =>
  withAcp({ historyMessagesMax: 2 }, async ({ session, restarted }) => {
    for (const id of ["t1", "t2"]) await session.run(turn("hello", { id }));
    const resumed = await restarted().resume("s1");
    assert.equal(ANEW.exec(await resumed.run(turn("on", { id: "t3" })))?.[1], "2");
  }));

test("a process that dies between two turns is noticed, and costs nothing but its memory", () =>
  withAcp({}, async ({ clock, session }) => {
    const pid = Number(await session.run(turn("pid")));
    assert.equal(clock.pending, 1);
    process.kill(pid, "SIGKILL");
    await until(() => clock.pending === 0);
    assert.match(await session.run(turn("on", { id: "t2" })), ANEW);
  }));

for (const how of ["load", "resume"]) {
  test(`an agent that can goes on with its own session, also after a restart: session/${how}`, () =>
    withAcp({}, async ({ dir, restarted }) => {
      const more = how === "resume" ? ["--resume"] : [];
      const command = testAgent("--store", join(dir, "store"), ...more);
      const first = restarted({ command });
      await (await first.open({ id: "s2", workingDir: dir })).run(turn("hello"));
      await first.close();
      const session = await restarted({ command }).resume("s2");
      assert.equal(await session.run(turn("recall", { id: "t2" })), '["hello","recall"]');
      await assert.rejects(session.run(turn("kill", { id: "t3" })), { code: "exited" });
      const reply = await session.run(turn("recall", { id: "t4" }));
      assert.equal(reply, '["hello","recall","recall"]', "only what its own end took is lost");
      const said = (await session.transcript?.() ?? []).map(({ text }) => text);
      assert.ok(!said.some((text) => text.includes("told again")));
    }));
}

test("rollback() makes an agent forget that remembers by itself: the next one is told the rest", () =>
  withAcp({}, async ({ dir, restarted }) => {
    const command = testAgent("--store", join(dir, "store"));
    const session = await restarted({ command }).open({ id: "s2", workingDir: dir });
    await session.run(turn("hello"));
    const { said, done } = await begun(session, "hold secret", "t2");
    said.abort.abort(new Error("instead"));
    await assert.rejects(done, /instead/);
    await session.rollback?.("t2");
    const reply = await session.run(turn("recall", { id: "t3" }));
    assert.equal(ANEW.exec(reply)?.[1], "2");
    assert.match(reply, /hello/);
    assert.doesNotMatch(reply, /secret/);
  }));

test("an agent that lost its own session, or another command, is told what was said", () =>
  withAcp({}, async ({ dir, restarted }) => {
    const store = join(dir, "store");
    const command = testAgent("--store", store);
    const first = restarted({ command });
    await (await first.open({ id: "s2", workingDir: dir })).run(turn("hello"));
    await first.close();
    await rm(store, { recursive: true });
    const lost = await restarted({ command }).resume("s2");
    assert.match(await lost.run(turn("on", { id: "t2" })), ANEW);
    const other = await restarted({ command: testAgent("--store", join(dir, "other")) }).resume(
      "s2",
    );
    assert.match(await other.run(turn("on", { id: "t3" })), ANEW);
  }));

test("a name of the agent's session that can not be read or written costs its memory only", () =>
  withAcp({}, async ({ dir, restarted }) => {
    const told: unknown[] = [];
    const command = testAgent("--store", join(dir, "store"));
    const agent = restarted({ command, onError: (error) => told.push(error) });
    const session = await agent.open({ id: "s2", workingDir: dir });
    const names = join(dir, "data", "acp");
    await writeFile(names, "no folder");
    assert.equal(await session.run(turn("hello")), "You said: hello");
    assert.equal(told.length, 1);
    await agent.close();
    await rm(names);
    await mkdir(names);
    await writeFile(join(names, "s2.json"), '{"version":1,"comm');
    const resumed = await restarted({ command }).resume("s2");
    assert.match(await resumed.run(turn("on", { id: "t2" })), ANEW);
    const stored = JSON.parse(await readFile(join(names, "s2.json"), "utf8"));
    assert.deepEqual([stored.version, stored.command], [1, command]);
  }));

test("a session of which nothing is stored is 'gone', and nothing else is", () => {
  const told: unknown[] = [];
  return withAcp({ onError: (error) => told.push(error) }, async ({ dir, restarted, session }) => {
    await assert.rejects(restarted().resume("s9"), SessionGoneError);
    assert.equal(told.length, 0);
    await rm(join(dir, "data", "sessions", "s1.jsonl"));
    await assert.rejects(session.run(turn("hi")), SessionGoneError);
    assert.equal(told.length, 1, "that it could not be noted");
    assert.deepEqual(processesBelow(dir), []);
  });
});

test("A13: a directory that was deleted blocks no resume and no turn, and no other session's moves", () =>
  withAcp({}, async ({ agent, dir, restarted }) => {
    const [lost, kept] = [join(dir, "lost"), join(dir, "kept")];
    for (const path of [lost, kept]) await mkdir(path);
    const first = await agent.open({ id: "a", workingDir: lost });
    const second = await agent.open({ id: "b", workingDir: kept });
    const before = process.cwd();
    await rm(lost, { recursive: true });
    const notice = `The working directory "${lost}" is not there; this session works in "${dir}"`;
    assert.equal(
      await first.run(turn("cwd")),
      `[${notice}]\n\n${JSON.stringify([dir, dir])}`,
    );
    assert.equal(await second.run(turn("cwd")), JSON.stringify([kept, kept]));
    const resumed = await restarted().resume("a");
    assert.deepEqual([resumed.info.workingDir, resumed.info.notice], [dir, notice]);
    assert.match(await resumed.run(turn("cwd", { id: "t2" })), /"\]$/);
    assert.equal(process.cwd(), before);
    await mkdir(lost);
    const back = await restarted().resume("a");
    assert.ok((await back.run(turn("cwd", { id: "t3" }))).endsWith(JSON.stringify([lost, lost])));
  }));

test("a directory that is deleted under a running agent blocks no later turn", () =>
  withAcp({}, async ({ agent, dir }) => {
    const lost = join(dir, "lost");
    await mkdir(lost);
    const session = await agent.open({ id: "a", workingDir: lost });
    const pid = await session.run(turn("pid"));
    await rm(lost, { recursive: true });
    assert.equal(await session.run(turn("pid", { id: "t2" })), pid);
    await assert.rejects(session.run(turn("crash", { id: "t3" })));
    assert.match(
      await session.run(turn("on", { id: "t4" })),
      /is not there; this session works in/,
    );
  }));

test("an idle process ends after its time, and the next message starts another", () =>
  withAcp({ idleMs: 50_000 }, async ({ clock, dir, session, waits }) => {
    const pid = Number(await session.run(turn("pid")));
    clock.advance(49_999);
    assert.equal(await session.run(turn("pid", { id: "t2" })), `${pid}`);
    assert.equal(waits.filter((ms) => ms === 50_000).length, 2);
    clock.advance(50_000);
    await until(() => !isAlive(pid));
    assert.match(await session.run(turn("pid", { id: "t3" })), ANEW);
    assert.equal(processesBelow(dir).length, 1);
  }));

test("there are no more processes than may be: the one that is idle for longest ends", () =>
  withAcp({ processesMax: 2 }, async ({ agent, dir }) => {
    const open = (id: string): Promise<AgentSession> => agent.open({ id, workingDir: dir });
    const [a, b, c] = await Promise.all([open("a"), open("b"), open("c")]);
    const pids = [Number(await a.run(turn("pid"))), Number(await b.run(turn("pid")))];
    await a.run(turn("hi", { id: "t2" }));
    await c.run(turn("pid"));
    assert.deepEqual(pids.map(isAlive), [true, false]);
    assert.equal(processesBelow(dir).length, 2);
  }));

test("one that ends slowly still counts: nothing starts beside it", () =>
  withAcp({ processesMax: 1, command: testAgent("--stays") }, async (bench) => {
    const { agent, clock, dir, session, waits } = bench;
    const other = await agent.open({ id: "s2", workingDir: dir });
    const pid = Number(await session.run(turn("pid")));
    const before = waits.length;
    const reply = other.run(turn("hi"));
    await until(() => waits.slice(before).includes(1_000));
    for (let round = 0; round < 5; round++) await session.transcript?.();
    assert.deepEqual(processesBelow(dir), [pid]);
    clock.advance(1_000);
    assert.equal(await reply, "You said: hi");
    assert.ok(!isAlive(pid));
  }));

test("when all processes are busy one more turn waits for a place, and fails when its time is over", () =>
  withAcp({ processesMax: 1, turnMs: 9_000 }, async ({ agent, clock, dir, session, waits }) => {
    const other = await agent.open({ id: "s2", workingDir: dir });
    const late = await agent.open({ id: "s3", workingDir: dir });
    const running = await begun(session, "hold");
    const before = waits.length;
    const waiting = other.run(turn("hi"));
    await until(() => waits.slice(before).includes(9_000));
    session.requestCancel?.("graceful");
    assert.equal(await running.done, "one late");
    assert.equal(await waiting, "You said: hi");
    const holding = await begun(other, "hold", "t2");
    const failing = late.run(turn("hi"));
    failing.catch(() => {});
    await until(() => waits.slice(before).filter((ms) => ms === 9_000).length === 3);
    clock.advance(9_000);
    await assert.rejects(failing, { code: "too_many", message: /1 of its processes are busy/ });
    await assert.rejects(holding.done, { code: "turn_timeout" });
  }));

test("either cancel ends the wait for a place at once", () =>
  withAcp({ processesMax: 1 }, async ({ agent, dir, session, waits }) => {
    const other = await agent.open({ id: "s2", workingDir: dir });
    const { done } = await begun(session, "hold");
    const wait = async (id: string) => {
      const before = waits.length;
      const said = turn("hi", { id });
      const reply = other.run(said);
      await until(() => waits.length > before);
      return { said, reply };
    };
    const graceful = await wait("t1");
    other.requestCancel?.("graceful");
    assert.equal(await graceful.reply, "");
    const immediate = await wait("t2");
    const reason = new Error("never mind");
    immediate.said.abort.abort(reason);
    await assert.rejects(immediate.reply, reason);
    session.requestCancel?.("graceful");
    assert.equal(await done, "one late");
  }));

test("two sessions that start at once stay within the limit", () =>
  withAcp({ processesMax: 1 }, async ({ agent, dir, session }) => {
    const other = await agent.open({ id: "s2", workingDir: dir });
    const replies = await Promise.all([session, other].map((one) => one.run(turn("hi"))));
    assert.deepEqual(replies, ["You said: hi", "You said: hi"]);
    assert.equal(processesBelow(dir).length, 1);
  }));
