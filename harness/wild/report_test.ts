import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runMain } from "../cli/_test_support.ts";
import { parseOperations } from "../kit/operations.ts";
import { replayHost } from "../kit/replay.ts";
import type { Story } from "../kit/story.ts";
import { replayLineOf } from "../kit/violation.ts";
import { svgOf } from "../report/timeline.ts";
import { parseTape } from "../sim/tape.ts";
import { markdownOf } from "./_markdown.ts";
import { matrixOf } from "./_matrix.ts";
import { resultOf, versionsOf, type WildReport, type WildStory } from "./_result.ts";
import { searchRow } from "./_search.ts";
import { SHOWN } from "./_shown.ts";
import { smallRow } from "./_test_support.ts";
import { WILD } from "./wild.ts";
import { fileOf } from "./wild_row.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const REPORT: WildReport = JSON.parse(read("wild.json"));
/** What has a test file of its own, for the runtimes that have it. */
const OF_A_RUNTIME = WILD.filter(({ packages }) => packages.length === 0);

function storyOf({ operations, tape, racy, workSteps }: WildStory): Story {
  const lane = { ...(racy ? { racy } : {}), ...(workSteps ? { workSteps } : {}) };
  return { operations: parseOperations(operations.join("; ")), tape: parseTape(tape), lane };
}

/** A short search of a small row. */
const LIMITS = { runs: 40, operationsMax: 2 };

/** The words of a command after `npm run check:host --`, without a shell. */
function argumentsOf(command: string): string[] {
  const parts = command.replace(/^npm run check:host -- /, "").match(/'[^']*'|\S+/g) ?? [];
  return parts.map((part) => part.replaceAll("'", ""));
}

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
        assert.equal(told.replay, `${replayLineOf(file, story)} --guarantee ${guarantee}`);
        const { report } = await replayHost(row.adapter, story, { file, now: () => 0 });
        const violation = report.violations.find((one) => one.guarantee === guarantee);
        assert.equal(violation?.story, told.story, `${guarantee}: ${told.replay}`);
      }
    }
  });

  test(`each command of ${row.id} tells its own guarantee first, with exit code 1`, async () => {
    for (const { guarantee, stories } of cells) {
      for (const { replay, story } of stories) {
        const { code, stdout, stderr } = await runMain(argumentsOf(replay), { cwd: ROOT });
        assert.equal(code, 1, `${replay}\n${stderr}`);
        assert.ok(stdout.startsWith(`${guarantee} is broken\n`), `${replay}\n${stdout}`);
        assert.ok(words(stdout).includes(words(story)), `${replay}\n${stdout}`);
        assert.doesNotMatch(stdout, /It also breaks/);
      }
    }
  });

  test(`a short search of ${row.id} finds nothing wrong with what the report calls kept`, async () => {
    const guarantees = cells.filter(({ verdict }) => verdict === "kept")
      .map(({ guarantee }) => guarantee);
    const kept = { ...row, foundBefore: [], adapter: { ...row.adapter, guarantees } };
    const { told, judged } = await searchRow(kept, { runs: 48, operationsMax: 1 });
    assert.deepEqual(told.map(({ violation }) => violation.replay), []);
    assert.deepEqual([...judged.keys()].toSorted(), guarantees.toSorted());
  });
}

for (const id of ["async-lock", "p-limit"]) {
  test(`a search of ${id} with all its limits comes to what the report says: it is not stale`, async () => {
    const row = WILD.find((row) => row.id === id)!;
    const result = resultOf(row, await searchRow(row));
    assert.deepEqual(JSON.parse(JSON.stringify(result)), REPORT.rows.find((row) => row.id === id));
  });
}

test("the picture of a story is that of the story that it is said to be", async () => {
  const { cells = [], file = "" } = REPORT.rows.find(({ id }) => id === SHOWN.id) ?? {};
  const [told] = cells.find(({ guarantee }) => guarantee === SHOWN.guarantee)?.stories ?? [];
  const { adapter } = WILD.find(({ id }) => id === SHOWN.id)!;
  const judged = { ...adapter, guarantees: [SHOWN.guarantee] };
  const { report } = await replayHost(judged, storyOf(told!), { file, now: () => 0 });
  assert.equal(read("../../docs/wild_story.svg"), svgOf(report.violations[0]!));
  const text = markdownOf(REPORT);
  assert.ok(text.includes(`![${told!.operations.join("; ")}: ${told!.story}]`));
});

test("a host of the Chat SDK shows that nobody waits in a thread that is idle", async () => {
  const { adapter } = WILD.find(({ id }) => id === "chat-drop")!;
  const story: Story = {
    operations: parseOperations("send a; send a; redeliver a; send a"),
    tape: parseTape("1.3.3.3"),
    lane: {},
  };
  const { report } = await replayHost(adapter, story, { file: "", now: () => 0 });
  // The message that was refused is not one that is left waiting: nothing ever waits there.
  assert.deepEqual(report.violations.map(({ guarantee }) => guarantee), ["EXACTLY_ONE_OUTCOME"]);
});

test("no promise is told as broken by a process that stands still", () => {
  for (const { id, cells } of REPORT.rows) {
    for (const { stories } of cells.filter(({ verdict }) => verdict === "broken")) {
      for (const { operations, replay } of stories) {
        const jumps = operations.filter((operation) => operation.startsWith("advance"));
        assert.deepEqual(jumps, [], `${id}: ${replay}`);
      }
    }
  }
});

test("a lock of the Chat SDK is lost by a process that stands still, and told in no other story", () => {
  const broken = REPORT.rows.filter(({ use }) => use.startsWith("`new Chat("))
    .filter(({ id }) => id !== "chat-force" && id !== "chat-concurrent")
    .flatMap(({ cells }) => cells.filter(({ guarantee }) => guarantee === "SINGLE_TURN"))
    .flatMap(({ stories }) => stories);
  assert.ok(broken.length > 0);
  for (const { operations, replay } of broken) {
    assert.ok(operations.includes("advance 60000"), replay);
  }
});

test("a message that a burst of the Chat SDK leaves behind arrives while the handler runs, as is promised", async () => {
  const row = WILD.find(({ id }) => id === "chat-burst")!;
  const { cells = [], file = "" } = REPORT.rows.find(({ id }) => id === row.id) ?? {};
  const { stories = [] } = cells.find(({ guarantee }) => guarantee === "NO_STRANDED_PENDING") ?? {};
  assert.equal(stories.length, 1);
  const { playback } = await replayHost(row.adapter, storyOf(stories[0]!), { file, now: () => 0 });
  const acts = playback.world.ledger.records.flatMap((record) =>
    record.kind === "run" ? [record.act] : record.kind === "asked" ? [record.what] : []
  );
  assert.deepEqual(acts, ["send", "call", "send", "throw"]);
});

test("what was found before and breaks nothing fails the report", async () => {
  const found = { operations: "send a", tape: "0", breaks: "SINGLE_TURN" } as const;
  await assert.rejects(searchRow({ ...smallRow, foundBefore: [found] }, LIMITS), {
    message: '"send a" with tape 0 does not break SINGLE_TURN of small: take it out of foundBefore',
  });
  const story = { ...found, operations: "send a; send a" };
  const { bounds } = await searchRow({ ...smallRow, foundBefore: [story] }, LIMITS);
  assert.equal(bounds[0], "1 schedule: 1 story found before");
});

test("what nobody looked at is not judged, and what could not be broken is not counted", async () => {
  const { adapter } = smallRow;
  const notPromised = { FIFO: { why: "not spoken of" }, NO_CROSS_SESSION_HOL: { why: "ours" } };
  const guarantees = ["FIFO", "NO_CROSS_SESSION_HOL"] as const;
  const row = { ...smallRow, notPromised, adapter: { ...adapter, guarantees } };
  const policies = { order: "none" } as const;
  const searched = await searchRow({ ...row, adapter: { ...row.adapter, policies } }, LIMITS);
  const cells = resultOf(row, searched).cells.filter(({ guarantee }) => guarantee in notPromised);
  const [fifo, apart] = cells;
  assert.deepEqual([fifo?.verdict, fifo?.schedules], ["not judged", 0]);
  assert.equal(apart?.verdict, "kept");
  assert.ok(apart.schedules > 0 && apart.schedules < searched.schedules / 2);
});

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
      "“one at a time”, “and again” (<https://example.com/one>, a page that no test looks up)",
      "Of how settled it is they say: “not at all” (<https://example.com/one>",
      "### DEDUPE_SOUND: broken, not promised\n",
      "Not promised: it is not asked for.",
      "npm run check:host -- replay harness/wild/small.ts --operations 'send a; send a' --tape 0 --guarantee SINGLE_TURN",
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
