import type { LedgerRecord, RecordKind, RecordOf } from "../ledger_record.ts";
import { countOf, durationOf, listOf, nameOf, plural } from "./format.ts";
import { rawLineOf } from "./plain.ts";
import {
  capital,
  type GuardSeen,
  ofSession,
  openNames,
  type WordsContext,
} from "./words_context.ts";
import { answeredWords, askedWords, outcomeWords, replyWords } from "./words_of_messages.ts";

type Words<K extends RecordKind> = (record: RecordOf<K>, context: WordsContext) => string;

/**
 * What a record says, as one plain sentence (two, where one would be long) for somebody who never saw
 * the project.
 *
 * When to use: wherever a record is shown to a person. With a context the sentence also says what is
 * remarkable about it: that another run still goes on, who had the guard before. What comes from the
 * host is made `visible`, not escaped.
 */
export function wordsOf(record: LedgerRecord, context: WordsContext = {}): string {
  const words = WORDS[record.kind] as Words<RecordKind> | undefined;
  return words === undefined ? rawLineOf(record) : words(record, context);
}

const WORDS: { readonly [K in RecordKind]: Words<K> } = {
  asked: askedWords,
  answered: answeredWords,
  accepted: ({ message, session }, context) =>
    `The host accepts ${nameOf(message)}${ofSession(session, context)}.`,
  rejected: ({ message, session, reason }, context) =>
    `The host refuses ${nameOf(message)}${ofSession(session, context)}: ${nameOf(reason)}.`,
  run: runWords,
  cancel: ({ run, session, level }, context) =>
    run === 0
      ? `The host asks the agent${ofSession(session, context)} to stop ${
        HOW[level]
      }, but nothing runs.`
      : `The host asks the agent itself to stop run ${run} ${HOW[level]}.`,
  steer: ({ run, message, session, act }, context) => {
    const name = nameOf(message);
    if (run === 0) {
      return act === "offer"
        ? `The host offers ${name} to the agent${ofSession(session, context)}, but nothing runs.`
        : `So ${name} is not taken.`;
    }
    if (act === "offer") return `The host offers ${name} to run ${run}.`;
    return act === "take"
      ? `Run ${run} takes ${name}: it answers that, too.`
      : `Run ${run} does not take ${name}.`;
  },
  rollback: ({ run, message, act }) => {
    const what = run === 0 ? `${nameOf(message)}, which never ran` : `run ${run}`;
    return act === "begin"
      ? `The host has the agent forget what it has of ${what}.`
      : `The agent has forgotten ${what}.`;
  },
  outcome: outcomeWords,
  reply: replyWords,
  guard: guardWords,
  claim: ({ by, act, key, token }) => {
    const which = token === undefined ? "" : ` (claim ${token})`;
    const verb = { check: "looks whether somebody has", claim: "claims", release: "releases" }[act];
    return `${nameOf(by)} ${verb} ${nameOf(key)}${which}.`;
  },
  lock: ({ by, act, key }) => {
    const verb = { wait: "waits for", hold: "gets", release: "releases", drop: "forgets" }[act];
    return `${nameOf(by)} ${verb} the lock ${nameOf(key)}.`;
  },
  io: ({ port, session, call, act, gone, by }, context) => {
    const whose = session === "" || context.isOneSession ? "" : ` for session ${nameOf(session)}`;
    if (act === "begin") {
      const who = by === undefined ? "The host" : nameOf(by);
      return `${who} calls ${nameOf(port)}${whose} (call ${call}) and waits.`;
    }
    const how = act === "end" ? "is done" : gone ? "fails: the session is gone for good" : "fails";
    return `Call ${call} of ${nameOf(port)}${whose} ${how}.`;
  },
  handle: ({ session, handle, act }, context) =>
    `The agent's side${ofSession(session, context)} is ${
      act === "open" ? "opened" : "closed"
    } (handle ${handle}).`,
  binding: ({ client, session, about }) => {
    const where = session === undefined
      ? `Client ${nameOf(client)} has no session any more`
      : `The next message of client ${nameOf(client)} goes to session ${nameOf(session)}`;
    return about === undefined
      ? `${where}.`
      : `${where}, because of what session ${nameOf(about)} answered.`;
  },
  event: ({ event, act, deadlineMs }) => {
    if (act === "ack") return `The host acknowledges event ${nameOf(event)}.`;
    const until = deadlineMs === undefined
      ? ""
      : `, to be acknowledged within ${durationOf(deadlineMs)}`;
    return `Event ${nameOf(event)} is delivered${until}.`;
  },
  context: ({ session, how, workingDir, project, transcript }) =>
    `Session ${nameOf(session)} is there after a ${how}: directory ${nameOf(workingDir)}, project ${
      nameOf(project)
    }, ${plural(transcript.length, "line")} of transcript.`,
  cwd: ({ dir, session }) =>
    `Session ${nameOf(session)} moves the whole process to the directory ${nameOf(dir)}.`,
  stored: ({ message, session, what }, context) =>
    `${what === "message" ? "" : "The outcome of "}${nameOf(message)}${
      ofSession(session, context)
    } is on disk.`,
  timer: ({ timer }) => `Timer ${timer} fires.`,
  phase: ({ phase }) => `Shutdown: ${PHASES[phase]}.`,
  process: ({ act }) =>
    act === "crash" ? "The process of the host dies." : "The process of the host starts.",
  measure: ({ lane, name, n, value, limit }) => {
    const over = limit === undefined
      ? ""
      : `, ${value > limit ? "over" : "within"} the limit of ${countOf(limit)}`;
    return `Measured at point ${countOf(n)}: ${lane} of ${nameOf(name)} ${countOf(value)}${over}.`;
  },
  rest: ({ held }) => {
    const left = Object.entries(held).filter(([, count]) => count !== 0)
      .map(([name, count]) => `${nameOf(name)}: ${countOf(count)}`);
    return left.length === 0
      ? "Nothing more can happen. The host holds nothing any more."
      : `Nothing more can happen, and the host still holds ${left.join(", ")}.`;
  },
};

const HOW: Readonly<Record<string, string>> = { graceful: "gracefully", immediate: "at once" };

const PHASES: Readonly<Record<RecordOf<"phase">["phase"], string>> = {
  intake: "nothing new is taken in",
  turns: "the turns are over",
  agents: "the agents have ended",
  journal: "the journal is written",
  transports: "the transports are closed",
};

function runWords(record: RecordOf<"run">, context: WordsContext): string {
  const { run, act, guard } = record;
  const messages = messagesOf(record);
  const bare = context.hasProbe && (guard === undefined || guard === null)
    ? " Nobody has the guard."
    : "";
  switch (act) {
    case "call": {
      const whose = ofSession(record.session, context);
      const call = `The host calls the agent for ${messages}${whose}`;
      const others = openNames(context);
      return others === ""
        ? `${call}: run ${run} begins.${bare}`
        : `${call} while ${others} still going: run ${run} begins beside it.${bare}`;
    }
    case "start":
      return `The agent of run ${run} has come up.${bare}`;
    case "step":
      return `Run ${run} works on ${messages}.${bare}`;
    case "end":
      return `Run ${run} ends: the agent is done with ${messages}.${bare}`;
    case "throw":
      return `Run ${run} ends with an error: the agent fails on ${messages}.${bare}`;
    case "abort":
      return `The signal of run ${run} is aborted: it is asked to stop.${bare}`;
    case "settle":
      return `Run ${run} stops, as it was asked to.${bare}`;
    case "ignore":
      return `Run ${run} takes no notice of the abort and goes on.${bare}`;
  }
}

function guardWords(record: RecordOf<"guard">, context: WordsContext): string {
  const { session, live, waiting } = record;
  const owner = record.guard === undefined || record.guard === null ? undefined : "somebody";
  const now = context.guard ?? { owner, live, waiting };
  const { before } = context;
  const guard = `the guard${ofSession(session, context)}`;
  const line = waitingWords(now, before);
  if (now.owner !== undefined && !now.live) {
    return `${
      capital(guard)
    } belongs to ${now.owner}, which is dead: nobody will let go of it.${line}`;
  }
  if (now.owner === undefined) {
    if (before?.owner === undefined) return `Nobody has ${guard}.${line}`;
    const others = openNames(context);
    return others === ""
      ? `${capital(guard)} is let go.${line}`
      : `${capital(guard)} is let go while ${others} still going.${line}`;
  }
  if (before?.owner === undefined) return `${capital(now.owner)} has ${guard}.${line}`;
  if (before.owner !== now.owner) {
    return `${capital(guard)} passes from ${before.owner} to ${now.owner}.${line}`;
  }
  return line === "" ? `${capital(now.owner)} still has ${guard}.` : line.slice(1);
}

function waitingWords(now: GuardSeen, before: GuardSeen | undefined): string {
  const earlier = before?.waiting ?? [];
  if (now.waiting.length === 0) return earlier.length === 0 ? "" : " Nothing waits any more.";
  if (now.waiting.join("\n") === earlier.join("\n") && now.owner !== undefined) return "";
  const names = listOf(now.waiting.map(nameOf));
  const verb = now.waiting.length === 1 ? "waits" : "wait";
  const still = now.waiting.every((message) => earlier.includes(message)) ? "still " : "";
  const gone = earlier.filter((message) => !now.waiting.includes(message));
  const without = gone.length === 0 ? "" : `, ${listOf(gone.map(nameOf))} no more`;
  return ` ${capital(names)} ${still}${verb}${without}.`;
}

/** The messages of a run, as a list. */
function messagesOf(record: RecordOf<"run">): string {
  return listOf((record.messages ?? [record.message]).map(nameOf));
}
