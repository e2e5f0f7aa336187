import type { Ledger } from "../ledger.ts";
import type { ReadySteps } from "./ready_steps.ts";
import type { OpenRun } from "./scripted_runs.ts";

/** What a run does with a message that it is offered: has it and says so at once, or later, or does not want it. */
export type SteerScript = "takes" | "late" | "refuses";

/** What {@linkcode ScriptedOffers} needs of its world. */
export interface OffersWorld {
  readonly ledger: Ledger;
  readonly ready: ReadySteps;
  steerScriptOf(message: string): SteerScript;
  /** A run has a message from now on. */
  taken(run: OpenRun, message: string): void;
}

/** One message on offer to a run that has not answered. */
interface Offer {
  /** The run is over, or the message is not on offer any more: what it does not have it never will. */
  close(): void;
}

/**
 * Messages that are offered to runs while they go on. A run that takes one has it from that step on; one
 * that takes it `late` says so in a step of its own, which may come when the run is over. What a run does
 * not have when it settles, when it is aborted, or when the offer is taken back, it refuses.
 */
export class ScriptedOffers {
  readonly #world: OffersWorld;
  readonly #offers = new Map<number, Set<Offer>>();

  constructor(world: OffersWorld) {
    this.#world = world;
  }

  /** Offers a message to a run; `undefined` if none goes on. */
  offer(
    run: OpenRun | undefined,
    { session, message, signal }: {
      session: string;
      message: string;
      signal: AbortSignal | undefined;
    },
  ): Promise<boolean> {
    const { ledger, ready } = this.#world;
    const note = (act: "offer" | "take" | "refuse") =>
      ledger.write({ kind: "steer", session, message, run: run?.run ?? 0, act });
    note("offer");
    if (run === undefined || signal?.aborted || (run.isAborted && !run.isDeaf)) {
      note("refuse");
      return Promise.resolve(false);
    }
    const script = this.#world.steerScriptOf(message);
    const whose = { actor: `run ${run.run}`, session };
    const open = this.#openOf(run);
    return new Promise((resolve) => {
      const offer: Offer = {
        close: () => {
          ready.remove(step);
          open.delete(offer);
          signal?.removeEventListener("abort", offer.close);
          note("refuse");
          resolve(false);
        },
      };
      const take = () => {
        open.delete(offer);
        signal?.removeEventListener("abort", offer.close);
        note("take");
        this.#world.taken(run, message);
        if (script !== "late") return resolve(true);
        ready.add(`run ${run.run} says that it has ${message}`, whose, () => resolve(true));
      };
      const does = script === "refuses" ? "refuses" : "takes";
      const act = script === "refuses" ? offer.close : take;
      const step = ready.add(`run ${run.run} ${does} ${message}`, whose, act);
      open.add(offer);
      signal?.addEventListener("abort", offer.close);
    });
  }

  /** A run takes nothing any more. */
  close({ run }: OpenRun): void {
    for (const offer of [...this.#offers.get(run) ?? []]) offer.close();
    this.#offers.delete(run);
  }

  /** All runs die with their process. */
  die(): void {
    this.#offers.clear();
  }

  #openOf({ run }: OpenRun): Set<Offer> {
    let open = this.#offers.get(run);
    if (open === undefined) this.#offers.set(run, open = new Set());
    return open;
  }
}
