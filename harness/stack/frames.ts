import {
  type ChainSubject,
  isGrowing,
  type Point,
  runChain,
  type Series,
  seriesOf,
  type Skipped,
  turnsToLookAt,
} from "./chain.ts";

/** Options of {@linkcode measureFrames}. */
export interface FramesOptions {
  /**
   * The chains to run, the shortest first. One that grows by half a frame or more for each follow-up is
   * the last: a longer one would overflow the stack. Default: `[100, 10_000]`.
   */
  lengths?: readonly number[];
  /** At how many turns of a chain to look. Default: 16. */
  samples?: number;
}

/** The name of the series of what is on the stack. */
export const SYNCHRONOUS_FRAMES = "synchronous frames";
/** A chain that gets deeper as fast as this is not run at a greater length. */
const STEEP = 0.5;
/** So deep a call must be told apart, or there is nothing to measure with. */
const PROBE_FRAMES = 300;

/**
 * How deep the stack is at the start of the agent, over a chain: the same at each turn, if the host is
 * bounded.
 *
 * When to use: on every runtime that tells its whole stack; the cheapest of the lanes.
 *
 * Two series, of the longest chain that was run:
 *
 * - `synchronous frames`: what is really on the stack, and overflows it. Sees a host that calls itself.
 * - `awaiting functions`: the `at async ...` lines, which take no room on the stack: async functions
 *   that wait for one another down to this turn. Each one more is kept until the chain ends. Sees a
 *   drain that awaits itself; a `return self()` or a `.then(() => self())` waits all the same, but
 *   runtimes do not tell: see `measurePromises` and `measureHeap`.
 *
 * A host that is rid of its frames every so many turns is bounded, and its slope is 0.
 *
 * Where the runtime's stacks are cut short, or somebody else formats them, the lane is skipped.
 */
export async function measureFrames(
  subject: ChainSubject,
  { lengths = [100, 10_000], samples = 16 }: FramesOptions = {},
): Promise<readonly Series[] | Skipped> {
  if (deepCall(PROBE_FRAMES) - deepCall(0) !== PROBE_FRAMES) {
    return { skipped: "the runtime does not tell its whole stack" };
  }
  let series: readonly Series[] = [];
  for (const length of lengths.toSorted((a, b) => a - b)) {
    series = await framesOf(subject, length, samples);
    if (series.some((one) => isGrowing(one) && one.perFollowUp >= STEEP)) break;
  }
  return series;
}

async function framesOf(
  subject: ChainSubject,
  length: number,
  samples: number,
): Promise<readonly Series[]> {
  const frames: Point[] = [];
  const awaiting: Point[] = [];
  await runChain(subject, length, {
    turns: turnsToLookAt(length, samples),
    look: (n) => {
      const stack = lookAtStack();
      frames.push({ n, value: stack.frames });
      awaiting.push({ n, value: stack.awaiting });
    },
  });
  return [
    seriesOf(frames, { lane: "frames", name: SYNCHRONOUS_FRAMES, limit: 0 }),
    seriesOf(awaiting, { lane: "frames", name: "awaiting functions", limit: 0 }),
  ];
}

/** The stack below the caller. */
function lookAtStack(): { frames: number; awaiting: number } {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = Infinity;
  let stack: unknown;
  try {
    stack = new Error().stack;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  const lines = typeof stack === "string" ? stack.split("\n") : [];
  // A method that is called `async` looks like `at async (file:1:1)`.
  const awaiting = lines.filter((line) => /^\s*at async [^(]/.test(line)).length;
  return { frames: lines.length - awaiting, awaiting };
}

/** The frames below a call that is so deep. The sum is there so that it is no tail call. */
function deepCall(depth: number): number {
  return depth === 0 ? lookAtStack().frames : deepCall(depth - 1) + 0;
}
