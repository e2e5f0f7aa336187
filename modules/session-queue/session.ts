import type { EntryOwner } from "./entry.ts";
import { Line } from "./line.ts";
import type { SessionTurnTask } from "./session_turn.ts";

/**
 * What the queue keeps of a session that is open or busy: one small object. A session that is
 * neither costs nothing.
 */
export class Session<M, R, H> {
  readonly key: string;
  readonly owner: EntryOwner<M, R, H>;
  readonly line: Line<M, R, H> = new Line();
  /** The agent's side, valid while `connected`. */
  handle: H | undefined = undefined;
  connected = false;
  /** How many handles it has had. */
  connections = 0;
  /** It was created with an `open` of its own: its turns need a handle. */
  hasHandle = false;
  /** Ended: it takes nothing any more and goes once its turn has. */
  ending = false;
  /** What the agent was given of the turn that runs, once it began. */
  task: SessionTurnTask<M, R, H> | undefined = undefined;
  /** The timer for the first message that expires, and when it is due. */
  timer: unknown = undefined;
  timerAtMs = Infinity;

  constructor(key: string, owner: EntryOwner<M, R, H>) {
    this.key = key;
    this.owner = owner;
  }
}
