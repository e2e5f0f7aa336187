import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const FOLDER = new URL("./", import.meta.url);

/**
 * The behaviours of the two systems. P1 and P2 are the busy policies that need to know the agent: steer
 * and rollback.
 */
const IDS = ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "A10", "A11", "A12", "A13"]
  .concat(["A14", "A15"])
  .concat(["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "P1", "P2"]);
/** Tests of the process as a whole, and this one. */
const WITHOUT_ID = [
  "agents_slack_test.ts",
  "agents_test.ts",
  "requirements_test.ts",
  "server_test.ts",
  "slack_http_test.ts",
  "slack_leaks_test.ts",
  "slack_private_test.ts",
  "slack_safety_test.ts",
  "slack_server_test.ts",
  "slack_socket_test.ts",
  "slack_storm_test.ts",
  "slack_stream_test.ts",
  "slack_talk_test.ts",
];

interface AcceptanceFile {
  readonly name: string;
  /** From the name: `a1_chat_lock_test.ts` is of `A1`. */
  readonly id: string;
  /** The names of its tests. */
  readonly tests: readonly string[];
}

function readFiles(): AcceptanceFile[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith("_test.ts") && !WITHOUT_ID.includes(name))
    .map((name) => ({
      name,
      id: (name.split("_")[0] ?? "").toUpperCase(),
      tests: testNames(readFileSync(new URL(name, FOLDER), "utf8")),
    }));
}

/** The names that a file gives its tests. */
export function testNames(source: string): string[] {
  const calls = source.matchAll(/\btest\(\s*(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g);
  return Array.from(calls, ([, plain, template]) => plain ?? template ?? "");
}

test("every requirement has one acceptance file, and at least one test that names it", () => {
  const files = readFiles();
  for (const id of IDS) {
    const own = files.filter((file) => file.id === id);
    assert.equal(own.length, 1, `${id} has ${own.length} files`);
    assert.ok(own[0]?.tests.some((name) => name.startsWith(`${id}: `)), `${id} has no test`);
  }
});

test("no acceptance file is named after something that is no requirement", () => {
  assert.deepEqual(readFiles().filter(({ id }) => !IDS.includes(id)).map(({ name }) => name), []);
});

test("every acceptance test begins with the id of its file", () => {
  for (const { name, id, tests } of readFiles()) {
    const others = tests.filter((test) => !test.startsWith(`${id}: `));
    assert.deepEqual(others, [], name);
  }
});

test("testNames() finds plain names, names with values in them and names on a line of their own", () => {
  const source =
    'test("A1: one", f);\ntest(`A1: ${two}`, f);\ntest(\n  "A1: a \\"third\\"",\n  f);';
  assert.deepEqual(testNames(source), ["A1: one", "A1: ${two}", 'A1: a \\"third\\"']);
});
