import assert from "node:assert/strict";
import { test } from "node:test";
import Bottleneck from "bottleneck";
import { installGlobalTimers } from "../kit/global_timers.ts";
import { SimClock } from "../kit/sim_clock.ts";

// The row has a short `timeout`, so that its stories are short.
test("a Group of Bottleneck forgets a limiter whose job still runs, also after its default of 5 minutes", async () => {
  const clock = new SimClock();
  const restore = installGlobalTimers(clock);
  let running = 0;
  const job = () => {
    running++;
    return new Promise<string>(() => {});
  };
  /** Lets everything happen that is due within so many ms. */
  const pass = async (ms: number) => {
    const untilMs = clock.now() + ms;
    for (let step = clock.next(ms); step !== undefined; step = clock.next(untilMs - clock.now())) {
      step.run();
      for (let hop = 0; hop < 50; hop++) await null;
    }
  };
  try {
    const group = new Bottleneck.Group({ maxConcurrent: 1 });
    group.key("a").schedule(job).catch(() => {});
    await pass(300_000);
    assert.deepEqual([running, group.keys()], [1, ["a"]]);
    await pass(300_000);
    assert.deepEqual([running, group.keys()], [1, []]);
    group.key("a").schedule(job).catch(() => {});
    await pass(0);
    assert.equal(running, 2, "a second job runs beside the first");
  } finally {
    restore();
  }
});
