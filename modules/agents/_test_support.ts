import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import * as settle from "@lanekeeper/test/settle";
import type { AgentTurn, ChatMessage } from "./agent.ts";
import { createEchoAgent, type EchoAgent, type EchoAgentOptions } from "./echo_agent.ts";

/** What a test of the echo agent works with; the folder is removed when the test ends. */
export interface Bench {
  readonly dir: string;
  readonly clock: FakeClock;
  readonly agent: EchoAgent;
  /** The path of a session's transcript. */
  path(id: string): string;
  /** A session's transcript as it is on disk. */
  stored(id: string): Promise<string>;
  /** Another agent on the same folder: what a restart leaves. */
  restarted(options?: Partial<EchoAgentOptions>): EchoAgent;
}

/** Wall-clock time in every transcript of the tests. */
export const AT = "2001-09-09T01:46:40.000Z";

export async function withFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), "lanekeeper-agents-")));
  try {
    await test(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export function withAgent(
  options: Partial<EchoAgentOptions>,
  test: (bench: Bench) => Promise<void>,
): Promise<void> {
  return withFolder(async (dir) => {
    const clock = new FakeClock();
    const make = (more: Partial<EchoAgentOptions> = {}) =>
      createEchoAgent({
        dataDir: dir,
        clock,
        wallClockMs: () => Date.parse(AT),
        cwd: () => dir,
        homeDir: dir,
        onError: (error) => {
          throw error;
        },
        ...options,
        ...more,
      });
    const path = (id: string) => join(dir, "sessions", `${id}.jsonl`);
    await test({
      dir,
      clock,
      agent: make(),
      path,
      stored: (id) => readFile(path(id), "utf8"),
      restarted: make,
    });
  });
}

/** A turn that records what it is told, and can be told to abort. */
export interface TestTurn extends AgentTurn {
  readonly abort: AbortController;
  readonly pieces: string[];
}

export function turn(
  text: string | readonly ChatMessage[],
  { id = "t1", onEmit = () => {} }: { id?: string; onEmit?: (pieces: string[]) => void } = {},
): TestTurn {
  const abort = new AbortController();
  const pieces: string[] = [];
  return {
    id,
    messages: typeof text === "string" ? [{ text }] : text,
    signal: abort.signal,
    abort,
    pieces,
    emit(piece) {
      pieces.push(piece);
      onEmit(pieces);
    },
  };
}

/** Rather an error than a test that never ends. */
const ROUNDS_MAX = 10_000_000;

/** Moves time, `stepMs` for each wait that is longer than 0, until `promise` has settled. */
export async function drive<T>(clock: FakeClock, promise: Promise<T>, stepMs = 10): Promise<T> {
  let settled = false;
  const settle = () => void (settled = true);
  promise.then(settle, settle);
  await until(() => {
    const { pending } = clock;
    clock.advance(0);
    if (!settled && pending > 0 && clock.pending === pending) clock.advance(stepMs);
    return settled;
  });
  return await promise;
}

/** Lets the files be read and written until `condition` holds. */
export function until(condition: () => boolean): Promise<void> {
  return settle.until(condition, "the condition", { roundsMax: ROUNDS_MAX });
}

/** The listeners that a signal has, from now on. */
export function countListeners(signal: AbortSignal): Set<unknown> {
  const listeners = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = ((type: "abort", listener: () => void, more: object) => {
    listeners.add(listener);
    add(type, listener, more);
  }) as typeof signal.addEventListener;
  signal.removeEventListener = ((type: "abort", listener: () => void) => {
    listeners.delete(listener);
    remove(type, listener);
  }) as typeof signal.removeEventListener;
  return listeners;
}
