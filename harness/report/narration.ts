import { isSettling } from "../ledger.ts";
import type { LedgerRecord, RecordOf } from "../ledger_record.ts";
import type { LedgerLine } from "./check_report.ts";
import { type Owner, Owners } from "./owners.ts";
import { wordsOf } from "./words.ts";
import type { GuardSeen, OpenRun } from "./words_context.ts";

/** One record of a ledger, told. */
export interface Told {
  readonly record: LedgerRecord;
  readonly words: string;
  /**
   * Whether it is worth a look whatever the guarantee is: a run begins beside another, a guard is let
   * go under a run or has a dead owner.
   */
  readonly isOdd: boolean;
  /** Of a `guard` record: who has it. */
  readonly owner: Owner | undefined;
}

/** Tells all records of a ledger, each with what came before it in mind. */
export function narrate(ledger: readonly LedgerLine[]): Told[] {
  const narrator = new Narrator(ledger);
  return ledger.map(({ record }) => narrator.tell(record));
}

/** The sessions that a ledger names, in the order in which they come up. */
export function sessionsOf(ledger: readonly LedgerLine[]): string[] {
  const sessions = new Set<string>();
  for (const { record } of ledger) {
    const session = "session" in record ? record.session : undefined;
    if (session !== undefined && session !== "") sessions.add(session);
  }
  return [...sessions];
}

const NO_GUARD: GuardSeen = { owner: undefined, live: true, waiting: [] };

class Narrator {
  readonly #owners = new Owners();
  readonly #asked = new Map<number, RecordOf<"asked">>();
  readonly #open = new Map<number, OpenRun & { readonly session: string }>();
  readonly #guards = new Map<string, GuardSeen>();
  readonly #isOneSession: boolean;
  readonly #hasProbe: boolean;

  constructor(ledger: readonly LedgerLine[]) {
    this.#isOneSession = sessionsOf(ledger).length < 2;
    this.#hasProbe = ledger.some(({ record }) =>
      record.kind === "run" && record.guard !== undefined && record.guard !== null
    );
  }

  tell(record: LedgerRecord): Told {
    const told = this.#told(record);
    this.#remember(record, told.owner);
    return told;
  }

  #told(record: LedgerRecord): Told {
    const session = "session" in record ? record.session : undefined;
    const open = [...this.#open.values()].filter((run) => run.session === session);
    const context = { open, isOneSession: this.#isOneSession, hasProbe: this.#hasProbe };
    if (record.kind === "guard") {
      const owner = this.#owners.of(record.session, record.guard);
      const { live, waiting } = record;
      const before = this.#guards.get(record.session) ?? NO_GUARD;
      const guard = { owner: owner?.name, live, waiting };
      const isLetGo = owner === undefined && before.owner !== undefined && open.length > 0;
      const isOdd = isLetGo || (owner !== undefined && !live);
      return { record, owner, isOdd, words: wordsOf(record, { ...context, guard, before }) };
    }
    const asked = record.kind === "answered" ? this.#asked.get(record.op) : undefined;
    const words = wordsOf(record, asked === undefined ? context : { ...context, asked });
    const isOdd = record.kind === "run" && record.act === "call" && open.length > 0;
    return { record, owner: undefined, isOdd, words };
  }

  #remember(record: LedgerRecord, owner: Owner | undefined): void {
    if (record.kind === "asked") this.#asked.set(record.op, record);
    else if (record.kind === "process" && record.act === "crash") this.#open.clear();
    else if (record.kind === "guard") {
      const { live, waiting } = record;
      this.#guards.set(record.session, { owner: owner?.name, live, waiting });
    } else if (record.kind === "run") {
      const { run, session, messages = [record.message] } = record;
      if (record.act === "call") this.#open.set(run, { run, session, messages });
      else if (isSettling(record.act)) this.#open.delete(run);
    }
  }
}
