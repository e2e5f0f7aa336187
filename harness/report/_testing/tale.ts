import type { LedgerRecord, RunRecord } from "../../ledger_record.ts";
import type { LedgerLine, StepLine, Violation } from "../check_report.ts";

/** A step, and what was written in it. */
export type Taken = readonly [
  step: Omit<StepLine, "step" | "isDeviation"> & { deviates?: true },
  ...records: LedgerRecord[],
];

/** Options of {@linkcode violationOf}. */
export interface TaleOptions
  extends Partial<Omit<Violation, "schedule" | "ledger" | "root" | "also">> {
  readonly steps: readonly Taken[];
  /** The record with which it went wrong, and those that explain it. */
  readonly root: LedgerRecord;
  readonly also?: readonly LedgerRecord[];
  /** When each step was taken. Default: always 0. */
  readonly ms?: readonly number[];
}

/** Makes a violation of steps and their records. */
export function violationOf({ steps, root, also = [], ms = [], ...given }: TaleOptions): Violation {
  const schedule = steps.map(([{ deviates, ...step }], at): StepLine => ({
    ...step,
    step: at + 1,
    isDeviation: deviates ?? false,
  }));
  const ledger = steps.flatMap(([, ...records], at) =>
    records.map((record): LedgerLine => ({ step: at + 1, ms: ms[at] ?? 0, record }))
  );
  const numberOf = (record: LedgerRecord) => ledger.findIndex((line) => line.record === record);
  return {
    guarantee: "SINGLE_TURN",
    promise:
      "At most one turn runs on a session, counting a cancelled one that has not stopped yet.",
    story: "it went wrong",
    operations: ["send a", "send a", "send a"],
    tape: [0, 0, 1],
    replay: 'npm run check:host -- replay host.ts --tape 0.0.1 --ops "send a; send a; send a"',
    strategy: "random",
    seed: 42,
    foundAfter: 118,
    unshrunk: { operations: 9, steps: 31 },
    shrinkMs: 14.2,
    ...given,
    schedule,
    ledger,
    root: numberOf(root),
    also: also.map(numberOf),
  };
}

/** Who asks, of session `a`. */
export const CALLER: { readonly actor: string; readonly session: string } = {
  actor: "caller",
  session: "a",
};

/** The actor of a run. */
export function runOf(run: number, session = "a"): { actor: string; session: string } {
  return { actor: `run ${run}`, session };
}

/** Somebody sends a message. */
export function asked(op: number, message: string, session = "a"): LedgerRecord {
  return { kind: "asked", op, what: "send", session, message };
}

/** The host takes it on. */
export function accepted(message: string, session = "a"): LedgerRecord {
  return { kind: "accepted", session, message };
}

/** A run is called, or does something. */
export function acts(
  run: number,
  act: RunRecord["act"],
  { session = "a", message = `m${run}` }: { session?: string; message?: string } = {},
): LedgerRecord {
  return { kind: "run", session, message, run, act, guard: undefined };
}

/** How a message ended. */
export function outcome(message: string, status = "completed", session = "a"): LedgerRecord {
  return { kind: "outcome", session, message, status };
}

/** What the host shows of a session. */
export function guard(
  owner: unknown,
  { waiting = [], live = true, session = "a" }: {
    waiting?: string[];
    live?: boolean;
    session?: string;
  } = {},
): LedgerRecord {
  return { kind: "guard", session, guard: owner, live, waiting };
}
