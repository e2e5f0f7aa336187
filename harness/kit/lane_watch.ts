import { ScheduleError } from "../sim/schedule_error.ts";
import { AdapterError } from "./adapter_error.ts";
import type { SearchLane } from "./lanes.ts";
import { formatOperation } from "./operations.ts";
import type { HostPlayback } from "./story.ts";
import { replayLineOf } from "./violation.ts";

/** Options of {@linkcode LaneWatch}. */
export interface LaneWatchOptions {
  /** The file of the adapter, for the command that shows a schedule again. */
  readonly file: string;
  /** Called before each schedule. */
  begins?(lane: SearchLane): void;
  /** Called after each schedule that counts. */
  over?(playback: HostPlayback): void;
}

/** Watches the schedules of lanes: which are under way, and what they came to. */
export class LaneWatch {
  readonly #options: LaneWatchOptions;
  readonly #underWay = new Set<HostPlayback>();
  #lane: SearchLane | undefined;
  #withRun = 0;
  #failure: string | undefined;

  constructor(options: LaneWatchOptions) {
    this.#options = options;
  }

  /** What the first message failed with that failed and was not refused. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** In how many schedules the agent was called. */
  get withRun(): number {
    return this.#withRun;
  }

  /** The same lane, watched. */
  watch(lane: SearchLane): SearchLane {
    this.#lane = lane;
    this.#underWay.clear();
    return {
      name: lane.name,
      bounds: lane.bounds,
      seed: lane.seed,
      get isComplete() {
        return lane.isComplete;
      },
      next: () => {
        this.#options.begins?.(lane);
        const next = lane.next();
        if (next !== undefined && next !== "wait") this.#underWay.add(next);
        return next;
      },
      over: (playback) => {
        this.#underWay.delete(playback);
        this.#failure ??= failureOf(playback);
        // Only the lane knows whether it counts.
        const diverged = lane.over(playback);
        if (!playback.isTwin) {
          if (playback.world.ledger.has("run")) this.#withRun++;
          this.#options.over?.(playback);
        }
        return diverged;
      },
      storyOf: (playback) => lane.storyOf(playback),
    };
  }

  /** What ended the search; if that is a schedule, the adapter's error, told with this schedule. */
  errorOf(thrown: unknown): unknown {
    if (!(thrown instanceof ScheduleError)) return thrown;
    const { cause, schedule } = thrown;
    const taken = schedule.join("\n");
    const playback = [...this.#underWay].find(({ schedule }) => schedule.join("\n") === taken);
    if (playback === undefined || this.#lane === undefined) {
      return new AdapterError(cause, { operations: [], schedule, replay: undefined });
    }
    const story = this.#lane.storyOf(playback);
    return new AdapterError(cause, {
      operations: story.operations.map(formatOperation),
      schedule,
      replay: replayLineOf(this.#options.file, story),
    });
  }
}

function failureOf({ world: { ledger } }: HostPlayback): string | undefined {
  for (const record of ledger.records) {
    if (record.kind !== "answered" || record.ok || record.detail === undefined) continue;
    if (!record.detail.startsWith("rejected: ")) return record.detail;
  }
  return undefined;
}
