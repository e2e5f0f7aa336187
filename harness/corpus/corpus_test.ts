import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { GUARANTEES } from "../oracles/oracles.ts";
import { CORPUS } from "./corpus.ts";

test("each row stands in a file of its name, and each file in the list", () => {
  const here = fileURLToPath(new URL(".", import.meta.url));
  const files = readdirSync(here)
    .filter((name) => name.endsWith(".ts") && !name.endsWith("_test.ts") && !name.startsWith("_"))
    .filter((name) =>
      !["clean_twins.ts", "corpus.ts", "corpus_row.ts", "kill_table.ts"].includes(name)
    );
  const expected = CORPUS.map(({ id }) => `${id.replaceAll("-", "_")}.ts`);
  assert.deepEqual(files.sort(), expected.toSorted());
  assert.equal(new Set(expected).size, CORPUS.length);
});

test("each row says what the bug is, where it was seen, and what must catch it", () => {
  for (const { id, bug, seenIn, expected, story, buggy, twin } of CORPUS) {
    assert.ok(bug.length > 20 && seenIn.length > 10, id);
    assert.doesNotMatch(seenIn, /\b[A-Z]\d{1,2}\b/, `${id}: an id that leads nowhere`);
    // What grows with a chain has no story but its length.
    assert.equal(story.length === 0, expected[0] === "BOUNDED_STACK", id);
    assert.ok(story.length <= 5, id);
    for (const guarantee of expected) assert.ok(GUARANTEES.includes(guarantee), id);
    assert.notEqual(buggy.name, twin.name, id);
  }
});

test("most guarantees are needed to tell these bugs apart", () => {
  const headlines = new Set(CORPUS.map(({ expected }) => expected[0]));
  assert.ok(headlines.size >= 24, `${headlines.size} of ${GUARANTEES.length}`);
});
