import assert from "node:assert/strict";
import { test } from "node:test";
import { Progress, type ProgressUpdate } from "./progress.ts";
import { columnsOf } from "./wrap.ts";

const CLEAR = "\r\u001b[2K";

class Screen {
  readonly written: string[] = [];
  readonly isTTY: boolean;
  columns: number | undefined;
  nowMs = 0;

  constructor(isTTY: boolean, columns?: number) {
    this.isTTY = isTTY;
    this.columns = columns;
  }

  write(text: string): void {
    this.written.push(text);
  }

  readonly now = (): number => this.nowMs;
}

function update(more: Partial<ProgressUpdate> = {}): ProgressUpdate {
  return {
    strategy: "random",
    schedules: 31_000,
    situationsSeen: 14,
    situationsAll: 16,
    violations: 0,
    ...more,
  };
}

test("on a terminal one line is drawn again and again, and taken away at the end", () => {
  const screen = new Screen(true, 120);
  const progress = new Progress(screen, screen);
  screen.nowMs = 1_000;
  progress.update(update({ done: 61, of: 100, leftMs: 38_000 }));
  screen.nowMs = 2_000;
  progress.update(update({ schedules: 64_000, violations: 2 }));
  progress.end();
  assert.deepEqual(screen.written, [
    `${CLEAR}random 61%  31,000 schedules  31,000/s  situations 14/16  0 broken  38 s left`,
    `${CLEAR}random  64,000 schedules  32,000/s  situations 14/16  2 broken`,
    CLEAR,
  ]);
});

test("on a terminal it is drawn at most every 50 ms, unless something new was found", () => {
  const screen = new Screen(true);
  const progress = new Progress(screen, screen);
  progress.update(update());
  screen.nowMs = 49;
  progress.update(update({ schedules: 32_000 }));
  assert.equal(screen.written.length, 1);
  progress.update(update({ schedules: 32_000, violations: 1 }));
  progress.update(update({ schedules: 32_000, violations: 1, strategy: "pct" }));
  assert.equal(screen.written.length, 3);
  screen.nowMs = 99;
  progress.update(update({ strategy: "pct", schedules: 33_000, violations: 1 }));
  assert.equal(screen.written.length, 4);
});

test("where there is no terminal plain lines are printed, at most every five seconds", () => {
  const screen = new Screen(false);
  const progress = new Progress(screen, screen);
  for (screen.nowMs = 0; screen.nowMs <= 12_000; screen.nowMs += 100) {
    progress.update(update({ schedules: screen.nowMs * 10, violations: screen.nowMs }));
  }
  progress.end();
  assert.deepEqual(screen.written, [
    "random  0 schedules  -/s  situations 14/16  0 broken\n",
    "random  50,000 schedules  10,000/s  situations 14/16  5,000 broken\n",
    "random  100,000 schedules  10,000/s  situations 14/16  10,000 broken\n",
  ]);
});

test("the line is narrower than the terminal, also when that shrinks", () => {
  const screen = new Screen(true, 30);
  const progress = new Progress(screen, screen);
  progress.update(update({ strategy: "日本\u001b[2J" }));
  screen.columns = 10;
  progress.update(update({ strategy: "other" }));
  screen.columns = 0;
  progress.update(update({ strategy: "third" }));
  const lines = screen.written.map((text) => text.slice(CLEAR.length));
  assert.deepEqual(lines.map(columnsOf), [29, 9, 0]);
  for (const line of lines) assert.doesNotMatch(line, /\p{Cc}/u);
});

test("the rate begins again when the count does", () => {
  const screen = new Screen(true, 120);
  const progress = new Progress(screen, screen);
  screen.nowMs = 10_000;
  progress.update(update({ schedules: 100 }));
  screen.nowMs = 11_000;
  progress.update(update({ schedules: 50, strategy: "pct" }));
  assert.match(screen.written[1]!, / {2}50\/s {2}/);
});

test("nothing that goes wrong while it is shown reaches the search", () => {
  const throws = (): never => {
    throw new Error("EPIPE");
  };
  for (const isTTY of [true, false]) {
    const progress = new Progress({ isTTY, write: throws }, { now: throws });
    progress.update(update());
    progress.end();
  }
  const screen = new Screen(true, 200);
  const lost = new Progress(screen, { now: () => NaN });
  lost.update(update({ done: 1, of: 0, leftMs: -5, schedules: NaN }));
  const plain = new Screen(false);
  new Progress(plain, { now: () => NaN }).update(update());
  assert.equal(plain.written.length, 1);
  assert.match(screen.written[0]!, /random {2}NaN schedules {2}-\/s .* 0 ms left$/);
});

test("end() writes nothing where nothing is drawn, and an update draws again after it", () => {
  const screen = new Screen(true);
  const progress = new Progress(screen, screen);
  progress.end();
  assert.deepEqual(screen.written, []);
  progress.update(update());
  progress.end();
  progress.end();
  progress.update(update());
  assert.equal(screen.written.length, 3);
});
