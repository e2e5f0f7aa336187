import { isInterrupting } from "../ledger.ts";
import type { Operation } from "./operations.ts";
import type { ScriptedRuns } from "./scripted_runs.ts";
import type { SentMessages } from "./sent_messages.ts";
import type { Situation } from "./situations.ts";

/** What {@linkcode AskedSituations} looks at. */
export interface AskedWorld {
  readonly runs: ScriptedRuns;
  readonly messages: SentMessages;
  readonly situations: Set<Situation>;
}

/** Notes which situations come up by what callers ask, and when. */
export class AskedSituations {
  readonly #world: AskedWorld;
  readonly #ended = new Set<string>();
  #isShutDown = false;

  constructor(world: AskedWorld) {
    this.#world = world;
  }

  /** A message comes in. */
  sends(session: string, policy: string | undefined): void {
    const { situations, runs } = this.#world;
    if (this.#ended.has(session)) situations.add("a message for an ended session");
    if (this.#isShutDown) situations.add("a message after the shutdown");
    if (runs.openOf(session) === undefined) return;
    situations.add("a follow-up while a turn runs");
    if (!isInterrupting(policy)) return;
    situations.add(
      policy === "rollback" ? "a rollback of a running turn" : "an interrupt of a running turn",
    );
  }

  /** Anything else that gets a promise is asked for. */
  asks({ what, session, level, revive, backend }: Operation): void {
    const { situations, runs, messages } = this.#world;
    const isRunning = runs.openOf(session) !== undefined;
    if (what === "stop" && isRunning) {
      situations.add(`a ${level === "graceful" ? "graceful " : ""}stop of a running turn`);
    }
    if (what === "stop" && messages.owed > runs.open.size) {
      situations.add("a stop while a message waits");
    }
    if (what === "end") {
      if (isRunning) situations.add("an end during a turn");
      this.#ended.add(session);
    }
    if (what === "resume" && revive && this.#ended.has(session)) {
      situations.add("a revival of an ended session");
    }
    if (what === "resume" && backend !== undefined) situations.add("a resume that fails");
    if (what === "create" && backend !== undefined) situations.add("a create that fails");
    if (what === "shutdown") {
      if (runs.open.size > 0) situations.add("a shutdown during a turn");
      this.#isShutDown = true;
    }
  }

  /** A revival of a session succeeded. */
  revived(session: string): void {
    this.#ended.delete(session);
  }

  /** The process of the host dies: the next one has ended nothing. */
  die(): void {
    this.#ended.clear();
    this.#isShutDown = false;
  }
}
