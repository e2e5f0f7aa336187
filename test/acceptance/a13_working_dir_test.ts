import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { withAcpHost } from "../support/acp_host.ts";
import { withEcho } from "../support/echo_bench.ts";

/** What `process.cwd()` does when the directory was deleted. */
function deletedCwd(): string {
  throw Object.assign(new Error("ENOENT: no such file or directory, uv_cwd"), { code: "ENOENT" });
}

test("A13: a session is created although the process's directory was deleted, and says where it works", () =>
  withEcho(async ({ start, answer, dataDir }) => {
    const ann = start({ cwd: deletedCwd }).client("ann");
    assert.deepEqual(await answer(ann.open()), {
      status: 200,
      body: {
        session_id: "s1",
        session_connected: true,
        project_id: "default",
        working_dir: dataDir,
        notice:
          `The working directory of the server is not there; this session works in "${dataDir}"`,
      },
    });
    assert.equal((await answer(ann.chat("hello"))).body.response, "You said: hello");
  }));

test("A13: a session is created and resumed although its own directory was deleted", () =>
  withEcho(async ({ start, answer, dataDir }) => {
    const lost = join(dataDir, "lost");
    const notice =
      `The working directory "${lost}" is not there; this session works in "${dataDir}"`;
    const ann = start().client("ann");
    const created = (await answer(ann.open({ working_dir: lost }))).body;
    assert.deepEqual([created.working_dir, created.notice], [dataDir, notice]);

    await mkdir(lost);
    const bob = start().client("bob");
    const back = (await answer(bob.open({ session_id: "s1" }))).body;
    assert.deepEqual([back.working_dir, back.notice], [lost, undefined]);
    assert.equal((await answer(bob.look())).body.working_dir, lost);

    await rm(lost, { recursive: true });
    const cid = start({ cwd: deletedCwd }).client("cid");
    const resumed = await answer(cid.open({ session_id: "s1" }));
    assert.equal(resumed.status, 200);
    assert.deepEqual([resumed.body.working_dir, resumed.body.notice], [dataDir, notice]);
    assert.equal((await answer(cid.chat("hello"))).status, 200);
  }));

test("A13: one session's fallback changes no other session's directory, nor the process's", () =>
  withEcho(async ({ start, answer, dataDir }) => {
    const [kept, lost] = [join(dataDir, "kept"), join(dataDir, "lost")];
    await mkdir(kept);
    await mkdir(lost);
    const before = process.cwd();
    const first = start();
    await answer(first.client("ann").open({ working_dir: kept }));
    await answer(first.client("bob").open({ working_dir: lost }));
    await rm(lost, { recursive: true });

    const second = start();
    const [ann, bob] = [second.client("ann"), second.client("bob")];
    await answer(bob.open({ session_id: "s2" }));
    await answer(ann.open({ session_id: "s1" }));
    assert.equal((await answer(bob.look())).body.working_dir, dataDir);
    assert.equal((await answer(ann.look())).body.working_dir, kept);
    const cid = second.client("cid");
    assert.equal((await answer(cid.open({ working_dir: kept }))).body.working_dir, kept);
    assert.equal((await answer(first.client("ann").look())).body.working_dir, kept);
    assert.equal(process.cwd(), before);
  }));

test("A13: an agent that is a child process works in the home directory while its own is gone", () =>
  withAcpHost(async ({ client, dir }) => {
    const [kept, lost] = [join(dir, "kept"), join(dir, "lost")];
    await mkdir(kept);
    await mkdir(lost);
    const before = process.cwd();
    const [ann, bob] = [client("ann"), client("bob")];
    await ann.open({ working_dir: kept });
    await bob.open({ working_dir: lost });
    await rm(lost, { recursive: true });
    const notice = `The working directory "${lost}" is not there; this session works in "${dir}"`;
    assert.equal(
      (await bob.chat("cwd")).body.response,
      `[${notice}]\n\n${JSON.stringify([dir, dir])}`,
    );
    assert.equal((await ann.chat("cwd")).body.response, JSON.stringify([kept, kept]));
    assert.equal(process.cwd(), before);
  }));
