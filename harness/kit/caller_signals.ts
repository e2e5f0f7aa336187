import type { CountedSignal } from "../stack/counted_signal.ts";
import { LeakLedger } from "../stack/leaks.ts";

/** The create of a session that has not been answered. */
export interface OpenCreate {
  readonly counted: CountedSignal;
  readonly arrival: number;
}

/**
 * The signals with which callers take back what they asked for. What a host still listens to at rest is
 * held: a caller may keep one signal for all it ever asks.
 */
export class CallerSignals {
  /** A signal costs more than a message: there is one only where somebody may abort it. */
  readonly #isNeeded: boolean;
  readonly #creates = new Map<string, OpenCreate>();
  #leaks: LeakLedger | undefined;

  /** `isNeeded`: whether anything is withdrawn in this story. */
  constructor(isNeeded: boolean) {
    this.#isNeeded = isNeeded;
  }

  /** How many listeners there are on all of them. */
  get listeners(): number {
    return this.#leaks?.held()["listeners"] ?? 0;
  }

  /** One for a new message or create; `undefined` where nobody may abort it. */
  signal(label: string): CountedSignal | undefined {
    if (!this.#isNeeded) return undefined;
    this.#leaks ??= new LeakLedger();
    return this.#leaks.signal(label);
  }

  /** A create begins, and gets its signal. */
  creating(session: string, arrival: number): CountedSignal | undefined {
    const counted = this.signal(`create ${session}`);
    if (counted !== undefined) this.#creates.set(session, { counted, arrival });
    return counted;
  }

  /** A create was answered. */
  created(session: string): void {
    this.#creates.delete(session);
  }

  /** The create of a session that can still be taken back. */
  openCreate(session: string): OpenCreate | undefined {
    return this.#creates.get(session);
  }

  /** The process of the host dies, and what it listened with. */
  die(): void {
    this.#creates.clear();
    this.#leaks = undefined;
  }
}
