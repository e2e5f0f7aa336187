import { test } from "node:test";
import assert from "node:assert/strict";
import {
  barBox,
  chipsOf,
  crowded,
  density,
  idFits,
  isPast,
  markShifts,
  planeShift,
  planeTravel,
  REBASE_MS,
  WINDOW_MS,
} from "./lane_geometry.js";

const ORIGIN = 1_000_000;
const bar = (id: string, startedAt: number | null, endedAt: number | null) => ({
  id,
  status: "completed",
  startedAt,
  endedAt,
});

test("a bar that ends now has its right edge at the present", () => {
  const now = ORIGIN + 12_345;
  const { left, width } = barBox(bar("a", now - 6_000, now), ORIGIN);
  assert.ok(Math.abs(left + width + planeShift(now, ORIGIN) - 100) < 1e-9);
  assert.ok(Math.abs(width - 10) < 1e-9);
});

test("a running bar reaches past the present until the origin moves", () => {
  const { left, width } = barBox(bar("a", ORIGIN + 1_000, null), ORIGIN);
  const lastNow = ORIGIN + REBASE_MS;
  assert.ok(left + width + planeShift(lastNow, ORIGIN) > 100);
});

test("the plane travels in whole pixels of the screen, at the pace of time", () => {
  const lane = { widthPx: 301, pixelRatio: 2 };
  const now = ORIGIN + 7_000;
  const { from, to, steps, durationMs } = planeTravel(now, ORIGIN, lane);
  assert.ok(Number.isInteger(from * 2) && Number.isInteger(to * 2));
  assert.ok(Math.abs(from - (planeShift(now, ORIGIN) / 100) * 301) <= 0.25);
  assert.ok(Math.abs((from - to) / durationMs - 301 / WINDOW_MS) < 1e-12);
  assert.equal(steps, (from - to) * 2);
  assert.ok(durationMs > REBASE_MS - 1_000);
  assert.equal(planeTravel(now, ORIGIN, { widthPx: 0, pixelRatio: 2 }).steps, 0);
});

test("barBox() cuts a start that is far in the past, and gives a message without a turn no width", () => {
  assert.equal(barBox(bar("a", 0, ORIGIN), ORIGIN).left, -200);
  assert.deepEqual(barBox(bar("b", null, ORIGIN + WINDOW_MS / 2), ORIGIN), { left: 50, width: 0 });
});

test("isPast() is true only when a bar's end has left the window", () => {
  const ended = bar("a", 0, ORIGIN);
  assert.equal(isPast(ended, ORIGIN + WINDOW_MS), false);
  assert.equal(isPast(ended, ORIGIN + WINDOW_MS + 5_000), true);
  assert.equal(isPast(bar("b", 0, null), ORIGIN * 9), false);
});

test("markShifts() puts outcomes of one instant side by side, the newest in its place", () => {
  const bars = [bar("a", 0, 1_000), bar("b", 0, 5_000), bar("c", 0, 5_050), bar("d", 0, 5_100)];
  assert.deepEqual([...markShifts(bars, new Set(), 200)], [["c", 150], ["b", 300]]);
  assert.deepEqual(
    [...markShifts([bar("a", 0, 1_000), bar("r", 1_000, null)], new Set(), 200)],
    [],
  );
});

test("markShifts() leaves no place for a mark that is left out", () => {
  const bars = [bar("a", 0, 4_900), bar("b", 0, 5_000), bar("c", 0, 5_050)];
  assert.deepEqual([...markShifts(bars, new Set(["b"]), 200)], [["a", 50]]);
});

test("crowded() leaves out marks of completed turns only, and only under a neighbour's", () => {
  const failed = { ...bar("b", 0, 1_500), status: "failed" };
  const bars = [bar("a", 0, 1_000), failed, bar("c", 0, 2_000), bar("d", 0, 9_000)];
  assert.deepEqual([...crowded(bars, 1_000)], ["a"]);
  assert.deepEqual([...crowded([bar("a", 0, 1_000), bar("r", 1_000, null)], 1_000)], []);
});

test("idFits() wants room for the id and the mark beside it", () => {
  assert.deepEqual([30, 60, 70].map((px) => idFits("a1b2c3", px)), [false, false, true]);
});

test("density() makes rows lower as lanes become more", () => {
  assert.deepEqual([0, 8, 9, 12, 13, 24, 25].map(density), [
    "ample",
    "ample",
    "roomy",
    "roomy",
    "medium",
    "medium",
    "dense",
  ]);
});

test("chipsOf() shows all that fit, or one less and the number of the rest", () => {
  assert.deepEqual(chipsOf([1, 2, 3], 3), { shown: [1, 2, 3], more: 0 });
  assert.deepEqual(chipsOf([1, 2, 3, 4, 5], 3), { shown: [1, 2], more: 3 });
});
