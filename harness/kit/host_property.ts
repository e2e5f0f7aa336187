import fc from "fast-check";
import type { Guarantee } from "../oracles/oracles.ts";
import { storyOf as textOf } from "../report/story.ts";
import { Random } from "../sim/random.ts";
import { PORTFOLIO, strategyOf } from "../sim/strategy.ts";
import { type HostAdapter, type HostUnderTest } from "./adapter.ts";
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
import { playbackOf, playStory, type Story, type Subject } from "./story.ts";
import { violationOf } from "./violation.ts";

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
  const subject: Subject = { adapter, judged: options.guarantees ?? promisedBy(adapter) };
  let host: Promise<HostUnderTest> | undefined;
  // What a host can not do is left out of the list, once it is known what it can do.
  const lists = fc.noShrink(operationLists(ALL, options).map((list) => list.map(readable)));
  return fc.asyncProperty(lists, fc.noShrink(fc.nat()), async (list, seed) => {
    const can = new Set(
      operationsFor(await (host ??= probeHost(adapter)), adapter.features ?? []).map(kindOf),
    );
    const operations = list.filter((operation) =>
      isUniversal(operation) || can.has(kindOf(operation))
    );
    fc.pre(operations.length > 0);
    const random = new Random(seed);
    for (let at = 0; at < PORTFOLIO.length; at++) {
      const lane = { racy: at % 2 === 1 };
      const strategy = strategyOf("portfolio", random.fork(), { at, steps: operations.length * 4 });
      const playback = playbackOf(subject, { operations, lane, strategy });
      try {
        await playback.play();
      } finally {
        playback.world.release();
      }
      const [broken] = playback.world.broken;
      if (broken === undefined) continue;
      const story = { operations, lane, tape: playback.tape };
      throw await errorOf(subject, { story, guarantee: broken.guarantee }, {
        file: options.file ?? "ADAPTER.ts",
        seed,
        strategy: strategy.name,
      });
    }
  });
}

async function errorOf(
  subject: Subject,
  found: { story: Story; guarantee: Guarantee },
  how: { file: string; seed: number; strategy: string },
): Promise<BrokenGuaranteeError> {
  const story = await shrinkStory(subject, found);
  const playback = await playStory(subject, story, { lenient: true });
  const broken = playback.world.broken[0]!;
  const violation = violationOf({ story, playback, broken }, {
    file: how.file,
    finding: {
      strategy: how.strategy,
      seed: how.seed,
      foundAfter: 0,
      unshrunk: { operations: found.story.operations.length, steps: 0 },
      shrinkMs: 0,
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
