import assert from "node:assert/strict";
import { mkdir, symlink } from "node:fs/promises";
import { join, relative } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { withFolder } from "@lanekeeper/test/with_folder";
import { leadsInto } from "./leads_into.ts";

/** A folder with `data/sessions`, `work`, and links: `to-data` and `to-work` lead there, `data/out` out. */
function withFolders(use: (dir: string) => Promise<void>): Promise<void> {
  return withFolder(async (dir) => {
    await mkdir(join(dir, "data", "sessions"), { recursive: true });
    await mkdir(join(dir, "work"));
    await symlink(join(dir, "data"), join(dir, "to-data"));
    await symlink("work", join(dir, "to-work"));
    await symlink(dir, join(dir, "data", "out"));
    await use(dir);
  });
}

test("what is one of the folders or in one leads there: by links, by dots, from the process's directory, also before it is made", () =>
  withFolders(async (dir) => {
    const folders = [join(dir, "to-data"), join(dir, "work")];
    const inside = [
      ...["data", "data/", "data/sessions", "to-data", "to-data/sessions", "data/none/yet"],
      ...["work", "work/..none", "to-work/slack-T1-D1", "elsewhere/../data", "data/out/work"],
    ];
    for (const path of inside) assert.ok(await leadsInto(`${dir}/${path}`, folders), path);
    const relativePath = relative(process.cwd(), join(dir, "data", "sessions"));
    assert.ok(await leadsInto(relativePath, folders), relativePath);
  }));

test("what only looks like it, is above it or is led out of it by a link does not lead there", () =>
  withFolders(async (dir) => {
    const folders = [join(dir, "data"), join(dir, "work")];
    for (const path of ["", "/data2", "/data/../other", "/data/out", "/data/out/other", "/.."]) {
      assert.ok(!await leadsInto(dir + path, folders), path);
    }
    assert.ok(!await leadsInto("/", folders));
    assert.ok(!await leadsInto(dir, []));
  }));
