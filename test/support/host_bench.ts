import { createHost, type Host, type HostOptions, type LogFields } from "@lanekeeper/host";
import { FakeClock, quiet } from "./fake_clock.ts";
import { ScriptedAgent } from "./scripted_agent.ts";
import { settled } from "./settle.ts";
import { TestClient } from "./test_client.ts";

/** A line that the host logged. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** What a test of the host works with: all of it is new (A15). */
export interface HostBench {
  readonly host: Host;
  readonly agent: ScriptedAgent;
  readonly clock: FakeClock;
  /** All that was logged. */
  readonly logs: readonly LogLine[];
  /** The errors that were logged since the last call: a test names each that it expects. */
  errors(): LogLine[];
  /** The client of this name. */
  client(name: string): TestClient;
}

/** Options of {@linkcode withHost}. */
export interface HostBenchOptions extends Partial<HostOptions> {
  /** Whether the host is started. Default `true`. */
  readonly isStarted?: boolean;
}

/** How many of each thing is still there. */
export type Counts = Readonly<Record<string, number>>;

/** Turns of the event loop that everything has in which to come to rest. */
const ROUNDS_MAX = 50;

/**
 * Runs a test on a host of its own, then fails it if it left anything behind (A15): a request, a
 * turn, a guard, a message, a timer, a held call, an error in the logs that it did not expect; or, once
 * its clients have hung up, a session or a handle of the agent.
 */
export async function withHost(
  test: (bench: HostBench) => Promise<void>,
  options: HostBenchOptions = {},
): Promise<void> {
  const { isStarted = true, ...hostOptions } = options;
  const clock = new FakeClock();
  const agent = new ScriptedAgent();
  const logs: LogLine[] = [];
  const clients = new Map<string, TestClient>();
  let sessions = 0;
  let seen = 0;
  const host = createHost({
    agent,
    clock,
    logger: { log: (level, message, fields = {}) => void logs.push({ level, message, fields }) },
    newSessionId: () => `s${++sessions}`,
    ...hostOptions,
  });
  const client = (name: string) => {
    const found = clients.get(name) ?? new TestClient(host.app, name);
    clients.set(name, found);
    return found;
  };
  if (isStarted) host.start();
  const unseen = () => logs.slice(seen).filter(({ level }) => level === "error");
  const errors = () => {
    const found = unseen();
    seen = logs.length;
    return found;
  };
  await test({ host, agent, clock, logs, errors, client });

  const requests = () => [...clients.values()].reduce((sum, { pending }) => sum + pending, 0);
  await assertNone(() => ({
    request: requests(),
    turn: agent.running,
    guard: host.queue.running,
    message: host.queue.waiting,
    timer: clock.pending,
    "held call": agent.held.length,
    overlap: agent.overlaps,
    "unexpected error": unseen().length,
  }));
  agent.unhold("close");
  for (const one of clients.values()) await settled(one.end(), `the end of ${one.name}'s session`);
  await assertNone(() => ({ session: host.queue.size, handle: agent.handles.length }));
  await settled(host.stop(), "the host's stop");
  await assertNone(() => ({ timer: clock.pending, "unexpected error": unseen().length }));
}

/** @throws {Error} if something is left when all that can come to rest by itself has done so. */
export async function assertNone(count: () => Counts): Promise<void> {
  const left = () => Object.entries(count()).filter(([, number]) => number > 0);
  for (let round = 0; round < ROUNDS_MAX && left().length > 0; round++) await quiet();
  if (left().length === 0) return;
  const what = left().map(([name, number]) => `${number} ${name}${number === 1 ? "" : "s"}`);
  throw new Error(`The test left behind: ${what.join(", ")}`);
}
