import { test } from "node:test";
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { importsOf } from "./imports.ts";
import { forbiddenImports, packageOf } from "./import_rules.ts";
import { readTree, root } from "./tree.ts";

const specifiers = (source: string): string[] =>
  importsOf(source).map(({ specifier, values }) => `${specifier}: ${values.join(" ")}`);

test("importsOf() finds every kind of import and re-export", () => {
  const source = `
    import "a";
    import b, { c as d, type e } from "f";
    import * as g from "h";
    import type { i } from "j";
    import type k, { type } from "l";
    const m = await import("n");
    export { o, type p } from "q";
    export * from "r";
    export type { s } from "t";
  `;
  assert.deepEqual(specifiers(source), [
    ...["a: *", "f: b c", "h: *", "j: ", "l: ", "n: *", "q: o", "r: *", "t: "],
  ]);
});

test("importsOf() is not misled by comments, strings, members and lists without a source", () => {
  const source = `
    // import "a";
    /** import { b } from "b"; */
    const c = 'import "c"', d = \`import "d"\`;
    e.import("e"); import.meta.url;
    export { f }; export const g = from("g"); export type H = "h";
    export function i(): void { return from("i"); }
    export { j }
    import k from "k";
  `;
  assert.deepEqual(specifiers(source), ["k: k"]);
});

test("the rules of imports fire on a bad sample of each kind", () => {
  const problems = (path: string, text: string): string[] =>
    forbiddenImports({ path, text }, ["hono"]).map((line) => line.replace(/^.* imports /, ""));
  const core = "modules/task-tracker/task.ts";
  assert.deepEqual(problems(core, 'import fs from "node:fs";'), [
    '"node:fs" from outside the core',
  ]);
  assert.deepEqual(problems(core, 'import { Hono } from "hono";'), [
    '"hono" from outside the core',
  ]);
  assert.deepEqual(problems(core, 'import type { Claim } from "@lanekeeper/lock-scope";'), [
    '"lock-scope", which "task-tracker" may not know',
  ]);
  assert.deepEqual(problems(core, 'export * from "../lock-scope/mod.ts";'), [
    '"../lock-scope/mod.ts" of another package',
  ]);
  assert.deepEqual(problems("modules/lock-scope/a.ts", 'import "@lanekeeper/test/fake_clock";'), [
    '"test", which "lock-scope" may not know',
  ]);
  assert.deepEqual(
    problems(
      "modules/agents/a.ts",
      'import { SessionQueue, GoneError } from "@lanekeeper/session-queue";',
    ),
    ['"SessionQueue" of "session-queue", of which "agents" may use only types'],
  );
  assert.deepEqual(problems("modules/host/a.ts", 'import "left-pad/x";'), [
    '"left-pad", which its package.json does not name',
  ]);
  assert.deepEqual(problems("harness/a.ts", 'import "@lanekeeper/host";'), [
    '"host", which "harness" may not know',
  ]);
  assert.deepEqual(problems("modules/new/a.ts", 'import "@lanekeeper/host";'), [
    '"host", but "new" is not in the table of edges',
  ]);
});

test("the rules of imports let through what is allowed", () => {
  const problems = (path: string, text: string): string[] =>
    forbiddenImports({ path, text }, ["hono"]);
  assert.deepEqual(problems("modules/session-queue/a.ts", 'import "@lanekeeper/lock-scope";'), []);
  assert.deepEqual(problems("modules/task-tracker/a_test.ts", 'import "node:test";'), []);
  assert.deepEqual(
    problems("modules/task-tracker/a_test.ts", 'import "@lanekeeper/test/fake_clock";'),
    [],
  );
  assert.deepEqual(problems("modules/host/a.ts", 'import "hono/cookie"; import "node:fs";'), []);
});

test("every import in the tree goes where the architecture allows", () => {
  const files = readTree(/^(modules|harness|test)\/.*\.(ts|js)$/);
  assert.ok(files.length > 10);
  assert.deepEqual(files.flatMap((file) => forbiddenImports(file, declaredFor(file.path))), []);
});

test("packages that are judged in harness/wild may be imported there, and nowhere else", () => {
  assert.ok(declaredFor("harness/wild/p_queue.ts").includes("p-queue"));
  assert.ok(!declaredFor("harness/wild_report.ts").includes("p-queue"));
  assert.ok(!declaredFor("harness/kit/check.ts").includes("p-queue"));
});

function declaredFor(path: string): string[] {
  const manifest = `${root}/${packageOf(path)?.folder}/package.json`;
  if (!existsSync(manifest)) return [];
  const { dependencies = {}, peerDependencies = {}, optionalDependencies = {}, devDependencies } =
    JSON.parse(readFileSync(manifest, "utf8"));
  // What is judged there is only installed to be judged.
  const judged = path.startsWith("harness/wild/") ? devDependencies : {};
  return Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies, ...judged });
}
