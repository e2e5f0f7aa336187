import type { Clock } from "@lanekeeper/drain-handoff";
import type { Connections } from "./connections.ts";
import { SessionGoneError } from "./errors.ts";
import type { Turn } from "./lanes.ts";
import type { ErrorContext, SessionQueueOptions } from "./options.ts";
import type { CancelLevel } from "./outcome.ts";
import type { SessionTurnTask } from "./session_turn.ts";
import type { Steering } from "./steering.ts";
import { within } from "./waiting.ts";

/** What the agent's part of a turn needs. */
export interface AgentTurnsOptions<M, R, H> {
  readonly hooks: SessionQueueOptions<M, R, H>;
  readonly clock: Clock;
  readonly patienceMs: number;
  readonly connections: Connections<M, R, H>;
  readonly steering: Steering<M, R, H>;
  onError(error: unknown, where: ErrorContext): void;
}

/** What a turn asks of its agent: to run, to stop, and to forget what it did. */
export class AgentTurns<M, R, H> {
  readonly #options: AgentTurnsOptions<M, R, H>;
  readonly #hooks: SessionQueueOptions<M, R, H>;

  constructor(options: AgentTurnsOptions<M, R, H>) {
    this.#options = options;
    this.#hooks = options.hooks;
  }

  /** Connect, run, deliver: all of it inside the turn. */
  async run(turn: Turn<M, R, H>, task: SessionTurnTask<M, R, H>): Promise<R> {
    const { key: session, item: entry } = turn;
    const { connections, steering } = this.#options;
    task.isConnecting = true;
    // Checked again after each wait, in the step in which the agent is called: meanwhile the handle
    // may have been lost again and the turn cancelled.
    while (connections.isNeeded(session)) await connections.resume(session, turn.signal);
    if (turn.interrupted) throw turn.signal.reason;
    task.begin(session);
    try {
      let value: R;
      try {
        const working = this.#hooks.run(task);
        // What came while nobody could take it: the agent has been called, and can from this step on.
        if (session.line.size > 0) steering.offer(turn);
        value = await working;
      } catch (error) {
        task.isSteerable = false;
        // The handle is of no use any more: the next turn asks the agent for another one.
        // Not for an abandoned turn: what the session has by now is not its own.
        if (error instanceof SessionGoneError && turn.state === "running") {
          await connections.closeIf(session, task.connection);
        }
        throw error;
      } finally {
        task.isSteerable = false;
        if (task.offer !== undefined) await steering.finish(task);
      }
      const { deliver } = entry.all.find(({ options }) => options.deliver !== undefined)?.options ??
        {};
      if (deliver === undefined || !turn.live) return value;
      await deliver(value, turn.signal);
      entry.delivered = true;
      return value;
    } finally {
      task.worked();
    }
  }

  /** Calls the agent's own cancel. It belongs to this turn: none starts while it is under way. */
  requestCancel(
    turn: Turn<M, R, H>,
    task: SessionTurnTask<M, R, H>,
    level: CancelLevel,
  ): void {
    const { requestCancel } = this.#hooks;
    if (requestCancel === undefined || task.isConnecting) return;
    const asked = this.#call(turn, "requestCancel", () => requestCancel(task.handle, level, task));
    task.asked = asked;
    turn.waitUntil(asked);
  }

  /**
   * Has the agent drop what a cancelled turn left in its transcript. It belongs to that turn, too: it
   * comes when the work has settled and the agent's own cancel has, and no turn starts before it is
   * over. Not for a turn whose agent was never called, nor for one that was given up: its work goes on,
   * and nobody can say what it will leave.
   */
  rollBack(turn: Turn<M, R, H>, task: SessionTurnTask<M, R, H>): void {
    const { rollback } = this.#hooks;
    if (rollback === undefined || task.isConnecting) return;
    const { asked } = task;
    const call = async () => {
      await task.whenWorked();
      await asked;
      if (turn.state !== "running" || turn.item.delivered) return;
      await this.#call(turn, "rollback", () => rollback(task.handle, task));
    };
    turn.waitUntil(call());
  }

  /** A call that has no caller who waits for its result: it may take `patienceMs`. */
  #call(
    turn: Turn<M, R, H>,
    action: ErrorContext["action"],
    hook: () => unknown,
  ): Promise<unknown> {
    const call = async () => {
      try {
        await hook();
      } catch (error) {
        this.#options.onError(error, { session: turn.key.key, action });
      }
    };
    return within(this.#options.clock, call(), this.#options.patienceMs);
  }
}
