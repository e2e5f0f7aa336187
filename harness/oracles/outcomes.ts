import type { Ledger } from "../ledger.ts";
import {
  existing,
  type Facts,
  factsOf,
  type MessageFacts,
  type RunFacts,
  wasTaken,
} from "./_facts.ts";
import { busyRunOfFalseAck, isHungByCancel, wasNeverInLine } from "./_lost_message.ts";
import type { Breach, Oracle, Policies } from "./oracle.ts";

/**
 * `EXACTLY_ONE_OUTCOME`: broken by a second outcome, by one that nobody is owed, by a rejected message
 * that runs, by an accepted one that is dropped, and by an outcome that is not what happened:
 * `completed` without a run that ended, `failed` where nothing failed.
 *
 * One lost message has one headline. Nothing is owed yet, or another guarantee tells of it, if
 * - it still waits, as the last look shows: `NO_STRANDED_PENDING`;
 * - it never was in line though its session was at work when it was taken: `ACK_TRUTH`;
 * - its promise hangs since somebody asked to stop something: `FUTURE_SETTLES`;
 * - its session still has a guard, a run or a call of a port that never ended: `EVENTUALLY_IDLE`;
 * - the process died with it: `ACK_TRUTH`, if the host stores what it accepts.
 *
 * An `interrupted` message may have one more outcome, of the run that was made up for. Another
 * delivery of an event that ran is owed nothing of its own. Whether an outcome is what happened is
 * judged only where the record says what was asked.
 */
export const exactlyOneOutcome: Oracle = {
  promise: "every accepted message ends in exactly one way",
  needs: ["accepted"],
  judge(ledger, policies) {
    const facts = factsOf(ledger);
    for (const message of facts.messages) {
      const breach = countOutcomes(ledger, message) ?? missOutcome(ledger, message, policies);
      if (breach !== undefined) return breach;
    }
    if (!ledger.has("asked:send")) return undefined;
    for (const message of facts.messages) {
      if (message.outcome < 0) continue;
      if (message.status === "completed") {
        const breach = doubtCompleted(facts, message);
        if (breach !== undefined) return breach;
      } else if (message.status === "failed") {
        const breach = doubtFailed(ledger, message);
        if (breach !== undefined) return breach;
      }
    }
    return undefined;
  },
};

function countOutcomes(ledger: Ledger, message: MessageFacts): Breach | undefined {
  const { accepted, rejected, outcome, again, status, called } = message;
  if (again >= 0) {
    const second = ledger.records[again]!;
    const both = `${status} and ${second.kind === "outcome" ? second.status : ""}`;
    return { story: `${message} has two outcomes, ${both}`, at: again, also: [outcome] };
  }
  if (outcome >= 0 && (accepted < 0 || accepted > outcome)) {
    const how = rejected < 0 ? "unaccepted" : "though it was rejected";
    return { story: `${message} has an outcome ${how}`, at: outcome, also: existing(rejected) };
  }
  if (rejected >= 0 && called >= 0) {
    return { story: `${message} ran though it was rejected`, at: called, also: [rejected] };
  }
  return undefined;
}

function missOutcome(
  ledger: Ledger,
  message: MessageFacts,
  policies: Policies,
): Breach | undefined {
  const { accepted, rejected, outcome, called, run, left, session } = message;
  if (accepted < 0 || outcome >= 0 || rejected >= 0) return undefined;
  const facts = factsOf(ledger);
  if (run === undefined ? facts.crash > accepted : facts.crash > run.called) return undefined;
  if (session.isBusyAtEnd(policies) || session.waiting.includes(message.name)) return undefined;
  if (facts.twinOf(message, (twin) => twin.called >= 0)) return undefined;
  if (wasNeverInLine(ledger, message) || isHungByCancel(ledger, message)) return undefined;
  const story = `${message} has no outcome`;
  if (run !== undefined) return { story, at: run.settled, also: [called] };
  if (left >= 0) return { story, at: left, also: [message.arrived] };
  return { story, at: message.arrived, also: existing(message.asked >= 0 ? accepted : -1) };
}

function doubtCompleted(facts: Facts, message: MessageFacts): Breach | undefined {
  const { ended, outcome, run } = message;
  if (ended >= 0 && ended < outcome) return undefined;
  if (facts.twinOf(message, (twin) => twin.ended >= 0 && twin.ended < outcome)) return undefined;
  if (busyRunOfFalseAck(message) !== undefined) return undefined;
  const how = run === undefined || run.called > outcome
    ? "though no run had it"
    : run.isOpenAt(outcome)
    ? `before run ${run.number} had ended`
    : `though run ${run.number} did not end well`;
  return { story: `${message} is completed ${how}`, at: outcome, also: existing(message.called) };
}

function doubtFailed(ledger: Ledger, message: MessageFacts): Breach | undefined {
  const { outcome, threw, called } = message;
  if (threw >= 0 && threw < outcome) return undefined;
  if (!wasTaken(ledger, message) || hasExcuse(ledger, message)) return undefined;
  const how = called >= 0 && called < outcome ? "though its run did not" : "and never ran";
  return { story: `${message} failed ${how}`, at: outcome, also: existing(called) };
}

/** Whether something beside a run failed that can be the reason why a message did. */
function hasExcuse(ledger: Ledger, message: MessageFacts): boolean {
  const { name, session, outcome, asked } = message;
  const facts = factsOf(ledger);
  if (facts.twinOf(message, (twin) => twin.threw >= 0 && twin.threw < outcome)) return true;
  // Calls of the session's ports that had not returned when the message came: one that hangs.
  let hanging = 0;
  for (let at = 0; at < outcome; at++) {
    const record = ledger.records[at]!;
    const isHere = "session" in record &&
      (record.session === session.name || record.session === "");
    if (record.kind === "io" && isHere) {
      if (record.act === "fail") return true;
      if (at < asked) hanging += record.act === "begin" ? 1 : -1;
    }
    if (record.kind === "reply" && record.act === "fail" && record.message === name) return true;
    if (record.kind === "asked" && record.what === "disconnect" && isHere) return true;
    // A port that takes too long fails whoever waits for it, and whoever comes then.
    if (record.kind === "timer") return true;
    if (record.kind === "process" && record.act === "crash") return true;
    if (record.kind === "answered" && !record.ok) {
      const what = facts.op(record.op)?.record;
      const isOpening = what?.what === "create" || what?.what === "resume";
      if (isOpening && what.session === session.name) return true;
    }
  }
  return hanging > 0;
}

/**
 * `ACK_TRUTH`: broken by a host that takes a message on and then refuses it; or that took it on while
 * its session was at work, and did not put it in line: no look shows it there, and no run had it. A
 * host that does not show its lines is only caught when it calls such a message `completed` while the
 * run goes on that was there before it.
 *
 * With the policy `durable` a message is on disk before it is accepted, and one that was accepted when
 * the process died runs, or has an outcome, after the process came back.
 *
 * What was in line and then vanished, and what came when no run was going on, is not here but in
 * `EXACTLY_ONE_OUTCOME`.
 */
export const ackTruth: Oracle = {
  promise: "an accepted message has its place in line, on disk where the host says so",
  needs: ["accepted"],
  judge(ledger, policies) {
    const facts = factsOf(ledger);
    for (const message of facts.messages) {
      const { accepted, rejected, stored, asked } = message;
      if (accepted < 0) continue;
      if (rejected > accepted) {
        return {
          story: `${message} was accepted and then rejected`,
          at: rejected,
          also: [accepted],
        };
      }
      const run = wasNeverInLine(ledger, message) ?? busyRunOfFalseAck(message);
      if (run !== undefined && !isHungByCancel(ledger, message)) {
        const story = `${message} was accepted while ${run} was going on, and was never in line`;
        return { story, at: accepted, also: [run.called] };
      }
      if (policies.durable !== true || !wasTaken(ledger, message)) continue;
      if (stored < 0 || stored > accepted) {
        const story = `${message} was accepted before it was on disk`;
        return { story, at: accepted, also: existing(asked, stored) };
      }
      const lost = loseInCrash(facts, message, policies);
      if (lost !== undefined) return lost;
    }
    return undefined;
  },
};

function loseInCrash(facts: Facts, message: MessageFacts, policies: Policies): Breach | undefined {
  const { accepted, outcome, outcomeStored, run, session, name } = message;
  const { crash, start } = facts;
  if (start < crash || crash < accepted || outcome >= 0) return undefined;
  if (outcomeStored >= 0 && outcomeStored < crash) return undefined;
  if (run !== undefined && run.called > start) return undefined;
  if (session.isBusyAtEnd(policies) || session.waiting.includes(name)) return undefined;
  const story = `${message} was accepted before the process died, and forgotten when it came back`;
  return { story, at: start, also: [accepted, crash] };
}

/**
 * `MERGE_LOSSLESS`: broken by a run on messages of two senders, those that it took while it went on among
 * them, and by a message that is `merged` but was not in the run of the message it was merged into.
 */
export const mergeLossless: Oracle = {
  promise: "what is merged is merged whole, and never with what another sender wrote",
  needs: ["asked:send", "run"],
  judge(ledger) {
    const facts = factsOf(ledger);
    for (const run of facts.runs) {
      const isOne = run.messages.length === 1 && run.taken.length === 0;
      const breach = isOne ? undefined : mixSenders(run);
      if (breach !== undefined) return breach;
    }
    for (const message of facts.messages) {
      const breach = message.status === "merged" ? loseInMerge(ledger, message) : undefined;
      if (breach !== undefined) return breach;
    }
    return undefined;
  },
};

function mixSenders(run: RunFacts): Breach | undefined {
  const all = [...run.messages, ...run.taken];
  const first = all.find(({ sender }) => sender !== undefined);
  for (const message of all) {
    if (message.sender === undefined || message.sender === first?.sender) continue;
    const story = `${run} joins what "${first?.sender}" and "${message.sender}" wrote`;
    const at = message.taker === run ? message.taken : run.called;
    return { story, at, also: existing(first?.asked ?? -1, message.asked) };
  }
  return undefined;
}

function loseInMerge(ledger: Ledger, message: MessageFacts): Breach | undefined {
  const { outcome, session, called } = message;
  const record = ledger.records[outcome]!;
  const by = record.kind === "outcome" ? record.by : undefined;
  const into = by === undefined ? undefined : factsOf(ledger).find(session.name, by);
  for (const { called, messages, taken } of session.runs) {
    const isTaken = taken.includes(message) && message.taken < outcome;
    const isJoined = messages.length > 1 && messages.includes(message);
    if (called > outcome || !(isTaken || isJoined)) continue;
    if (by === undefined || (into !== undefined && messages.includes(into))) return undefined;
  }
  const where = by === undefined ? "another" : `message "${by}"`;
  const story = `${message} is merged into ${where}, whose run did not have it`;
  return { story, at: outcome, also: existing(into?.called ?? -1, called) };
}
