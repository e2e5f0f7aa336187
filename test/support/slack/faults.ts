import { type Gate, HeldGate } from "./gate.ts";

/** What goes wrong with one call of the Web API. */
export type ApiFault =
  /** `{"ok": false, "error"}`, whatever was asked. */
  | { readonly kind: "error"; readonly error: string }
  /** 429 with `retry-after`, in seconds. */
  | { readonly kind: "ratelimited"; readonly retryAfterS: number }
  /** A status of the machines in front of Slack, with no JSON in it. */
  | { readonly kind: "http"; readonly status: number }
  /** The connection ends before anything was done. */
  | { readonly kind: "cut" }
  /** It is done, and the connection ends before the answer. */
  | { readonly kind: "cut-after" };

/** The faults that were asked for and have not happened yet. */
export class Faults {
  readonly #next = new Map<string, ApiFault[]>();
  readonly #gates = new Map<string, HeldGate>();

  /** The next `times` calls of this method go wrong. */
  next(method: string, fault: ApiFault, times = 1): void {
    const queued = this.#next.get(method) ?? [];
    for (let count = 0; count < times; count++) queued.push(fault);
    this.#next.set(method, queued);
  }

  /** Calls of this method get no answer until the gate is opened. They are recorded, and not done yet. */
  hold(method: string): Gate {
    const gate = new HeldGate(() => this.#gates.delete(method));
    this.#gates.set(method, gate);
    return gate;
  }

  take(method: string): ApiFault | undefined {
    return this.#next.get(method)?.shift();
  }

  async pass(method: string): Promise<void> {
    await this.#gates.get(method)?.pass();
  }

  /** Nothing is held any more. */
  openAll(): void {
    for (const gate of [...this.#gates.values()]) gate.open();
  }
}
