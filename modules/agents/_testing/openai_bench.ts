import assert from "node:assert/strict";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import { AT, type TestTurn, turn, until, withFolder } from "../_test_support.ts";
import type { AgentSession } from "../agent.ts";
import { createOpenAiAgent, type OpenAiAgentOptions } from "../openai_agent.ts";
import type { StoredAgent } from "../stored_agent.ts";
import { type ChatServer, startChatServer } from "./chat_server.ts";

/** What a test of the OpenAI agent works with. */
export interface OpenAiBench {
  readonly server: ChatServer;
  readonly clock: FakeClock;
  /** How long each timer so far was set for, in ms. */
  readonly waits: number[];
  readonly agent: StoredAgent;
  readonly session: AgentSession;
  /** Another agent on the same folder. */
  restarted(options?: Partial<OpenAiAgentOptions>): StoredAgent;
}

/** Runs a test with a server; nothing of it may be open at the end, and no timer set. */
export function withEndpoint(
  options: Partial<OpenAiAgentOptions>,
  use: (bench: OpenAiBench) => Promise<void>,
): Promise<void> {
  return withFolder(async (dir) => {
    const server = await startChatServer();
    const clock = new FakeClock();
    const waits: number[] = [];
    const setTimeout = (fn: () => void, ms: number) => {
      waits.push(ms);
      return clock.setTimeout(fn, ms);
    };
    const restarted = (more: Partial<OpenAiAgentOptions> = {}) =>
      createOpenAiAgent({
        dataDir: dir,
        model: "m1",
        baseUrl: server.baseUrl,
        clock: { now: clock.now, setTimeout, clearTimeout: clock.clearTimeout },
        wallClockMs: () => Date.parse(AT),
        retriesMax: 0,
        cwd: () => dir,
        homeDir: dir,
        ...options,
        ...more,
      });
    const agent = restarted();
    try {
      const session = await agent.open({ id: "s1" });
      await use({ server, clock, waits, agent, session, restarted });
      await agent.close();
      await until(() => server.connections() === 0);
      assert.equal(clock.pending, 0);
    } finally {
      await server.stop();
    }
  });
}

/** A turn that holds its connection open after the first piece. */
export async function holding(
  { session }: OpenAiBench,
): Promise<{ said: TestTurn; done: Promise<string> }> {
  const said = turn("hold");
  const done = session.run(said);
  done.catch(() => {});
  await until(() => said.pieces.length === 1);
  return { said, done };
}

/** Who said what, and how it ended. */
export const ends = async (
  session: AgentSession,
): Promise<(string | undefined)[][]> =>
  (await session.transcript?.() ?? []).map(({ role, text, end }) => [role, text, end]);
