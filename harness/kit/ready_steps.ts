import type { Step } from "../sim/world.ts";

/** What may happen now, the oldest first. */
export class ReadySteps {
  readonly #steps: Step[] = [];

  get length(): number {
    return this.#steps.length;
  }

  /** Offers a step. It is taken away when it is taken, or by {@linkcode ReadySteps.remove}. */
  add(label: string, whose: { actor: string; session: string }, act: () => void): Step {
    const step: Step = {
      label,
      actor: whose.actor,
      session: whose.session,
      run: () => {
        this.remove(step);
        act();
      },
    };
    this.#steps.push(step);
    return step;
  }

  remove(step: Step | undefined): void {
    const at = step === undefined ? -1 : this.#steps.indexOf(step);
    if (at >= 0) this.#steps.splice(at, 1);
  }

  /** Takes all away. */
  clear(): void {
    this.#steps.length = 0;
  }

  /** Adds all to `list`. */
  addTo(list: Step[]): void {
    for (const step of this.#steps) list.push(step);
  }
}
