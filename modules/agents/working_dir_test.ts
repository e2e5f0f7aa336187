import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { withFolder } from "./_test_support.ts";
import { resolveWorkingDir } from "./working_dir.ts";

const deletedCwd = (): string => {
  throw Object.assign(new Error("ENOENT: no such file or directory, uv_cwd"), { code: "ENOENT" });
};

test("a wanted directory that is there is used, without a notice", () =>
  withFolder(async (dir) => {
    const found = await resolveWorkingDir(dir, { homeDir: "/", cwd: deletedCwd });
    assert.deepEqual(found, { path: dir, wanted: dir });
  }));

test("with none wanted the process's directory is used", () =>
  withFolder(async (dir) => {
    assert.deepEqual(await resolveWorkingDir(undefined, { cwd: () => dir }), {
      path: dir,
      wanted: dir,
    });
    assert.equal((await resolveWorkingDir(undefined)).path, process.cwd());
  }));

test("a relative directory counts from the process's", () =>
  withFolder(async (dir) => {
    await mkdir(join(dir, "a"));
    const found = await resolveWorkingDir("./a", { cwd: () => dir });
    assert.deepEqual(found, { path: join(dir, "a"), wanted: join(dir, "a") });
  }));

test("a directory that is gone is replaced by the home directory, and comes back", () =>
  withFolder(async (dir) => {
    const wanted = join(dir, "work");
    assert.deepEqual(await resolveWorkingDir(wanted, { homeDir: dir }), {
      path: dir,
      wanted,
      notice: `The working directory "${wanted}" is not there; this session works in "${dir}"`,
    });
    await mkdir(wanted);
    assert.deepEqual(await resolveWorkingDir(wanted, { homeDir: dir }), { path: wanted, wanted });
  }));

test("a directory that was named for this case comes before the home directory, if it is there", () =>
  withFolder(async (dir) => {
    const [wanted, fallbackDir] = [join(dir, "work"), join(dir, "instead")];
    assert.equal((await resolveWorkingDir(wanted, { homeDir: dir, fallbackDir })).path, dir);
    await mkdir(fallbackDir);
    assert.deepEqual(await resolveWorkingDir(wanted, { homeDir: dir, fallbackDir }), {
      path: fallbackDir,
      wanted,
      notice:
        `The working directory "${wanted}" is not there; this session works in "${fallbackDir}"`,
    });
    await mkdir(wanted);
    assert.equal((await resolveWorkingDir(wanted, { homeDir: dir, fallbackDir })).path, wanted);
  }));

test("a file is no working directory", () =>
  withFolder(async (dir) => {
    const wanted = join(dir, "file");
    await writeFile(wanted, "");
    const found = await resolveWorkingDir(wanted, { homeDir: dir });
    assert.equal(found.path, dir);
    assert.match(found.notice ?? "", /file" is not there/);
  }));

test("a process whose own directory was deleted falls back to the home directory", () =>
  withFolder(async (dir) => {
    assert.deepEqual(await resolveWorkingDir(undefined, { homeDir: dir, cwd: deletedCwd }), {
      path: dir,
      wanted: dir,
      notice: `The working directory of the server is not there; this session works in "${dir}"`,
    });
    const relative = await resolveWorkingDir("sub", { homeDir: dir, cwd: deletedCwd });
    assert.equal(relative.path, dir);
    assert.match(relative.notice ?? "", /^The working directory "sub" is not there/);
  }));

test("with the home directory gone as well the temporary directory is used", () =>
  withFolder(async (dir) => {
    const home = join(dir, "home");
    await mkdir(home);
    await rm(home, { recursive: true });
    assert.equal((await resolveWorkingDir(home, { homeDir: home })).path, tmpdir());
    assert.equal((await resolveWorkingDir(home, { homeDir: "." })).path, tmpdir());
  }));
