import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, realpath, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { SessionExistsError, SessionGoneError } from "@lanekeeper/session-queue";
import { AT, drive, turn, until, withAgent, withFolder } from "./_test_support.ts";
import { createEchoAgent } from "./echo_agent.ts";

const REASON = new Error("never mind");

test("open() stores what resume() needs, and takes defaults for the rest", () =>
  withAgent({}, async ({ agent, dir, stored }) => {
    assert.equal(agent.name, "echo");
    const { info } = await agent.open({ id: "s1" });
    assert.deepEqual(info, { id: "s1", projectId: "default", workingDir: dir });
    assert.deepEqual(JSON.parse(await stored("s1")), {
      version: 1,
      id: "s1",
      project_id: "default",
      working_dir: dir,
      created_at: AT,
    });
  }));

test("after a restart resume() has the directory, the project and the transcript", () =>
  withAgent({}, async ({ agent, clock, dir, restarted }) => {
    const workingDir = join(dir, "work");
    await mkdir(workingDir);
    const session = await agent.open({ id: "s1", projectId: "p", workingDir });
    await drive(clock, session.run(turn("one")));
    const resumed = await restarted({ cwd: () => "/", projectId: "q" }).resume("s1");
    assert.deepEqual(resumed.info, { id: "s1", projectId: "p", workingDir });
    await drive(clock, resumed.run(turn("two", { id: "t2" })));
    const before = await resumed.transcript();
    assert.deepEqual(before.map(({ text }) => text), [
      "one",
      "You said: one",
      "two",
      "You said: two",
    ]);
    assert.deepEqual(await (await restarted().resume("s1")).transcript(), before);
  }));

test("resume() of what was never stored is 'session gone'", () =>
  withAgent({}, async ({ agent }) => {
    await assert.rejects(agent.resume("s1"), (error: SessionGoneError) => {
      assert.ok(error instanceof SessionGoneError);
      return error.code === "session_gone" && error.session === "s1";
    });
  }));

test("open() of what is stored is refused; a wrong id is refused by both", () =>
  withAgent({}, async ({ agent, dir }) => {
    await agent.open({ id: "s1" });
    await assert.rejects(agent.open({ id: "s1" }), SessionExistsError);
    await assert.rejects(agent.open({ id: "../s2" }), { code: "invalid_session_id" });
    await assert.rejects(agent.resume("../sessions/s1"), { code: "invalid_session_id" });
    const entries = await readdir(dir, { recursive: true });
    assert.deepEqual(entries.sort(), ["sessions", "sessions/s1.jsonl"]);
  }));

test("a session whose last line was torn resumes at every byte, says so once, and goes on", () =>
  withAgent({ wordDelayMs: 0 }, async ({ agent, clock, path, restarted }) => {
    const session = await agent.open({ id: "s1" });
    await drive(clock, session.run(turn("größe 🚀")));
    const whole = await readFile(path("s1"));
    const lastLine = whole.lastIndexOf("\n", whole.length - 2) + 1;
    for (let length = lastLine + 1; length < whole.length - 1; length++) {
      await writeFile(path("s1"), whole.subarray(0, length));
      const torn = await restarted().resume("s1");
      const bytes = `${length - lastLine} bytes`;
      assert.equal(
        torn.info.notice,
        `The last line of the transcript was cut off and is left out (${bytes})`,
      );
      await drive(clock, torn.run(turn("on")));
      const after = await restarted().resume("s1");
      assert.equal(after.info.notice, undefined);
      const roles = (await after.transcript()).map(({ role }) => role);
      assert.deepEqual(roles, ["user", "note", "user", "agent"], bytes);
    }
  }));

test("a session with a line that can not be read resumes and says how many", () =>
  withAgent({}, async ({ agent, path, restarted }) => {
    await agent.open({ id: "s1" });
    await writeFile(path("s1"), "garbage\n{}\n", { flag: "a" });
    const { notice } = (await restarted().resume("s1")).info;
    assert.equal(notice, "Lines of the transcript that can not be read are left out: 2");
  }));

test("a header that was torn off is 'session gone', and the id can be opened", () =>
  withAgent({}, async ({ agent, path }) => {
    await agent.open({ id: "s1" });
    await truncate(path("s1"), 20);
    await assert.rejects(agent.resume("s1"), SessionGoneError);
    assert.equal((await agent.open({ id: "s1" })).info.notice, undefined);
  }));

test("a lost directory is replaced for its session alone, and comes back", () =>
  withAgent({}, async ({ agent, dir, restarted }) => {
    const [a, b, home] = ["a", "b", "home"].map((name) => join(dir, name)) as [
      string,
      string,
      string,
    ];
    for (const path of [a, b, home]) await mkdir(path);
    const before = process.cwd();
    const first = await agent.open({ id: "a", workingDir: a });
    const second = await agent.open({ id: "b", workingDir: b });
    await rm(a, { recursive: true });
    const lost = await restarted({ homeDir: home }).resume("a");
    assert.equal(lost.info.workingDir, home);
    const notice = `The working directory "${a}" is not there; this session works in "${home}"`;
    assert.equal(lost.info.notice, notice);
    assert.equal((await restarted({ homeDir: home }).resume("b")).info.workingDir, b);
    assert.deepEqual([first.info.workingDir, second.info.workingDir], [a, b]);
    assert.equal(process.cwd(), before);
    await mkdir(a);
    const back = await restarted({ homeDir: home }).resume("a");
    assert.deepEqual(back.info, { id: "a", projectId: "default", workingDir: a });
  }));

test("open() in a directory that is gone works in the home directory and stores the one meant", () =>
  withAgent({}, async ({ agent, dir, restarted }) => {
    const wanted = join(dir, "later");
    const { info } = await agent.open({ id: "s1", workingDir: wanted });
    assert.equal(info.workingDir, dir);
    assert.match(info.notice ?? "", /later" is not there/);
    await mkdir(wanted);
    assert.equal((await restarted().resume("s1")).info.workingDir, wanted);
  }));

test("two things that were lost are said together", () =>
  withAgent({}, async ({ agent, dir, path, restarted }) => {
    await agent.open({ id: "s1", workingDir: join(dir, "lost") });
    await writeFile(path("s1"), "half a li", { flag: "a" });
    const { notice } = (await restarted().resume("s1")).info;
    assert.match(notice ?? "", /^The working directory .*"\. The last line .* \(9 bytes\)$/);
  }));

test("a process whose own directory was deleted opens and resumes in the home directory", () =>
  withFolder(async (dir) => {
    const [cwd, home] = [join(dir, "cwd"), join(dir, "home")];
    for (const path of [cwd, home]) await mkdir(path);
    const child = fileURLToPath(new URL("./_deleted_cwd_child.ts", import.meta.url));
    const run = "Deno" in globalThis ? ["run", "-A", "--no-check"] : [];
    const args = [...run, child, cwd, join(dir, "data"), home];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
    const [opened, resumed] = JSON.parse(stdout);
    assert.equal(opened.workingDir, home);
    assert.match(opened.notice, /^The working directory .* is not there; this session works in/);
    assert.equal(resumed.workingDir, home);
    await assert.rejects(realpath(cwd), { code: "ENOENT" });
  }));

test("a signal that aborted stops open() and resume() with its reason, and nothing is stored", () =>
  withAgent({}, async ({ agent, dir }) => {
    const signal = AbortSignal.abort(REASON);
    await assert.rejects(agent.open({ id: "s1", signal }), REASON);
    const abort = new AbortController();
    const opening = agent.open({ id: "s1", signal: abort.signal });
    abort.abort(REASON);
    await assert.rejects(opening, REASON);
    assert.deepEqual(await readdir(dir), []);
    await agent.open({ id: "s1" });
    const abortLater = new AbortController();
    const resuming = agent.resume("s1", { signal: abortLater.signal });
    abortLater.abort(REASON);
    await assert.rejects(resuming, REASON);
    await assert.rejects(agent.resume("s1", { signal }), REASON);
  }));

test("close() ends the turns that run, waits for their notes, and takes nothing new", () =>
  withAgent({}, async ({ agent, clock, stored }) => {
    const [a, b] = [await agent.open({ id: "a" }), await agent.open({ id: "b" })];
    const idle = await agent.open({ id: "idle" });
    const turns = [a.run(turn("slow 9")), b.run(turn("ignore cancel 9"))];
    for (const running of turns) running.catch(() => {});
    await until(() => clock.pending === 2);
    await Promise.all([agent.close(), agent.close()]);
    for (const id of ["a", "b"]) assert.match(await stored(id), /"end":"cancelled"/);
    for (const running of turns) await assert.rejects(running, { name: "AbortError" });
    assert.equal(clock.pending, 0);
    await agent.close();
    await assert.rejects(
      agent.open({ id: "c" }),
      /^Error: Cannot open session "c": the echo agent/,
    );
    await assert.rejects(agent.resume("a"), /the echo agent is closed/);
    await assert.rejects(idle.run(turn("hi")), /the echo agent is closed/);
  }));

test("turns on two sessions run side by side", () =>
  withAgent({}, async ({ agent, clock }) => {
    const [a, b] = [await agent.open({ id: "a" }), await agent.open({ id: "b" })];
    const slow = a.run(turn("slow 60"));
    assert.equal(await drive(clock, b.run(turn("hi"))), "You said: hi");
    assert.ok(clock.now() < 60_000);
    assert.match(await drive(clock, slow, 1_000), /done$/);
  }));

test("options out of range are refused at once", () => {
  for (const wordDelayMs of [-1, NaN, Infinity]) {
    const make = () => createEchoAgent({ dataDir: ".", wordDelayMs });
    assert.throws(make, /^RangeError: Cannot use wordDelayMs/);
  }
});
