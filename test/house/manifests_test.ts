import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { lockfileProblems, packageProblems } from "./manifests.ts";
import { listTree, root } from "./tree.ts";

const readJson = (path: string) => JSON.parse(readFileSync(`${root}/${path}`, "utf8"));

test("packageProblems() fires on each kind of fault", () => {
  const npm = { name: "@lanekeeper/a", version: "1.0.0", exports: { ".": "./mod.ts" } };
  const good = ["modules/a/README.md", "modules/a/mod.ts"];
  const problems = (files: string[], deno: object, other: object = npm): string[] =>
    packageProblems("modules/a", files, { npm: other, deno });
  assert.deepEqual(problems(good, npm), []);
  assert.deepEqual(problems(["modules/a/mod.ts"], npm), ["modules/a has no README.md"]);
  assert.deepEqual(problems(["modules/a/README.md"], npm), [
    "modules/a has no mod.ts",
    "modules/a exports ./mod.ts, which is not there",
  ]);
  for (const key of ["name", "version", "exports"]) {
    assert.deepEqual(problems(good, { ...npm, [key]: "x" }), [
      `modules/a: "${key}" differs between package.json and deno.json`,
    ]);
  }
  const renamed = { ...npm, name: "b" };
  assert.deepEqual(problems(good, renamed, renamed), [
    'modules/a is named "b" instead of "@lanekeeper/a"',
  ]);
});

test("every package has a README and a mod.ts, and its two manifests agree", () => {
  const files = listTree();
  const folders = files.filter((file) =>
    /^(modules\/[^/]+|harness|test)\/package\.json$/.test(file)
  )
    .map((file) => file.replace("/package.json", ""));
  assert.ok(folders.length >= 9);
  const problems = folders.flatMap((folder) =>
    packageProblems(folder, files, {
      npm: readJson(`${folder}/package.json`),
      deno: readJson(`${folder}/deno.json`),
    })
  );
  assert.deepEqual(problems, []);
});

test("every package is a member of the Deno workspace", () => {
  const members: string[] = readJson("deno.json").workspace;
  const folders = listTree().filter((file) =>
    /^(modules\/[^/]+|harness|test)\/deno\.json$/.test(file)
  )
    .map((file) => `./${file.replace("/deno.json", "")}`);
  assert.deepEqual([...members].sort(), folders.sort());
});

test("lockfileProblems() fires on a missing entry and on a host", () => {
  const packages = {
    "": { dependencies: { a: "1" } },
    "node_modules/a": { optionalDependencies: { "a-linux": "1", "a-mac": "1" } },
    "node_modules/a/node_modules/a-linux": { resolved: "there" },
    "node_modules/b": { link: true, resolved: "modules/b" },
  };
  assert.deepEqual(lockfileProblems({ packages }), [
    'package-lock.json has no entry for a-mac, wanted by "node_modules/a"',
    "package-lock.json says from where node_modules/a/node_modules/a-linux comes: there",
  ]);
});

test("the lockfile is complete for every platform and names no host", () => {
  assert.deepEqual(lockfileProblems(readJson("package-lock.json")), []);
});
