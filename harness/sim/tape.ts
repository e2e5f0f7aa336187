import { DivergedError } from "./schedule_error.ts";
import type { Options, Strategy } from "./strategy.ts";

/**
 * A schedule as integers, one for each choice, in the order in which they come up:
 *
 * - Where several steps are enabled, which one: 0 goes on with the actor of the step before or, if it
 *   has none, takes the oldest.
 * - After each step, when the next comes: 0 at rest, `h + 1` after `h` microtask
 *   hops.
 *
 * What is not on it is 0: so a tape says only where a schedule departs from the plainest one.
 */
export type Tape = readonly number[];

/** The tape without the zeros at its end, which say nothing. */
export function trimmed(tape: Tape): number[] {
  let length = tape.length;
  while (length > 0 && tape[length - 1] === 0) length--;
  return tape.slice(0, length);
}

/** How many choices of a tape are not the plainest. */
export function deviationsOf(tape: Tape): number {
  let count = 0;
  for (const choice of tape) if (choice !== 0) count++;
  return count;
}

/** Reads `0.1.0.2`, or `[0, 1, 0, 2]`. @throws {TypeError} if it is neither */
export function parseTape(text: string): number[] {
  const plain = text.replace(/^\s*\[|\]\s*$/g, "").trim();
  if (plain === "") return [];
  return plain.split(/[.,]/).map((part) => {
    const choice = Number(part.trim() || NaN);
    if (Number.isInteger(choice) && choice >= 0 && choice <= 1_000_000) return choice;
    throw new TypeError(
      `Cannot read tape "${text}": it must be whole numbers with dots between them, such as 0.1.2`,
    );
  });
}

/** The tape as one word, without the zeros at its end; `0` for the plainest schedule of all. */
export function formatTape(tape: Tape): string {
  return trimmed(tape).join(".") || "0";
}

/** Follows a tape, and then the plainest schedule. */
export class TapeStrategy implements Strategy {
  readonly name = "tape";
  readonly #given: Tape;
  readonly #isLenient: boolean;
  #at = 0;

  /** A lenient one takes the nearest choice there is where the tape does not fit. */
  constructor(given: Tape, options: { lenient?: boolean } = {}) {
    this.#given = given;
    this.#isLenient = options.lenient ?? false;
  }

  pick(options: Options): number {
    const index = this.#next();
    if (index < options.length) return index;
    if (this.#isLenient) return options.length - 1;
    const labels = Array.from({ length: options.length }, (_, at) => `"${options.at(at).label}"`);
    throw new DivergedError(`a choice number ${index}`, `only [${labels.join(", ")}]`);
  }

  gap(): number {
    return this.#next();
  }

  /** @throws {DivergedError} if choices are left over that say something. */
  end(): void {
    const left = trimmed(this.#given).length - this.#at;
    if (left > 0 && !this.#isLenient) {
      throw new DivergedError(`${left} more choices`, "the end of the schedule");
    }
  }

  #next(): number {
    return this.#given[this.#at++] ?? 0;
  }
}
