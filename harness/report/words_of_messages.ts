import type { RecordOf } from "../ledger_record.ts";
import { durationOf, nameOf } from "./format.ts";
import { ofSession, sessionName, type WordsContext } from "./words_context.ts";

const POLICIES: Readonly<Record<string, string>> = {
  interrupt: ", to interrupt the turn that runs",
  supersede: ", to replace what waits",
  collect: ", to join what waits",
  reject: ", to be refused if the session is busy",
  steer: ", to steer the turn that runs",
  rollback: ", to interrupt the turn that runs and have it forgotten",
  enqueue: "",
};

/** What somebody asks of the host. */
export function askedWords(record: RecordOf<"asked">, context: WordsContext): string {
  const { what, session, message = "a message", deadlineMs } = record;
  const whose = ofSession(session, context);
  const within = deadlineMs === undefined ? "" : `, within ${durationOf(deadlineMs)}`;
  switch (what) {
    case "send": {
      const { policy = "enqueue", sender, event } = record;
      const to = session === "" || context.isOneSession ? "" : ` to session ${nameOf(session)}`;
      const from = sender === undefined ? "" : ` for sender ${nameOf(sender)}`;
      const as = event === undefined ? "" : `, as event ${nameOf(event)}`;
      const how = POLICIES[policy] ?? `, with the policy ${nameOf(policy)}`;
      return `The caller sends ${nameOf(message)}${to}${from}${as}${how}.`;
    }
    case "withdraw":
      return record.message === undefined
        ? `The caller does not want ${sessionName(session, context)} any more.`
        : `The caller takes ${nameOf(message)}${whose} back.`;
    case "stop": {
      const { level, queued } = record;
      const how = level === undefined
        ? "a stop"
        : level === "graceful"
        ? "a graceful stop"
        : "a stop at once";
      const rest = queued === undefined
        ? ""
        : `; what waits is to be ${queued === "keep" ? "kept" : "dropped"}`;
      return `The caller asks for ${how}${whose}${within}${rest}.`;
    }
    case "end":
      return `The caller asks to end ${sessionName(session, context)} for good${within}.`;
    case "create":
      return `The caller asks for a new session, ${nameOf(session)}.`;
    case "resume":
      return `The caller asks to resume ${sessionName(session, context)}${
        record.revive ? ", though it was ended" : ""
      }.`;
    case "disconnect":
      return `The agent's side${whose} is lost, as when its process dies.`;
    case "shutdown":
      return `The whole host is told to shut down${within}.`;
    case "advance":
      return "The clock moves on.";
    case "crash":
      return "The process of the host is killed.";
  }
}

/** What came back to whoever asked. */
export function answeredWords(record: RecordOf<"answered">, { asked }: WordsContext): string {
  const what = asked === undefined
    ? `operation ${record.op + 1}`
    : `the ${asked.what}${asked.message === undefined ? "" : ` of ${nameOf(asked.message)}`}`;
  const detail = record.detail === undefined || record.detail === "undefined"
    ? ""
    : `: ${nameOf(record.detail)}`;
  const up = record.abandoned ? " It says that it gave something up." : "";
  return record.ok
    ? `The caller gets the answer to ${what}${detail}.${up}`
    : `The caller gets an error for ${what}${detail}.${up}`;
}

const ENDINGS: Readonly<Record<string, string>> = {
  failed: "the agent failed on it",
  cancelled: "it was stopped or taken back",
  expired: "it waited longer than allowed",
  abandoned: "its turn ignored the stop and is not waited for any more",
  interrupted: "the process died",
};

/** How a message ended. */
export function outcomeWords(record: RecordOf<"outcome">, context: WordsContext): string {
  const { message, session, status, by, cause, replyOf, replySession } = record;
  const parts: string[] = [];
  const ending = ENDINGS[status];
  if (ending !== undefined) parts.push(ending);
  if (by !== undefined) {
    parts.push(
      status === "merged" ? `it ran in the turn of ${nameOf(by)}` : `because of ${nameOf(by)}`,
    );
  }
  if (cause !== undefined) parts.push(nameOf(cause));
  if (replyOf !== undefined) {
    const from = replySession === undefined || replySession === session
      ? ""
      : ` of session ${nameOf(replySession)}`;
    parts.push(`with the reply of run ${replyOf}${from}`);
  }
  const more = parts.length === 0 ? "" : ` (${parts.join("; ")})`;
  return `The outcome of ${nameOf(message)}${ofSession(session, context)} is ${
    nameOf(status)
  }${more}.`;
}

/** The way of a reply. */
export function replyWords(record: RecordOf<"reply">, context: WordsContext): string {
  const { message, session, act, run, from } = record;
  const elsewhere = from === "" || from === session ? "" : `, which is of session ${nameOf(from)}`;
  const source = run === 0 ? "which no run gave" : `from run ${run}${elsewhere}`;
  const verb = { begin: "sets out", end: "is delivered", fail: "can not be delivered" }[act];
  return `The reply to ${nameOf(message)}${ofSession(session, context)}, ${source}, ${verb}.`;
}
