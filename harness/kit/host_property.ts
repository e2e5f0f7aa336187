import fc from "fast-check";
import type { Guarantee } from "../oracles/oracles.ts";
import { storyOf as textOf } from "../report/story.ts";
import { Random } from "../sim/random.ts";
import { PORTFOLIO, strategyOf } from "../sim/strategy.ts";
import { type HostAdapter, type HostUnderTest } from "./adapter.ts";
import { EscapeWatch } from "./escape_watch.ts";
import {
  formatOperation,
  type Operation,
  operationLists,
  operationsFor,
  parseOperation,
} from "./operations.ts";
import { probeHost } from "./probe.ts";
import { promisedBy } from "./promised.ts";
import { shrinkStory } from "./shrink.ts";
import { type HostPlayback, playbackOf, playStory, type Story, type Subject } from "./story.ts";
import { type Finding, violationOf } from "./violation.ts";

/** Options of {@linkcode hostProperty}. */
export interface HostPropertyOptions {
  /** Which guarantees to judge. Default: all that the adapter gives. */
  readonly guarantees?: readonly Guarantee[];
  /** How many operations a story has at most. Default: 8. */
  readonly operationsMax?: number;
  /** On how many sessions. Default: 3. */
  readonly sessionsMax?: number;
  /** The file of the adapter, for the replay command in the message. */
  readonly file?: string;
}

/** A guarantee of a host is broken. Its message is the whole story. */
export class BrokenGuaranteeError extends Error {
  override readonly name = "BrokenGuaranteeError";
  readonly guarantee: Guarantee;
  /** What was asked of the host, shrunk. */
  readonly operations: readonly string[];
  readonly tape: readonly number[];

  /** @ignore */
  constructor(
    text: string,
    broken: { guarantee: Guarantee; operations: readonly string[]; tape: readonly number[] },
  ) {
    super(text);
    this.guarantee = broken.guarantee;
    this.operations = broken.operations;
    this.tape = broken.tape;
  }
}

/**
 * A property of fast-check that holds while a host keeps its guarantees.
 *
 * When to use: in a test file of your own, under any runner. Each run of the property is one list of
 * operations in as many schedules as there are strategies. For a search with a budget, an exhaustive
 * scope and a report, use the command `check:host`.
 *
 * - fast-check's `seed` and `path` replay a failure, `numRuns` and `interruptAfterTimeLimit` bound it.
 * - The story is shrunk by the harness before fast-check sees it, so its message is the smallest one.
 *
 * @throws {TypeError} from `fc.assert`, if the adapter can not be used
 *
 * @example In a test
 * ```ts
 * import { type HostAdapter, hostProperty } from "@lanekeeper/harness";
 * import fc from "fast-check";
 *
 * const tails = new Map<string, Promise<unknown>>();
 * const oneByOne: HostAdapter = {
 *   name: "a promise chain for each session",
 *   create: (env) => ({
 *     send(session, message) {
 *       const run = () => env.agent(session, message);
 *       const tail = (tails.get(session) ?? Promise.resolve()).then(run, run);
 *       tails.set(session, tail);
 *       return tail;
 *     },
 *     dispose: () => tails.clear(),
 *   }),
 * };
 * await fc.assert(hostProperty(oneByOne, { guarantees: ["SINGLE_TURN", "FIFO"] }));
 * ```
 */
export function hostProperty(
  adapter: HostAdapter,
  options: HostPropertyOptions = {},
): fc.IAsyncProperty<[Operation[], number]> {
  const subject: Subject = {
    adapter,
    judged: options.guarantees ?? promisedBy(adapter),
    watch: new EscapeWatch(),
  };
  let host: Promise<HostUnderTest> | undefined;
  // What a host can not do is left out of the list, once it is known what it can do.
  const lists = fc.noShrink(operationLists(ALL, options).map((list) => list.map(readable)));
  return fc.asyncProperty(lists, fc.noShrink(fc.nat()), async (list, seed) => {
    const known = await (host ??= triedHost(subject));
    const can = new Set(operationsFor(known, adapter.features ?? []).map(kindOf));
    const operations = list.filter((operation) =>
      isUniversal(operation) || can.has(kindOf(operation))
    );
    fc.pre(operations.length > 0);
    await playAll(subject, operations, { seed, file: options.file ?? "ADAPTER.ts" });
  });
}

/** Plays a list with each strategy. @throws {BrokenGuaranteeError} of the first that breaks something */
async function playAll(
  subject: Subject,
  operations: readonly Operation[],
  { seed, file }: { seed: number; file: string },
): Promise<void> {
  const random = new Random(seed);
  const restore = subject.watch?.install();
  try {
    for (let at = 0; at < PORTFOLIO.length; at++) {
      const lane = { racy: at % 2 === 1 };
      const strategy = strategyOf("portfolio", random.fork(), { at, steps: operations.length * 4 });
      const playback = playbackOf(subject, { operations, lane, strategy });
      try {
        await playback.play();
      } finally {
        playback.world.release();
      }
      if (playback.world.broken.length === 0) continue;
      const story = { operations, lane, tape: playback.tape };
      throw await errorOf(subject, { story, playback }, {
        file,
        seed,
        strategy: strategy.name,
        foundAfter: at + 1,
      });
    }
  } finally {
    restore?.();
  }
}

/**
 * The methods of a host that comes to its agent when it is asked to.
 *
 * @throws {TypeError} if it does not: then nothing could be judged, and everything would hold
 */
async function triedHost(subject: Subject): Promise<HostUnderTest> {
  const host = await probeHost(subject.adapter);
  const operations = [...host.create ? ["create a"] : [], "send a"].map(parseOperation);
  const restore = subject.watch?.install();
  try {
    const { world } = await playStory(subject, { operations, tape: [], lane: {} });
    if (world.ledger.has("run")) return host;
    const failed = world.ledger.records.find((record) => record.kind === "answered" && !record.ok);
    const why = failed?.kind === "answered" ? `: it failed with “${failed.detail}”` : "";
    throw new TypeError(
      `Cannot judge "${subject.adapter.name}": its send() never came to env.agent()${why}`,
    );
  } finally {
    restore?.();
  }
}

async function errorOf(
  subject: Subject,
  found: { story: Story; playback: HostPlayback },
  how: Pick<Finding, "strategy" | "seed" | "foundAfter"> & { file: string },
): Promise<BrokenGuaranteeError> {
  const { file, ...finding } = how;
  const { guarantee } = found.playback.world.broken[0]!;
  const beganMs = performance.now();
  const shrunk = await shrinkStory(subject, { story: found.story, guarantee });
  const again = await playStory(subject, shrunk, { lenient: true });
  // A host that escapes control may not do the same again: then the first schedule is told.
  const isAgain = again.world.broken[0]?.guarantee === guarantee;
  const story = isAgain ? shrunk : found.story;
  const playback = isAgain ? again : found.playback;
  const violation = violationOf({ story, playback, broken: playback.world.broken[0]! }, {
    file,
    finding: {
      ...finding,
      unshrunk: {
        operations: found.story.operations.length,
        steps: found.playback.taken.length,
      },
      shrinkMs: performance.now() - beganMs,
    },
  });
  return new BrokenGuaranteeError(textOf(violation), violation);
}

/** A host that can do everything. */
const ANY = new Proxy({} as HostUnderTest, { get: () => () => undefined });
const ALL = operationsFor(ANY, [
  "withdraw",
  "interrupt",
  "supersede",
  "collect",
  "reject",
  "steer",
  "rollback",
  "events",
  "crash",
]);

function kindOf({ what, policy, revive }: Operation): string {
  return `${what} ${policy ?? ""} ${revive ?? ""}`;
}

function isUniversal({ what }: Operation): boolean {
  return what === "advance";
}

/** fast-check prints a list as it is told to here. */
function readable(operation: Operation): Operation {
  return Object.assign(parseOperation(formatOperation(operation)), {
    [fc.toStringMethod]: () => formatOperation(operation),
  });
}
