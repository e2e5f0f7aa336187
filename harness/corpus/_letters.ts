import type { HostOutcome, HostSnapshot, Receipt, SimEnv } from "../kit/adapter.ts";

/** A message that waits or runs, and whom to tell how it ended. */
export interface Letter {
  readonly message: string;
  /** For the sender, at once. */
  readonly receipt: Receipt;
  readonly outcome: Promise<HostOutcome>;
  readonly settle: (outcome: HostOutcome) => void;
}

/** What a host has of one session. */
export interface SessionLine {
  readonly waiting: readonly Letter[];
  /** Whatever stands for the exclusive right to run turns. */
  readonly guard?: unknown;
}

/** Takes a message on. */
export function letterOf(message: string): Letter {
  const { promise: outcome, resolve: settle } = Promise.withResolvers<HostOutcome>();
  return { message, receipt: { accepted: true, outcome }, outcome, settle };
}

/** One turn of the agent, and how it ended. Never rejects. */
export async function runAgent(
  env: SimEnv,
  turn: { readonly session: string; readonly message: string; readonly signal?: AbortSignal },
): Promise<HostOutcome> {
  const { session, message, signal } = turn;
  try {
    return { status: "completed", reply: await env.agent(session, message, { signal }) };
  } catch {
    return { status: signal?.aborted ? "cancelled" : "failed" };
  }
}

/** What a host shows of its sessions. */
export function snapshotOf(lanes: ReadonlyMap<string, SessionLine>): HostSnapshot {
  return {
    sessions: Array.from(lanes, ([session, { guard, waiting }]) => ({
      session,
      guard,
      waiting: waiting.map(({ message }) => message),
    })),
  };
}
