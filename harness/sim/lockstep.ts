import type { Playback } from "./playback.ts";
import { quiet } from "./quiet.ts";
import type { World } from "./world.ts";

/** What {@linkcode lockstep} plays, and whom it tells. */
export interface LockstepOptions<W extends World> {
  /**
   * The next schedule; `"wait"` if there will be one when another is over; `undefined` when there is
   * none any more.
   */
  next(): Playback<W> | "wait" | undefined;
  /** One is over; `error` is what it failed with, a `ScheduleError`. */
  over(playback: Playback<W>, error: unknown): void;
  /**
   * How many are under way at a time. They take turns: all take a step, then all come to rest. So
   * worlds that share nothing do what each would do alone, and share the cost of coming to rest.
   */
  concurrency: number;
}

/** Plays schedules until there is none any more. The order is the same each time. */
export async function lockstep<W extends World>(options: LockstepOptions<W>): Promise<void> {
  const { concurrency } = options;
  const lanes = Array.from({ length: concurrency }, () => playOneByOne(options));
  await Promise.all(lanes);
}

async function playOneByOne<W extends World>(options: LockstepOptions<W>): Promise<void> {
  for (let playback = options.next(); playback !== undefined; playback = options.next()) {
    if (playback === "wait") {
      await quiet();
      continue;
    }
    let error: unknown;
    try {
      await playback.play();
    } catch (thrown) {
      error = thrown;
    }
    options.over(playback, error);
  }
}
