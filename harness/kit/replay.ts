import { GUARANTEES } from "../oracles/oracles.ts";
import type { CheckReport, Verdict } from "../report/check_report.ts";
import { DivergedError, ScheduleError } from "../sim/schedule_error.ts";
import type { HostAdapter } from "./adapter.ts";
import { AdapterError } from "./adapter_error.ts";
import { EscapeWatch } from "./escape_watch.ts";
import { formatOperation } from "./operations.ts";
import { probeHost } from "./probe.ts";
import { promisedBy } from "./promised.ts";
import { type HostPlayback, playStory, type Story } from "./story.ts";
import { checkSupported } from "./supported.ts";
import { replayLineOf, violationOf } from "./violation.ts";

/** What {@linkcode replayHost} gives. */
export interface Replayed {
  /** Of this one schedule. */
  readonly report: CheckReport;
  readonly playback: HostPlayback;
}

/** Options of {@linkcode replayHost}. */
export interface ReplayHostOptions {
  /** The file of the adapter, for the command that shows it again. */
  readonly file: string;
  /** What else is on that command: `--guarantee SINGLE_TURN`. Default: nothing. */
  readonly flags?: string;
  now(): number;
}

/**
 * Plays one story with a host, and judges it.
 *
 * @throws {TypeError} if the host can not be asked for this
 * @throws {DivergedError} if the tape does not fit
 * @throws {AdapterError} if the adapter breaks
 */
export async function replayHost(
  adapter: HostAdapter,
  story: Story,
  { file, flags = "", now }: ReplayHostOptions,
): Promise<Replayed> {
  const again = [replayLineOf(file, story), flags].filter((part) => part !== "").join(" ");
  const judged = promisedBy(adapter);
  checkSupported(story.operations, { host: await probeHost(adapter), features: adapter.features });
  const watch = new EscapeWatch();
  const beganMs = now();
  const restore = adapter.globalTimers ? undefined : watch.install();
  let playback: HostPlayback;
  try {
    playback = await playStory({ adapter, judged, watch }, story);
  } catch (error) {
    throw errorOf(error, { story, again });
  } finally {
    restore?.();
  }
  const { level = 0 } = adapter;
  const ms = now() - beganMs;
  const { escapes } = watch;
  const { operations } = story;
  const finding = {
    strategy: "replay",
    seed: 0,
    foundAfter: 1,
    unshrunk: { operations: operations.length, steps: playback.taken.length },
    shrinkMs: 0,
  };
  const report: CheckReport = {
    adapter: adapter.name,
    file,
    level,
    claim: level < 2 || escapes.length > 0 ? "stochastic" : "required",
    seed: 0,
    schedules: 1,
    steps: playback.taken.length,
    ms,
    strategies: [{ name: "replay", schedules: 1, ms, complete: undefined, bounds: "one schedule" }],
    situations: {},
    verdicts: verdictsOf(playback, judged),
    violations: playback.world.broken.map((broken) => ({
      ...violationOf({ story, playback, broken }, { file, finding }),
      replay: again,
    })),
    escapes,
    warnings: [],
  };
  return { report, playback };
}

function verdictsOf({ world }: HostPlayback, judged: readonly string[]): Verdict[] {
  return GUARANTEES.map((guarantee): Verdict => {
    if (world.broken.some((broken) => broken.guarantee === guarantee)) {
      return { guarantee, verdict: "broken", schedules: 1 };
    }
    if (world.judgedOn.includes(guarantee)) return { guarantee, verdict: "kept", schedules: 1 };
    const reason = judged.includes(guarantee)
      ? "this schedule has nothing to judge it on"
      : "it was not asked for";
    return { guarantee, verdict: "skipped", reason };
  });
}

function errorOf(error: unknown, { story, again }: { story: Story; again: string }): unknown {
  if (!(error instanceof ScheduleError)) return error;
  const { cause, schedule } = error;
  if (cause instanceof DivergedError) return cause;
  const operations = story.operations.map(formatOperation);
  return new AdapterError(cause, { operations, schedule, replay: again });
}
