import type { Agent, AgentSession, SessionInfo } from "@lanekeeper/agents";
import type { BackendHandle, SimEnv } from "@lanekeeper/harness";
import type { Host, HostStopReport, Logger } from "@lanekeeper/host";
import { typed } from "./session_queue_adapter.ts";

/** What may be different about a {@linkcode simulatedAgent}. */
export interface SimulatedAgentOptions {
  /** Gets the agent's side of a session back. Default: the backend's `resume`. */
  resume?(session: string): Promise<BackendHandle>;
}

/** An agent whose every call is one of the simulated backend. */
export function simulatedAgent(env: SimEnv, options: SimulatedAgentOptions = {}): Agent {
  const resume = options.resume ?? ((session) => env.backend.resume(session));
  return {
    name: "simulated",
    open: async ({ id }) => simulatedSession(env, await env.backend.open(id)),
    resume: async (id) => {
      try {
        return simulatedSession(env, await resume(id));
      } catch (error) {
        throw typed(id, error);
      }
    },
  };
}

/** The agent's side of one session; `info` says under which name the host knows it. */
export function simulatedSession(
  env: SimEnv,
  handle: BackendHandle,
  info: Partial<SessionInfo> = {},
): AgentSession {
  const { session } = handle;
  return {
    info: { id: session, projectId: "default", workingDir: "/", ...info },
    run: ({ messages, signal }) => env.agent(session, messages.map(({ text }) => text), { signal }),
    requestCancel: (level) => env.backend.requestCancel(session, level),
    steer: ({ text }, { signal } = {}) => env.backend.steer(session, text, { signal }),
    rollback: (turnId) => env.backend.rollback(session, turnId),
    close: () => env.backend.close(handle),
  };
}

const PHASES = {
  intake: "intake",
  turns: "turns",
  agent: "agents",
  transports: "transports",
} as const;

/** The host tells of each step of its shutdown in its log. */
export function phaseLogger(env: SimEnv): Logger {
  return {
    log(_level, message, { name, status } = {}) {
      const phase = PHASES[name as keyof typeof PHASES];
      if (!message.startsWith("Shutdown:") || phase === undefined) return;
      if (status === "completed") env.report({ kind: "phase", phase });
    },
  };
}

/** Stops a host whose one transport is closed by `close`. */
export async function shutDown(
  host: Host,
  close: () => Promise<unknown>,
): Promise<{ abandoned: readonly string[] }> {
  const { turns, running }: HostStopReport = await host.stop({
    transports: [{ name: "transports", stop: close }],
  });
  return { abandoned: [...turns?.abandoned ?? [], ...running] };
}
