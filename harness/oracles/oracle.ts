import type { Ledger } from "../ledger.ts";
import type { Evidence } from "../ledger_record.ts";

/**
 * What hosts may honestly do in different ways. The adapter says which; an oracle that depends on one
 * judges by it.
 */
export interface Policies {
  /**
   * A run whose message has the outcome `abandoned` counts as over from then on: the next turn may
   * begin beside it. Only for agents that declare themselves isolated. Default: `false`.
   */
  readonly isolated?: boolean;
  /**
   * The order in which turns must begin: that in which messages came in (default), that in which the
   * host accepted them, or none.
   */
  readonly order?: "arrival" | "acceptance" | "none";
  /** What a stop that names no policy does to what waits. Default: `"discard"`. */
  readonly queuedOnStop?: "keep" | "discard";
  /** "accepted" means that the message is on disk. Default: `false`. */
  readonly durable?: boolean;
  /** A message that waits may be overtaken by one whose policy is `interrupt`. Default: `true`. */
  readonly interruptOvertakes?: boolean;
  /** A message that names no policy interrupts the turn that runs. Default: `false`. */
  readonly interrupts?: boolean;
}

/** How a record breaks a guarantee. */
export interface Breach {
  /** In one line that a person understands who was not there, naming runs and messages. */
  readonly story: string;
  /** The number of the record with which it went wrong: the root, not where it showed. */
  readonly at: number;
  /** Records that explain it, in order. */
  readonly also?: readonly number[];
}

/** One guarantee, and how a record is judged on it. */
export interface Oracle {
  /** What it promises, in one line. */
  readonly promise: string;
  /**
   * What must be in a record for it to be judged at all: all of these. A host of which no schedule ever
   * has them is not judged on this guarantee, and the report says so.
   */
  readonly needs: readonly Evidence[];
  /**
   * What it takes beside that: without it no host could break the guarantee, whatever it did, so a
   * record is not judged on it. Default: nothing.
   */
  readonly takes?: {
    judgeable(ledger: Ledger, policies: Policies): boolean;
    /** Why no schedule was judged, in words for a report. */
    readonly lack: string;
  };
  /** Tells how the record breaks the guarantee, or `undefined` if it keeps it. */
  judge(ledger: Ledger, policies: Policies): Breach | undefined;
}
