import { type Agent, createEchoAgent, type OpenOptions } from "@lanekeeper/agents";
import assert from "node:assert/strict";
import { mkdtemp, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inOwnFolders } from "./own_folders.ts";

interface Bench {
  readonly dir: string;
  readonly workDir: string;
  readonly agent: Agent;
  /** Without folders of its own. */
  readonly plain: Agent;
}

async function withFolders(run: (bench: Bench) => Promise<void>): Promise<void> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), "lanekeeper-folders-")));
  const workDir = join(dir, "data", "work");
  const plain = createEchoAgent({ dataDir: join(dir, "data"), cwd: () => dir, homeDir: dir });
  try {
    await run({ dir, workDir, plain, agent: inOwnFolders(plain, workDir) });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

test("each session of Slack works in a folder of its own, which is its owner's alone", () =>
  withFolders(async ({ agent, workDir }) => {
    for (const id of ["slack-T1-D1", "slack-T1-C1-1.000001_2.000001"]) {
      const { info } = await agent.open({ id });
      assert.deepEqual([info.workingDir, info.notice], [join(workDir, id), undefined]);
      assert.equal((await stat(info.workingDir)).mode & 0o777, 0o700);
    }
    await agent.close?.();
  }));

test("a session of the web chat works where it says, or where the server does", () =>
  withFolders(async ({ agent, dir }) => {
    const wanted: OpenOptions[] = [{ id: "one" }, { id: "two", workingDir: tmpdir() }];
    const dirs = [];
    for (const options of wanted) dirs.push((await agent.open(options)).info.workingDir);
    assert.deepEqual(dirs, [dir, tmpdir()]);
    assert.equal((await agent.resume("one")).info.workingDir, dir);
  }));

test("A13: a folder that was deleted is there again after the resume, and one that cannot be made blocks none", () =>
  withFolders(async ({ agent, dir, workDir }) => {
    const id = "slack-T1-D1";
    await agent.open({ id });
    await rm(workDir, { recursive: true });
    const { info } = await agent.resume(id);
    assert.deepEqual([info.workingDir, info.notice], [join(workDir, id), undefined]);
    await rm(workDir, { recursive: true });
    await writeFile(workDir, "a file");
    const lost = (await agent.resume(id)).info;
    assert.equal(lost.workingDir, dir);
    assert.match(lost.notice ?? "", /is not there; this session works in/);
  }));

test("A13: where the data folder was moved, each session works in its own folder at the new place, and says so", () =>
  withFolders(async ({ agent, dir, workDir }) => {
    const ids = ["slack-T1-D1", "slack-T1-D2"];
    for (const id of ids) await agent.open({ id });
    await agent.close?.();
    const moved = join(dir, "moved");
    await rename(join(dir, "data"), moved);
    const there = createEchoAgent({ dataDir: moved, cwd: () => dir, homeDir: dir });
    for (const id of ids) {
      const { info } = await inOwnFolders(there, join(moved, "work")).resume(id);
      const [own, lost] = [join(moved, "work", id), join(workDir, id)];
      assert.deepEqual([info.workingDir, info.notice], [
        own,
        `The working directory "${lost}" is not there; this session works in "${own}"`,
      ]);
    }
  }));

test("a session of the web chat whose directory is lost gets no folder of its own", () =>
  withFolders(async ({ agent, dir, workDir }) => {
    const lost = join(dir, "lost");
    await agent.open({ id: "one", workingDir: lost });
    assert.equal((await agent.resume("one")).info.workingDir, dir);
    await assert.rejects(stat(join(workDir, "one")), { code: "ENOENT" });
  }));

test("RESUME_FIDELITY: a session that was stored with another directory keeps it", () =>
  withFolders(async ({ agent, plain, dir }) => {
    await plain.open({ id: "slack-T1-D1" });
    assert.equal((await agent.resume("slack-T1-D1")).info.workingDir, dir);
  }));

test("no name of a session leads out of the work folder", () =>
  withFolders(async ({ agent, dir }) => {
    await assert.rejects(agent.open({ id: "slack-/../../../out" }), /Cannot use/);
    await assert.rejects(agent.resume("slack-/../../../out"), /Cannot use/);
    await assert.rejects(stat(join(dir, "out")), { code: "ENOENT" });
  }));
