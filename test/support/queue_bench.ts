import {
  SessionQueue,
  type SessionQueueOptions,
  type SessionTurn,
} from "@lanekeeper/session-queue";
import { FakeClock } from "./fake_clock.ts";
import { assertNone } from "./host_bench.ts";
import { until } from "./settle.ts";

/** A queue of texts. */
export type TextQueue = SessionQueue<string, string, undefined>;
/** Its options. */
export type TextQueueOptions = SessionQueueOptions<string, string, undefined>;
/** One of its turns. */
export type TextTurn = SessionTurn<string, undefined>;

/** A turn in the hands of the test. */
export interface TextRun {
  readonly turn: TextTurn;
  /** Its messages: `a`, or `a+b`. */
  readonly text: string;
  readonly isSettled: boolean;
  reply(text?: string): void;
  fail(error: unknown): void;
}

/** What a test of the queue alone works with. */
export interface QueueBench {
  readonly queue: TextQueue;
  readonly clock: FakeClock;
  readonly runs: TextRun[];
  /** The turn of this text that runs, as soon as it does. */
  began(text: string): Promise<TextRun>;
}

/** Options of {@linkcode withQueue}. */
export interface QueueBenchOptions extends Partial<TextQueueOptions> {
  /** Whether turns ignore their abort. Default `false`. */
  readonly isDeaf?: boolean;
}

/**
 * Runs a test on a queue of its own, whose turns end when the test says so, then fails it if it left
 * a turn, a guard, a message, a session or a timer behind, or if two turns of a session overlapped.
 */
export async function withQueue(
  test: (bench: QueueBench) => Promise<void>,
  options: QueueBenchOptions = {},
): Promise<void> {
  const { isDeaf = false, ...queueOptions } = options;
  const clock = new FakeClock();
  const runs: TextRun[] = [];
  let overlaps = 0;
  const run = (turn: TextTurn): Promise<string> => {
    const isOpen = (other: TextRun) => other.turn.session === turn.session && !other.isSettled;
    if (runs.some(isOpen)) overlaps++;
    return new Promise((resolve, reject) => {
      const text = turn.inputs.map(({ message }) => message).join("+");
      let isSettled = false;
      const end = (settle: () => void) => {
        isSettled = true;
        settle();
      };
      runs.push({
        turn,
        text,
        get isSettled() {
          return isSettled;
        },
        reply: (reply = `re: ${text}`) => end(() => resolve(reply)),
        fail: (error) => end(() => reject(error)),
      });
      if (isDeaf) return;
      turn.signal.addEventListener("abort", () => end(() => reject(turn.signal.reason)));
    });
  };
  const queue: TextQueue = new SessionQueue({ run, clock, ...queueOptions });
  const began = async (text: string) => {
    const find = () => runs.find((run) => run.text === text && !run.isSettled);
    await until(() => find() !== undefined, `a turn of "${text}"`);
    return find() as TextRun;
  };
  await test({ queue, clock, runs, began });
  await assertNone(() => ({
    turn: runs.filter(({ isSettled }) => !isSettled).length,
    guard: queue.running,
    message: queue.waiting,
    session: queue.size,
    timer: clock.pending,
    overlap: overlaps,
  }));
}
