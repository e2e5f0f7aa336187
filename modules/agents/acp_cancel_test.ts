import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { isAlive, processesBelow } from "@lanekeeper/test/os_look";
import { turn } from "./_test_support.ts";
import { begun, testAgent, until, withAcp } from "./_testing/acp_bench.ts";
import type { AgentSession } from "./agent.ts";

const REASON = new Error("stop it");
const last = async (session: AgentSession) => {
  const entry = (await session.transcript?.() ?? []).at(-1);
  return [entry?.text, entry?.end];
};

test("A12: graceful asks the agent by the protocol, and its reply as it then is counts", () =>
  withAcp({}, async ({ session, waits }) => {
    const { done } = await begun(session, "hold");
    const before = waits.length;
    assert.equal(session.requestCancel?.("graceful"), true);
    assert.equal(await done, "one late");
    assert.deepEqual(await last(session), ["one late", "stopped"]);
    assert.ok(!waits.slice(before).includes(2_000), "nobody is going to be killed");
    assert.equal(session.requestCancel?.("graceful"), false);
    assert.equal(await session.run(turn("on", { id: "t2" })), "You said: on");
  }));

test("A12: immediate asks by the protocol too, and rejects once the agent says that it is over", () =>
  withAcp({}, async ({ session, dir }) => {
    const [pid] = [await session.run(turn("pid"))];
    const { said, done } = await begun(session, "hold", "t2");
    said.abort.abort(REASON);
    await assert.rejects(done, REASON);
    assert.deepEqual(said.pieces, ["one "], "what came later is for nobody");
    assert.deepEqual(await last(session), ["one ", "cancelled"]);
    assert.equal(await session.run(turn("pid", { id: "t3" })), pid, "its process goes on");
    assert.equal(processesBelow(dir).length, 1);
  }));

test("an agent that answers a cancel with an error was cancelled all the same, at both levels", () =>
  withAcp({}, async ({ session }) => {
    const first = await begun(session, "hold error", "t1");
    session.requestCancel?.("graceful");
    assert.equal(await first.done, "one late");
    const second = await begun(session, "hold error", "t2");
    second.said.abort.abort(REASON);
    await assert.rejects(second.done, REASON);
  }));

test("a deaf agent gets SIGTERM after its time, and the turn settles once it is gone", () =>
  withAcp({}, async ({ clock, dir, session, waits }) => {
    const { said, done } = await begun(session, "deaf");
    said.abort.abort(REASON);
    await until(() => waits.includes(2_000));
    clock.advance(1_999);
    await session.transcript?.();
    assert.equal(processesBelow(dir).length, 1);
    clock.advance(1);
    await assert.rejects(done, REASON);
    assert.deepEqual(processesBelow(dir), []);
    assert.deepEqual(await last(session), ["one ", "cancelled"]);
    assert.match(await session.run(turn("on", { id: "t2" })), /^\[The agent was started anew/);
  }));

test("one that ignores SIGTERM as well gets SIGKILL, with all that it started", () =>
  withAcp({}, async ({ clock, dir, session, waits }) => {
    const grandchild = Number(await session.run(turn("spawn")));
    assert.ok(isAlive(grandchild));
    const { said, done } = await begun(session, "deaf stone", "t2");
    said.abort.abort(REASON);
    await until(() => waits.includes(2_000));
    clock.advance(2_000);
    await until(() => !isAlive(grandchild));
    assert.equal(processesBelow(dir).length, 1, "its parent does not");
    clock.advance(1_000);
    await assert.rejects(done, REASON);
    assert.deepEqual(processesBelow(dir), []);
  }));

test("the turn after a cancel never gets the process that is told to end (CANCEL_TARGET)", () =>
  withAcp({}, async ({ clock, dir, session, waits }) => {
    const { said, done } = await begun(session, "polite");
    const [pid] = processesBelow(dir);
    said.abort.abort(REASON);
    await until(() => waits.includes(2_000));
    clock.advance(2_000);
    await assert.rejects(done, REASON);
    assert.deepEqual(processesBelow(dir), [pid], "it answered, and has not ended yet");
    const before = waits.length;
    const next = session.run(turn("pid", { id: "t2" }));
    await until(() => waits.slice(before).includes(1_800_000));
    for (let round = 0; round < 5; round++) await session.transcript?.();
    assert.deepEqual(processesBelow(dir), [pid], "nothing starts beside it");
    clock.advance(1_000);
    assert.notEqual((await next).match(/\d+$/)?.[0], `${pid}`);
    assert.equal(processesBelow(dir).length, 1);
  }));

/** Ends an agent that told its pid, and waits for its end: its parent is a shell, which does not. */
async function endIn(dir: string, reply: string): Promise<void> {
  process.kill(Number(reply.match(/\d+$/)?.[0]), "SIGKILL");
  await until(() => processesBelow(dir).length === 0);
}

/** After the fourth line, its first reply, nothing of the agent's output is taken any more. */
const MUTED = ["sh", "-c", 'exec 3<&0; "$@" <&3 | sed -u 4q & exec >&-; wait', "sh"];

test("a turn is given to no agent that has closed its output, though it still runs", () =>
  withAcp({ command: [...MUTED, ...testAgent("--stays")] }, async (bench) => {
    const { clock, dir, session, waits } = bench;
    const pid = await session.run(turn("pid"));
    // The time that it has to end by itself, for nobody hears it any more.
    await until(() => waits.includes(1_000));
    assert.ok(isAlive(Number(pid)));
    const next = session.run(turn("pid", { id: "t2" }));
    await until(() => waits.filter((ms) => ms === 1_800_000).length === 2);
    clock.advance(1_000);
    assert.notEqual((await next).match(/\d+$/)?.[0], pid);
    await until(() => !isAlive(Number(pid)));
    await endIn(dir, await next);
  }));

/** After the third line, its first prompt, nothing of the agent's input is read any more. */
const DEAFENED = [
  ...["sh", "-c"],
  'exec 3<&0 </dev/null; sed -u 3q <&3 | "$@" 3<&- & exec 3<&-; wait',
  "sh",
];

test("an agent that has closed its input fails its turn, and the next one gets another", () =>
  withAcp({ command: [...DEAFENED, ...testAgent("--stays")], turnMs: 9_000 }, async (bench) => {
    const { clock, dir, session, waits } = bench;
    const pid = Number(await session.run(turn("pid")));
    await until(() => processesBelow(dir).length === 2);
    const failing = session.run(turn("pid", { id: "t2" }));
    failing.catch(() => {});
    // Bun tells nobody that a write has failed: there it is the turn's own time that ends it.
    const isTold = !("Bun" in globalThis);
    for (let round = 0; round < 50; round++) await session.transcript?.();
    if (!isTold) clock.advance(9_000);
    const stepMs = isTold ? 1_000 : 2_000;
    await until(() => waits.includes(stepMs));
    clock.advance(stepMs);
    await assert.rejects(failing, { code: isTold ? "exited" : "turn_timeout" });
    await until(() => !isAlive(pid));
    await endIn(dir, await session.run(turn("pid", { id: "t3" })));
  }));

test("A12: a graceful cancel that was not heard may be followed by an immediate one", () =>
  withAcp({}, async ({ clock, dir, session, waits }) => {
    const { said, done } = await begun(session, "deaf");
    session.requestCancel?.("graceful");
    session.requestCancel?.("immediate");
    said.abort.abort(REASON);
    await until(() => waits.includes(2_000));
    clock.advance(2_000);
    await assert.rejects(done, REASON);
    assert.deepEqual(processesBelow(dir), []);
  }));

test("a cancel of one session kills no other one's agent (CANCEL_TARGET)", () =>
  withAcp({}, async ({ agent, clock, session, waits, dir }) => {
    const other = await agent.open({ id: "s2", workingDir: dir });
    const running = await begun(other, "hold");
    const { said, done } = await begun(session, "deaf");
    said.abort.abort(REASON);
    await until(() => waits.includes(2_000));
    clock.advance(2_000);
    await assert.rejects(done, REASON);
    assert.equal(processesBelow(dir).length, 1);
    other.requestCancel?.("graceful");
    assert.equal(await running.done, "one late");
  }));

test("a permission that is asked for after a cancel is answered as cancelled", () =>
  withAcp({ permissions: "all" }, async ({ session }) => {
    const said = turn("ask read", {
      onEmit: () => session.requestCancel?.("graceful"),
    });
    assert.equal(await session.run(said), "Let me see.cancelled");
  }));

test("no level hits a later turn, nor a turn that is not there (CANCEL_NOT_STICKY)", () =>
  withAcp({}, async ({ session }) => {
    assert.equal(session.requestCancel?.("graceful"), false);
    assert.equal(session.requestCancel?.("immediate"), false);
    assert.equal(await session.run(turn("on")), "You said: on");
  }));

test("close() ends the process, its grandchildren and a running turn; deaf ones too", () =>
  withAcp({ command: testAgent("--stays") }, async ({ clock, dir, session, waits }) => {
    const grandchild = Number(await session.run(turn("spawn")));
    const { done } = await begun(session, "deaf stone", "t2");
    const before = waits.length;
    const closing = session.close();
    await until(() => waits.slice(before).includes(1_000));
    clock.advance(1_000);
    await Promise.all([closing, session.close()]);
    await assert.rejects(done, { name: "AbortError", message: "The session was closed" });
    assert.deepEqual([isAlive(grandchild), processesBelow(dir)], [false, []]);
  }));

test("close() of an idle session lets its agent end by itself, then asks, then kills", () =>
  withAcp({ command: testAgent("--stays") }, async ({ clock, dir, session, waits }) => {
    await session.run(turn("hi"));
    const before = waits.length;
    const closing = session.close();
    await until(() => waits.slice(before).includes(1_000));
    assert.equal(processesBelow(dir).length, 1, "the end of its input is not enough for this one");
    clock.advance(1_000);
    await closing;
    assert.deepEqual(processesBelow(dir), []);
  }));

test("the agent's processes do not outlive the server, however it leaves", () =>
  withAcp({}, async ({ dir }) => {
    const { spawn } = await import("node:child_process");
    const { fileURLToPath } = await import("node:url");
    const script = fileURLToPath(new URL("./_testing/acp_leaver.ts", import.meta.url));
    for (const how of ["exit", "throw", "SIGKILL"]) {
      const [runtime = "", ...args] = testAgent();
      const before = args.slice(0, -1);
      const child = spawn(runtime, [...before, script, how, dir], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      const ended = new Promise((resolve) => child.once("close", resolve));
      let output = "";
      child.stdout.on("data", (chunk) => output += chunk);
      await until(() => output.includes("\n"));
      const pid = Number(output);
      assert.ok(pid > 0, output);
      if (how === "SIGKILL" && child.pid !== undefined) process.kill(child.pid, "SIGKILL");
      await ended;
      await until(() => !isAlive(pid));
    }
  }));
