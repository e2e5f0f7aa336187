import { DrainHandoff } from "@lanekeeper/drain-handoff";
import { SessionQueue } from "@lanekeeper/session-queue";
import AsyncLock from "async-lock";
import PQueue from "p-queue";

/** The work of one message. */
export type Work = (message: number) => Promise<number>;

/** One way to run messages one at a time per key: sends one, and tells when its result is there. */
export type Send = (key: string, message: number) => Promise<unknown>;

/** The contenders, each with all its keys fresh. The first one is what the others are measured by. */
export const CONTENDERS: Readonly<Record<string, (work: Work) => Send>> = {
  "bare promise chain": (work) => {
    const tails = new Map<string, Promise<unknown>>();
    const start = Promise.resolve();
    return (key, message) => {
      const tail = (tails.get(key) ?? start).then(() => work(message));
      tails.set(key, tail);
      return tail;
    };
  },
  "session-queue": (work) => {
    const queue = new SessionQueue<number, number>({
      run: (turn) => work(turn.inputs[0]?.message ?? 0),
    });
    return (key, message) => queue.send(key, message).outcome;
  },
  "drain-handoff": (work) => {
    const lines = new Map<string, Item[]>();
    const chain = new DrainHandoff<string, Item>({
      next: (key) => lines.get(key)?.shift(),
      run: (turn) => work(turn.item.message),
      ended: (turn, end) => turn.item.resolve(end),
    });
    return (key, message) =>
      new Promise((resolve) => {
        const line = lines.get(key);
        if (line === undefined) lines.set(key, [{ message, resolve }]);
        else line.push({ message, resolve });
        chain.wake(key);
      });
  },
  "p-queue per key": (work) => {
    const queues = new Map<string, PQueue>();
    return (key, message) => {
      let queue = queues.get(key);
      if (queue === undefined) queues.set(key, queue = new PQueue({ concurrency: 1 }));
      return queue.add(() => work(message));
    };
  },
  "async-lock": (work) => {
    const lock = new AsyncLock({ maxPending: Infinity });
    return (key, message) => lock.acquire(key, () => work(message));
  },
};

interface Item {
  readonly message: number;
  resolve(value: unknown): void;
}
