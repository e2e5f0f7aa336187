import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { playStory } from "../kit/story.ts";
import { installedFile } from "./_installed.ts";
import type { WildReport } from "./_result.ts";
import { WILD } from "./wild.ts";
import { fileOf, type Quote, storyOf } from "./wild_row.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const REPORT: WildReport = JSON.parse(
  readFileSync(new URL("wild.json", import.meta.url), "utf8"),
);

/** All that a row quotes. */
function quotesOf({ standing, promised, notPromised }: (typeof WILD)[number]): Quote[] {
  const said = [...Object.values(promised), ...Object.values(notPromised)];
  return [...said, ...(standing === undefined ? [] : [standing])]
    .filter((one): one is Quote => "says" in one && one.says !== undefined);
}

/** A text without what only makes it look like something: marks of Markdown and of comments. */
function plain(text: string): string {
  return text.replace(/[`*_"]|<\/?(?:a|b|i|p|sup|br|div|img|h\d)\b[^>]*>/g, "").replace(/\s+/g, " ")
    .toLowerCase();
}

for (const row of WILD) {
  test(`${row.id} says what it is used for, and quotes what is promised with its source`, () => {
    assert.ok(row.use.length > 0);
    assert.ok(existsSync(ROOT + fileOf(row)), `${fileOf(row)} is where its row says`);
    assert.equal(row.adapter.name, row.id);
    assert.ok(Object.keys(row.promised).length > 0, "something is promised, or it is not here");
    for (const guarantee of Object.keys(row.promised)) {
      assert.ok(!(guarantee in row.notPromised), `${guarantee} is promised or not, and not both`);
    }
    for (const { says, and = [], source } of quotesOf(row)) {
      assert.match(source, /^https:\/\//);
      for (const one of [says, ...and]) assert.ok(one.length < 200, `a quotation is short: ${one}`);
    }
    for (const { why } of Object.values(row.notPromised)) assert.ok(why.length > 0);
  });

  test(`what ${row.id} quotes is in the documentation that is installed`, () => {
    for (const { says, and = [], file } of quotesOf(row)) {
      if (file === undefined) continue;
      const text = plain(readFileSync(installedFile(file), "utf8"));
      for (const words of [says, ...and]) {
        assert.ok(text.includes(plain(words)), `"${words}" is not in ${file}`);
      }
    }
  });
}

for (const { adapter, foundBefore = [], id } of WILD) {
  for (const found of foundBefore) {
    const { operations, breaks } = found;
    test(`what was found before of ${id} still breaks ${breaks}: ${operations}`, async () => {
      const { world } = await playStory({ adapter, judged: [breaks] }, storyOf(found));
      assert.ok(world.broken.length > 0, "take it out of foundBefore");
      const reported = REPORT.rows.find((row) => row.id === id)?.cells
        .find(({ guarantee }) => guarantee === breaks);
      assert.ok((reported?.stories.length ?? 0) > 0, "the report tells it");
    });
  }
}

test("each row is there once", () => {
  const ids = WILD.map(({ id }) => id);
  assert.deepEqual(ids, [...new Set(ids)]);
});
