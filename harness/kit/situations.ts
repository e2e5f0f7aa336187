import type { HostUnderTest } from "./adapter.ts";
import type { Feature } from "./adapter.ts";

/** What a situation needs of a host so that it can come up. */
type Need = keyof HostUnderTest | Feature;

/**
 * What must have come up, so that a clean report says something: with each what a host needs for it.
 * Counted in each schedule, once.
 */
export const SITUATIONS = {
  "a follow-up while a turn runs": [],
  "a message during the release": [],
  "a turn that fails": [],
  "two sessions at once": [],
  "a clock jump": [],
  "a withdrawal of a running message": ["withdraw"],
  "a withdrawal of a waiting message": ["withdraw"],
  "a withdrawal of a create": ["withdraw", "create"],
  "an interrupt of a running turn": ["interrupt"],
  "several messages in one turn": ["collect"],
  "a message that a running turn takes": ["steer"],
  "a rollback of a running turn": ["rollback"],
  "a message that is delivered again": ["events"],
  "a stop of a running turn": ["stop"],
  "a graceful stop of a running turn": ["stop"],
  "a stop while a message waits": ["stop"],
  "an agent that ignores its cancel": ["stop"],
  "an end during a turn": ["end"],
  "a message for an ended session": ["end"],
  "a revival of an ended session": ["end", "resume"],
  "a resume that fails": ["resume"],
  "a create that fails": ["create"],
  "a shutdown during a turn": ["shutdown"],
  "a message after the shutdown": ["shutdown"],
  "a timer during a turn": ["shutdown"],
  "a crash during a turn": ["crash"],
} as const satisfies Record<string, readonly Need[]>;

/** The name of a situation. */
export type Situation = keyof typeof SITUATIONS;

/** How often each situation came up, in schedules. */
export class SituationCounts {
  readonly #counts = new Map<Situation, number>();

  /** @param host Decides which can come up at all: only these are counted. */
  constructor(host: HostUnderTest, features: readonly Feature[]) {
    for (const [name, needs] of Object.entries(SITUATIONS)) {
      const has = (need: Need) =>
        features.includes(need as Feature) || host[need as keyof HostUnderTest] !== undefined;
      if (needs.every(has)) this.#counts.set(name as Situation, 0);
    }
  }

  /** Adds what came up in one schedule. */
  add(came: Iterable<Situation>): void {
    for (const name of came) {
      const count = this.#counts.get(name);
      if (count !== undefined) this.#counts.set(name, count + 1);
    }
  }

  /** How many came up at least once, and of how many. */
  get seen(): { readonly count: number; readonly of: number } {
    let count = 0;
    for (const times of this.#counts.values()) if (times > 0) count++;
    return { count, of: this.#counts.size };
  }

  toObject(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}

/** What is to be said of situations that never came up. */
export function warningsOf(situations: Readonly<Record<string, number>>): string[] {
  return Object.entries(situations).filter(([, count]) => count === 0)
    .map(([name]) => `This never came up: ${name}`);
}
