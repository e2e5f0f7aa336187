import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import { notingLogger } from "./_test_support.ts";
import { runShutdown, type ShutdownStep } from "./shutdown.ts";

function start(steps: readonly ShutdownStep[], deadlineMs = 1_000) {
  const clock = new FakeClock();
  const logger = notingLogger();
  const reports = runShutdown(steps, { deadlineMs, clock, logger });
  return { clock, logger, reports };
}

const hang = () => new Promise<never>(() => {});

test("steps are taken in their order, each after the end of the one before (SHUTDOWN_ORDER)", async () => {
  const log: string[] = [];
  let end = () => {};
  const { reports, clock, logger } = start([
    {
      name: "slow",
      stop: async () => {
        log.push("slow");
        await new Promise<void>((resolve) => end = resolve);
        log.push("end of slow");
      },
    },
    { name: "quick", stop: () => log.push("quick") },
  ]);
  await quiet();
  assert.deepEqual(log, ["slow"]);
  clock.advance(300);
  end();
  assert.deepEqual(await reports, [
    { name: "slow", status: "completed", durationMs: 300 },
    { name: "quick", status: "completed", durationMs: 0 },
  ]);
  assert.deepEqual(log, ["slow", "end of slow", "quick"]);
  assert.equal(clock.pending, 0);
  assert.deepEqual(logger.lines.map(([line]) => line), [
    "debug Shutdown: slow completed",
    "debug Shutdown: quick completed",
  ]);
});

test("a step that throws, at once or later, is logged and keeps no later one from being taken (SHUTDOWN_ORDER)", async () => {
  const [first, second] = [new Error("first"), new Error("second")];
  let isTaken = false;
  const { reports, logger, clock } = start([
    {
      name: "throws",
      stop: () => {
        throw first;
      },
    },
    { name: "rejects", stop: () => Promise.reject(second) },
    { name: "last", stop: () => void (isTaken = true) },
  ]);
  assert.deepEqual((await reports).map(({ status }) => status), ["failed", "failed", "completed"]);
  assert.ok(isTaken);
  assert.deepEqual(logger.lines.slice(0, 2), [
    ["error Shutdown: throws failed", {
      name: "throws",
      status: "failed",
      durationMs: 0,
      error: first,
    }],
    [
      "error Shutdown: rejects failed",
      { name: "rejects", status: "failed", durationMs: 0, error: second },
    ],
  ]);
  assert.equal(clock.pending, 0);
});

test("a step that hangs is left when the one deadline is over, and is logged (STOP_TERMINATES)", async () => {
  const { clock, reports, logger } = start([
    { name: "hangs", stop: hang },
    { name: "last", stop: () => {} },
  ]);
  clock.advance(999);
  await quiet();
  assert.equal(clock.pending, 1);
  clock.advance(1);
  assert.deepEqual(await reports, [
    { name: "hangs", status: "timed-out", durationMs: 1_000 },
    { name: "last", status: "completed", durationMs: 0 },
  ]);
  assert.equal(logger.lines[0]?.[0], "error Shutdown: hangs timed-out");
  assert.equal(clock.pending, 0);
});

test("there is one deadline over all steps: each is told what is left of it (STOP_TERMINATES)", async () => {
  const left: number[] = [];
  const ends: (() => void)[] = [];
  const { clock, reports } = start([1, 2, 3].map((n) => ({
    name: `${n}`,
    stop: (leftMs: number) => {
      left.push(leftMs);
      return new Promise<void>((resolve) => ends.push(resolve));
    },
  })));
  for (let n = 0; n < 3; n++) {
    await quiet();
    clock.advance(300);
    ends[n]?.();
  }
  await reports;
  assert.deepEqual(left, [1_000, 700, 400]);
});

test("a step has 250 ms at least, so that the last ones get their turn when time has run out (SHUTDOWN_ORDER)", async () => {
  const left: number[] = [];
  const begun = start(
    [1, 2, 3].map((n) => ({
      name: `${n}`,
      stop: (leftMs: number) => {
        left.push(leftMs);
        return hang();
      },
    })),
    100,
  );
  for (let n = 0; n < 3; n++) {
    await quiet();
    begun.clock.advance(250);
  }
  assert.deepEqual((await begun.reports).map(({ status, durationMs }) => [status, durationMs]), [
    ...[["timed-out", 250], ["timed-out", 250], ["timed-out", 250]],
  ]);
  assert.deepEqual(left, [250, 250, 250]);
});

test("what a step does after its time is not waited for, and its late failure harms nothing", async () => {
  let fail: (error: unknown) => void = () => {};
  const begun = start([{ name: "late", stop: () => new Promise((_, reject) => fail = reject) }], 0);
  await quiet();
  begun.clock.advance(250);
  const reports = await begun.reports;
  fail(new Error("too late"));
  await quiet();
  assert.deepEqual(reports.map(({ status }) => status), ["timed-out"]);
  assert.equal(begun.logger.lines.length, 1);
});

test("no steps are a shutdown, too", async () => {
  assert.deepEqual(await start([]).reports, []);
});
