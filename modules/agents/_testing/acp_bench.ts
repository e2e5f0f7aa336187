import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import { processesBelow } from "@lanekeeper/test/os_look";
import * as settle from "@lanekeeper/test/settle";
import { AT, type TestTurn, turn, withFolder } from "../_test_support.ts";
import { type AcpAgentOptions, createAcpAgent } from "../acp_agent.ts";
import type { AgentSession } from "../agent.ts";
import type { StoredAgent } from "../stored_agent.ts";

const AGENT = fileURLToPath(new URL("./acp_agent.ts", import.meta.url));

/** The command of the test agent, on the runtime that the test itself runs on. */
export function testAgent(...args: readonly string[]): string[] {
  const runtime = "Deno" in globalThis ? ["run", "--allow-all", "--no-check"] : [];
  return [process.execPath, ...runtime, AGENT, ...args];
}

/** What a test of the ACP agent works with. */
export interface AcpBench {
  readonly dir: string;
  readonly clock: FakeClock;
  /** How long each timer so far was set for, in ms. */
  readonly waits: number[];
  readonly agent: StoredAgent;
  readonly session: AgentSession;
  /** Another agent on the same folder. */
  restarted(options?: Partial<AcpAgentOptions>): StoredAgent;
}

/** Runs a test with the test agent; no process, timer or pipe of it may be left at the end. */
export function withAcp(
  options: Partial<AcpAgentOptions>,
  use: (bench: AcpBench) => Promise<void>,
): Promise<void> {
  return withFolder(async (dir) => {
    const clock = new FakeClock();
    const waits: number[] = [];
    const setTimeout = (fn: () => void, ms: number) => {
      waits.push(ms);
      return clock.setTimeout(fn, ms);
    };
    const agents: StoredAgent[] = [];
    const restarted = (more: Partial<AcpAgentOptions> = {}) => {
      const agent = createAcpAgent({
        dataDir: join(dir, "data"),
        command: testAgent(),
        clock: { now: clock.now, setTimeout, clearTimeout: clock.clearTimeout },
        wallClockMs: () => Date.parse(AT),
        cwd: () => dir,
        homeDir: dir,
        ...options,
        ...more,
      });
      agents.push(agent);
      return agent;
    };
    const exitListeners = process.listenerCount("exit");
    const agent = restarted();
    try {
      const session = await agent.open({ id: "s1", workingDir: dir });
      await use({ dir, clock, waits, agent, session, restarted });
    } finally {
      await Promise.all(agents.map((one) => closed(one, clock)));
    }
    assert.equal(clock.pending, 0, "a timer is left");
    assert.equal(process.listenerCount("exit"), exitListeners, "a listener is left");
    assert.deepEqual(processesBelow(dir), [], "a process is left");
  });
}

const CLOSE_SECONDS_MAX = 1_000;

/** Closes an agent whose processes may be deaf: time passes as long as they do not end. */
async function closed(agent: StoredAgent, clock: FakeClock): Promise<void> {
  let isOver = false;
  const closing = agent.close().finally(() => isOver = true);
  for (let seconds = 0; seconds < CLOSE_SECONDS_MAX && !isOver; seconds++) {
    for (let round = 0; round < 2_000 && !isOver; round++) await quiet();
    clock.advance(1_000);
  }
  await closing;
}

/** Rather an error than a test that never ends: each round takes a millisecond or more. */
const ROUNDS_MAX = 30_000;

/** Waits for what a process does, which takes the time that it takes. */
export function until(condition: () => boolean): Promise<void> {
  return settle.until(condition, "the condition", { roundsMax: ROUNDS_MAX, roundMs: 1 });
}

/** A turn that goes on until it is cancelled, once it has said its first piece. */
export async function begun(
  session: AgentSession,
  text: string,
  id = "t1",
): Promise<{ said: TestTurn; done: Promise<string> }> {
  const said = turn(text, { id });
  const done = session.run(said);
  done.catch(() => {});
  await until(() => said.pieces.length > 0);
  return { said, done };
}
