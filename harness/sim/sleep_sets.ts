import type { Options, Strategy } from "./strategy.ts";
import type { Tape } from "./tape.ts";
import type { Step } from "./world.ts";

/** Whether it makes no difference which of two steps comes first. */
export type IsIndependent = (one: StepName, other: StepName) => boolean;

/** As much of a step as tells it from others. */
export interface StepName {
  readonly label: string;
  readonly actor: string;
  readonly session: string;
}

/** Steps of different sessions make no difference to each other; what concerns all does. */
export function ofOtherSessions(one: StepName, other: StepName): boolean {
  return one.session !== "" && other.session !== "" && one.session !== other.session;
}

/** A choice of a schedule, and what need not be chosen there. */
export interface SleepChoice {
  /** Its place on the tape. */
  readonly at: number;
  readonly chosen: number;
  readonly options: readonly StepName[];
  readonly asleep: readonly StepName[];
}

/**
 * Follows a tape and then takes the first step that is not asleep. A step sleeps while a schedule in
 * which it came earlier has been played, and nothing has happened since that it depends on: to take it
 * now would tell the same story again (sleep sets, Godefroid 1996).
 */
export class SleepStrategy implements Strategy {
  readonly name = "sleep sets";
  /** The choices after the tape. */
  readonly choices: SleepChoice[] = [];
  readonly #given: Tape;
  readonly #first: readonly StepName[];
  readonly #isIndependent: IsIndependent;
  #asleep: readonly StepName[] = [];
  #at = 0;
  #isLastGiven = false;

  /** `asleep` are the steps that sleep once the last choice of the tape has been taken. */
  constructor(
    given: Tape,
    options: { asleep: readonly StepName[]; isIndependent: IsIndependent },
  ) {
    this.#given = given;
    this.#first = options.asleep;
    this.#isIndependent = options.isIndependent;
    if (given.length === 0) this.#asleep = options.asleep;
  }

  /** -1 if all that could come now sleeps: the schedule is given up. */
  pick(options: Options): number {
    const at = this.#at++;
    if (at < this.#given.length) {
      this.#isLastGiven = at === this.#given.length - 1;
      return this.#given[at]!;
    }
    const names = Array.from({ length: options.length }, (_, index) => nameOf(options.at(index)));
    const chosen = names.findIndex((name) => !this.#sleeps(name));
    if (chosen >= 0) this.choices.push({ at, chosen, options: names, asleep: this.#asleep });
    return chosen;
  }

  gap(): number {
    return this.#given[this.#at++] ?? 0;
  }

  admits(step: Step): boolean {
    return !this.#sleeps(nameOf(step));
  }

  taking(step: Step): void {
    if (this.#isLastGiven) {
      this.#isLastGiven = false;
      this.#asleep = this.#first;
    } else if (this.#asleep.length > 0) {
      const taken = nameOf(step);
      this.#asleep = this.#asleep.filter((name) => this.#isIndependent(name, taken));
    }
  }

  #sleeps({ label }: StepName): boolean {
    return this.#asleep.some((name) => name.label === label);
  }
}

/** What is still to be chosen instead at a choice, each with what sleeps from then on. */
export function alternativesTo(
  { options, chosen, asleep }: SleepChoice,
  isIndependent: IsIndependent,
): { index: number; asleep: StepName[] }[] {
  const alternatives: { index: number; asleep: StepName[] }[] = [];
  const explored = [...asleep, options[chosen]!];
  options.forEach((option, index) => {
    if (index === chosen || asleep.some(({ label }) => label === option.label)) return;
    alternatives.push({
      index,
      asleep: explored.filter((name) => isIndependent(name, option)),
    });
    explored.push(option);
  });
  return alternatives;
}

function nameOf({ label, actor = label, session = "" }: Step): StepName {
  return { label, actor, session };
}
