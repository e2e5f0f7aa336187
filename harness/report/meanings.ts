import type { LedgerRecord, RecordKind } from "../ledger_record.ts";

/** What lies behind the sentence of `wordsOf`, for somebody who meets the words for the first time. */
export function meaningOf(record: LedgerRecord): string {
  if (record.kind === "run") return RUN_MEANINGS[record.act] ?? RUN_MEANINGS["call"]!;
  return MEANINGS[record.kind] ?? "";
}

const RUN = "A run is one turn of the agent on a session.";
const SETTLED = "The run has settled. Only now another one may begin on this session.";
const ASKED =
  "To ask is not to be done: until the run settles it goes on, and may still change things.";

const RUN_MEANINGS: Readonly<Record<string, string>> = {
  call:
    `${RUN} It lasts until the agent has settled, and until then no other may begin on this session.`,
  start: RUN,
  step: `${RUN} This is a piece of its work.`,
  end: SETTLED,
  throw: SETTLED,
  settle: SETTLED,
  abort: ASKED,
  ignore: ASKED,
};

const MEANINGS: Readonly<Record<Exclude<RecordKind, "run">, string>> = {
  asked:
    "Somebody outside asks something of the host. The lines below say what the host makes of it.",
  answered: "Whoever asked was given a promise, and this promise has settled.",
  accepted: "From now on the host owes this message exactly one outcome.",
  rejected: "A message that is refused at once is owed nothing more.",
  cancel: "The host goes to the agent itself, beside aborting the signal of the run.",
  steer:
    "Until the run takes it the message waits; from then on it runs inside that run and nowhere else.",
  rollback:
    "What an interrupted run left must be gone before the message that was to roll it back runs.",
  outcome: "The outcome is how a message ended. Each accepted message gets exactly one.",
  reply: "Delivering a reply takes time and may fail. The turn is not over before it is done.",
  guard:
    "The guard of a session is the exclusive right to run the agent on it. Whoever owns it must keep it until the run has settled; a message that comes meanwhile waits.",
  claim: "The host reports that somebody takes something for itself alone, or gives it back.",
  lock: "The host reports what becomes of a lock: who waits for it, holds it, gives it back.",
  io: "A call that takes time. Anything else may happen before it is done.",
  handle: "The agent's side of a session: what has been opened must be closed when nobody uses it.",
  binding: "The host remembers for each client to which session its next message goes.",
  event: "A transport delivers an event again if it is not acknowledged in time.",
  context: "What a session is after it was made or resumed. A resume must bring it back unchanged.",
  cwd: "The working directory is one for the whole process, so this changes it for every session.",
  stored: "What is on disk is still there after a crash.",
  timer:
    "Time stands still in a simulation until nothing else happens; then it jumps to the next timer.",
  phase: "A shutdown has an order: each phase must be over before the next one is.",
  process: "Whatever was not on disk is lost, and no run goes on.",
  measure: "Measured again and again to see whether it grows with the length of the story.",
  rest: "At rest a host that leaks nothing holds nothing: no guard, no task, no timer, no lock.",
};
