import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseOperations } from "../kit/operations.ts";
import { replayHost } from "../kit/replay.ts";
import type { Story } from "../kit/story.ts";
import { replayLineOf } from "../kit/violation.ts";
import { parseTape } from "../sim/tape.ts";
import { markdownOf } from "./_markdown.ts";
import { matrixOf } from "./_matrix.ts";
import { resultOf, versionsOf, type WildReport, type WildStory } from "./_result.ts";
import { searchRow } from "./_search.ts";
import { smallRow } from "./_test_support.ts";
import { WILD } from "./wild.ts";
import { fileOf } from "./wild_row.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const REPORT: WildReport = JSON.parse(read("wild.json"));
/** What has a test file of its own, for the runtimes that have it. */
const OF_A_RUNTIME = WILD.filter(({ packages }) => packages.length === 0);

function storyOf({ operations, tape, racy, workSteps }: WildStory): Story {
  const lane = { ...(racy ? { racy } : {}), ...(workSteps ? { workSteps } : {}) };
  return { operations: parseOperations(operations.join("; ")), tape: parseTape(tape), lane };
}

/** A short search of a small row. */
const LIMITS = { runs: 40, operationsMax: 2 };

/** Without what a formatter changes: white space, and the lines of tables. */
function words(text: string): string {
  return text.replace(/-{3,}/g, "---").replace(/\s+/g, " ").trim();
}

test("the report has the rows of the list, and judges each on what it lists", () => {
  assert.deepEqual(REPORT.rows.map(({ id }) => id), WILD.map(({ id }) => id));
  for (const [at, row] of WILD.entries()) {
    const { cells, file, use } = REPORT.rows[at]!;
    assert.deepEqual([file, use], [fileOf(row), row.use]);
    assert.deepEqual(
      cells.map(({ guarantee }) => guarantee).toSorted(),
      row.adapter.guarantees?.toSorted(),
    );
    for (const { guarantee, promised, notPromised, verdict, stories } of cells) {
      assert.deepEqual(promised, row.promised[guarantee]);
      assert.deepEqual(notPromised, row.notPromised[guarantee]);
      assert.equal(stories.length > 0, verdict.startsWith("broken"), `${row.id} ${guarantee}`);
      assert.equal(verdict === "broken", stories.length > 0 && promised !== undefined);
    }
  }
});

test("the versions in the report are those that are installed", () => {
  for (const { id, versions } of REPORT.rows) {
    const row = WILD.find((row) => row.id === id);
    if (row === undefined || OF_A_RUNTIME.includes(row)) continue;
    assert.deepEqual(versions, versionsOf(row.packages), id);
  }
});

test("the text and the picture are made of the report as it is", () => {
  assert.equal(words(read("WILD.md")), words(markdownOf(REPORT)));
  assert.equal(read("../../docs/wild.svg"), matrixOf(REPORT));
});

for (const row of WILD.filter((row) => !OF_A_RUNTIME.includes(row))) {
  const { cells = [], file = "" } = REPORT.rows.find(({ id }) => id === row.id) ?? {};

  test(`each story of ${row.id} breaks its guarantee when it is played again`, async () => {
    for (const { guarantee, stories } of cells) {
      for (const told of stories) {
        const story = storyOf(told);
        assert.equal(told.replay, replayLineOf(file, story));
        const { report } = await replayHost(row.adapter, story, { file, now: () => 0 });
        const violation = report.violations.find((one) => one.guarantee === guarantee);
        assert.equal(violation?.story, told.story, `${guarantee}: ${told.replay}`);
      }
    }
  });

  test(`a short search of ${row.id} finds nothing wrong with what the report calls kept`, async () => {
    const guarantees = cells.filter(({ verdict }) => verdict === "kept")
      .map(({ guarantee }) => guarantee);
    const kept = { ...row, adapter: { ...row.adapter, guarantees } };
    const { told, judged } = await searchRow(kept, { runs: 24, operationsMax: 1 });
    assert.deepEqual(told.map(({ violation }) => violation.replay), []);
    assert.deepEqual([...judged.keys()].toSorted(), guarantees.toSorted());
  });
}

test("a message for the Chat SDK that comes just as a turn ends is stranded: vercel/chat #928", () => {
  const { cells = [] } = REPORT.rows.find(({ id }) => id === "chat-queue") ?? {};
  const cell = cells.find(({ guarantee }) => guarantee === "NO_STRANDED_PENDING");
  assert.equal(cell?.verdict, "broken");
  assert.deepEqual(cell?.stories[0]?.operations, ["send a", "send a"]);
});

test("of each guarantee the report tells its own breach, also behind a headline", async () => {
  const searched = await searchRow(smallRow, LIMITS);
  const result = resultOf(smallRow, searched);
  const verdicts = result.cells.map(({ guarantee, verdict }) => `${guarantee}: ${verdict}`);
  assert.deepEqual(verdicts, [
    "SINGLE_TURN: broken",
    "EXACTLY_ONE_OUTCOME: kept",
    "DEDUPE_SOUND: broken, not promised",
    "STOP_TERMINATES: not judged",
    "NO_STRANDED_PENDING: kept",
  ]);
  assert.deepEqual(result.cells[0]?.stories.map(({ operations }) => operations), [
    ["send a", "send a"],
  ]);
  assert.deepEqual(result, resultOf(smallRow, await searchRow(smallRow, LIMITS)));
});

test("the text tells the promise, the story and the command; the picture has a shape for each verdict", async () => {
  const report = { rows: [resultOf(smallRow, await searchRow(smallRow, LIMITS))] };
  const text = markdownOf(report);
  for (
    const part of [
      "### SINGLE_TURN: broken\n",
      "“one at a time” (<https://example.com/one>)",
      "### DEDUPE_SOUND: broken, not promised\n",
      "Not promised: it is not asked for.",
      "npm run check:host -- replay harness/wild/small.ts --operations 'send a; send a' --tape 0",
      "- `STOP_TERMINATES` not judged; not promised: there is no stop.",
      "What a host adds: a queue.",
      "Others met it: <https://example.com/issue>.",
    ]
  ) assert.ok(text.includes(part), `${part}\n${text}`);
  const picture = matrixOf(report);
  for (const look of ["kept", "by-the-way", "broken", "not-theirs", "unjudged"]) {
    // Once in the legend, and once in a cell.
    assert.equal(picture.split(`class="${look}"`).length - 1, 2, look);
  }
});
