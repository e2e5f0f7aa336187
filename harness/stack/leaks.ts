import type { Held } from "../ledger_record.ts";
import { CountedSignal } from "./counted_signal.ts";

/** What can be left behind. These are the names in the `rest` record, too. */
export type LeakKind = "timers" | "listeners" | "store handles" | "open calls" | "backend handles";

/** Something that was taken from a {@linkcode LeakLedger}. */
export interface LeakToken {
  readonly kind: LeakKind;
  readonly label: string;
}

/** A token that the ledger made: it knows whose it is, and what became of it. */
class Taken implements LeakToken {
  readonly kind: LeakKind;
  readonly label: string;
  readonly ledger: LeakLedger;
  /** Who gave it back; `undefined` while it is held. */
  givenBy: string | undefined = undefined;

  constructor(ledger: LeakLedger, kind: LeakKind, label: string) {
    this.ledger = ledger;
    this.kind = kind;
    this.label = label;
  }
}

/**
 * Counts what a host takes from the harness's ports and does not give back.
 *
 * When to use: one for each world. A port takes a token when it sets a timer, opens a handle or begins
 * a call, and gives it when that is over; signals come from {@linkcode LeakLedger.signal}. At rest
 * {@linkcode LeakLedger.held} is what goes into the `rest` record, and everything in it must be zero.
 *
 * It keeps what is held, and nothing of what was given back.
 *
 * @example A timer that is not cleared
 * ```ts
 * import { LeakLedger } from "./leaks.ts";
 * import assert from "node:assert/strict";
 *
 * const leaks = new LeakLedger();
 * const lease = leaks.take("timers", "lease of session-1");
 * assert.equal(leaks.held().timers, 1);
 * assert.deepEqual(leaks.names(), ["timers: lease of session-1"]);
 * leaks.give(lease);
 * assert.deepEqual(leaks.names(), []);
 * ```
 */
export class LeakLedger {
  readonly #tokens = new Set<Taken>();
  readonly #listening = new Set<CountedSignal>();

  /** Something was set, opened or begun. */
  take(kind: LeakKind, label: string): LeakToken {
    const token = new Taken(this, kind, label);
    this.#tokens.add(token);
    return token;
  }

  /**
   * It is over.
   *
   * @param token What {@linkcode LeakLedger.take} returned
   * @param by Who says so, for the error
   * @throws {Error} if it was given back before, naming both who did then and who does now; or if it is
   * not of this ledger
   */
  give(token: LeakToken, by = "somebody"): void {
    if (!(token instanceof Taken) || token.ledger !== this) {
      throw new Error(`Cannot give back ${nameOf(token)}: it was taken elsewhere`);
    }
    if (token.givenBy !== undefined) {
      const before = `it was given back by ${token.givenBy} before`;
      throw new Error(`Cannot give back ${nameOf(token)} by ${by}: ${before}`);
    }
    token.givenBy = by;
    this.#tokens.delete(token);
  }

  /** A signal whose listeners count as long as they are there. */
  signal(label: string): CountedSignal {
    return new CountedSignal(label, this.#listening);
  }

  /** How much of each kind is held: for the `rest` record. A kind of which nothing is held is 0. */
  held(): Held {
    const held: Record<LeakKind, number> = {
      "timers": 0,
      "listeners": 0,
      "store handles": 0,
      "open calls": 0,
      "backend handles": 0,
    };
    for (const { kind } of this.#tokens) held[kind]++;
    for (const { listeners } of this.#listening) held.listeners += listeners;
    return held;
  }

  /** The kind and label of all that is held, the oldest first; listeners of signals come last. */
  names(): string[] {
    return [
      ...[...this.#tokens].map(nameOf),
      ...[...this.#listening].flatMap(({ label, listeners }) =>
        Array<string>(listeners).fill(`listeners: ${label}`)
      ),
    ];
  }
}

function nameOf({ kind, label }: LeakToken): string {
  return `${kind}: ${label}`;
}
