import assert from "node:assert/strict";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { withFolder } from "@lanekeeper/test/with_folder";
import { makeFolder } from "./make_folder.ts";

test("makeFolder() makes all folders above, for their owner alone, and leaves one that is there", () =>
  withFolder(async (dir) => {
    for (const path of [join(dir, "a"), join(dir, "a", "b", "c"), join(dir, "a", "b", "c")]) {
      await makeFolder(path);
    }
    for (const path of [["a"], ["a", "b"], ["a", "b", "c"]]) {
      assert.equal((await stat(join(dir, ...path))).mode & 0o777, 0o700);
    }
  }));

test("many makeFolder() at once of folders below one that is not there yet all find theirs", () =>
  withFolder(async (dir) => {
    for (let round = 0; round < 200; round++) {
      const paths = [1, 2, 3, 4].map((n) => join(dir, `${round}`, "deep", `${n % 3}`));
      await Promise.all(paths.map((path) => makeFolder(path)));
      for (const path of paths) assert.ok((await stat(path)).isDirectory());
    }
  }));

test("makeFolder() rejects where a file is in the way, and where the system lets none be", () =>
  withFolder(async (dir) => {
    const file = join(dir, "file");
    await writeFile(file, "");
    await assert.rejects(makeFolder(file), { code: "EEXIST" });
    await assert.rejects(makeFolder(join(file, "a", "b")), { code: "ENOTDIR" });
    await assert.rejects(makeFolder("/proc/lanekeeper/a"), { code: /^(ENOENT|EACCES|EROFS)$/ });
  }));
