import type { LedgerRecord } from "../ledger_record.ts";
import type { StepLine, Violation } from "./check_report.ts";
import { nameOf, visible } from "./format.ts";
import { sessionsOf } from "./narration.ts";

/** A lane of the picture: an actor, a run of the agent, or the host's side of one session. */
export interface Lane {
  readonly kind: "actor" | "guard" | "run";
  readonly title: string;
  /** Whose it is; empty for what concerns the whole host. */
  readonly session: string;
}

/** With more runs than this on one session, runs that do not overlap share a lane. */
const RUN_LANES_MAX = 6;

/** A run, and the numbers of the records between which it lasts. */
export interface RunExtent {
  readonly run: number;
  readonly session: string;
  readonly messages: readonly string[];
  readonly from: number;
  /** `Infinity` if it never settles. */
  readonly to: number;
}

/** The lanes of a violation, and which record and which step is in which. */
export class Lanes {
  readonly all: readonly Lane[];
  readonly #places = new Map<string, number>();
  readonly #sessions: readonly string[];
  readonly #actors: ReadonlySet<string>;

  constructor(violation: Violation, runs: readonly RunExtent[]) {
    const { schedule, ledger } = violation;
    this.#sessions = sessionsOf(ledger);
    this.#actors = new Set(schedule.map(({ actor }) => actor).filter((actor) => actor !== ""));
    const steps = new Map(schedule.map((step) => [step.step, step]));
    const keys = new Set([
      ...schedule.map((step) => this.#keyOfStep(step)),
      ...ledger.map(({ record, step }) => this.#keyOfRecord(record, steps.get(step))),
    ]);
    this.all = this.#arrange(keys, runs);
  }

  ofStep(step: StepLine): number {
    return this.#places.get(this.#keyOfStep(step)) ?? 0;
  }

  ofRecord(record: LedgerRecord, step: StepLine | undefined): number {
    return this.#places.get(this.#keyOfRecord(record, step)) ?? 0;
  }

  ofRun(run: number): number {
    return this.#places.get(`run ${run}`) ?? 0;
  }

  /** The lane with the guard of a session, if it has one. */
  ofGuard(session: string): number | undefined {
    return this.#places.get(`guard ${session}`);
  }

  #arrange(keys: ReadonlySet<string>, runs: readonly RunExtent[]): Lane[] {
    const lanes: Lane[] = [];
    const add = (key: string, lane: Lane) => {
      this.#places.set(key, lanes.length);
      lanes.push(lane);
    };
    const actors = [...keys].filter((key) => key.startsWith("actor "));
    const addActor = (key: string) =>
      add(key, { kind: "actor", title: visible(key.slice("actor ".length)), session: "" });
    actors.filter((key) => key === "actor caller").forEach(addActor);
    if (keys.has("host")) add("host", { kind: "actor", title: "host", session: "" });
    for (const session of this.#sessions) {
      const own = runs.filter((run) => run.session === session);
      if (own.length > 0 || keys.has(`guard ${session}`)) {
        const title = this.#sessions.length === 1
          ? "host: guard"
          : `host: guard of ${nameOf(session)}`;
        add(`guard ${session}`, { kind: "guard", title, session });
      }
      this.#addRuns(own, lanes);
    }
    actors.filter((key) => key !== "actor caller").forEach(addActor);
    // Runs that act but were never called.
    for (const key of keys) {
      if (this.#places.has(key)) continue;
      add(key, { kind: key.startsWith("run ") ? "run" : "actor", title: key, session: "" });
    }
    return lanes;
  }

  #addRuns(runs: readonly RunExtent[], lanes: Lane[]): void {
    const isShared = runs.length > RUN_LANES_MAX;
    /** The end of the last run in each lane that is shared. */
    const ends: { lane: number; to: number }[] = [];
    for (const { run, session, messages, from, to } of runs) {
      const free = isShared ? ends.find((end) => end.to < from) : undefined;
      if (free !== undefined) {
        free.to = to;
        this.#places.set(`run ${run}`, free.lane);
        continue;
      }
      ends.push({ lane: lanes.length, to });
      this.#places.set(`run ${run}`, lanes.length);
      const whose = this.#sessions.length === 1 ? "" : ` of ${nameOf(session)}`;
      const own = `run ${run}${whose} (${messages.map(nameOf).join(" + ")})`;
      const shared = ends.length === 1 ? "runs" : `runs beside them`;
      lanes.push({ kind: "run", title: isShared ? shared : own, session });
    }
  }

  #keyOfStep({ actor, session }: StepLine): string {
    if (/^run \d+$/.test(actor)) return actor;
    if (actor === "host" || actor === "") return this.#hostKey(session);
    return `actor ${actor}`;
  }

  #keyOfRecord(record: LedgerRecord, step: StepLine | undefined): string {
    const actor = step === undefined ? "caller" : step.actor;
    switch (record.kind) {
      case "run":
        return `run ${record.run}`;
      case "cancel":
      case "steer":
      case "rollback":
        return record.run === 0 ? this.#hostKey(record.session) : `run ${record.run}`;
      case "asked":
        return /^run \d+$/.test(actor) || actor === "" ? "actor caller" : `actor ${actor}`;
      case "answered":
        return "actor caller";
      case "timer":
        return this.#isOutside(actor) ? `actor ${actor}` : "actor clock";
      case "reply":
      case "io": {
        // What takes time begins with the host and ends where the time is spent.
        if (record.act !== "begin" && this.#isOutside(actor)) return `actor ${actor}`;
        const port = record.kind === "io" ? record.port : "delivery";
        return this.#actorOr(port, record.session);
      }
      case "stored":
        return this.#actorOr("store", record.session);
      case "event":
        return this.#actorOr("transport", "");
      case "claim":
      case "lock":
        return this.#hostKey(this.#sessions.includes(record.key) ? record.key : "");
      case "binding":
        return this.#hostKey(record.session ?? "");
      default:
        return this.#hostKey("session" in record ? record.session : "");
    }
  }

  /** Whether it is neither of the host nor of the agent, and not who asks. */
  #isOutside(actor: string): boolean {
    return this.#actors.has(actor) && !/^(caller|host|run \d+)$/.test(actor);
  }

  /** The lane of a port that has steps of its own; else the host's. */
  #actorOr(actor: string, session: string): string {
    return this.#actors.has(actor) ? `actor ${actor}` : this.#hostKey(session);
  }

  #hostKey(session: string): string {
    const only = this.#sessions.length === 1 ? this.#sessions[0]! : "";
    const owner = session === "" ? only : session;
    return this.#sessions.includes(owner) ? `guard ${owner}` : "host";
  }
}
