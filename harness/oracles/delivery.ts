import type { Ledger } from "../ledger.ts";
import {
  existing,
  type Facts,
  factsOf,
  hasRested,
  type MessageFacts,
  type RunFacts,
} from "./_facts.ts";
import type { Breach, Oracle, Policies } from "./oracle.ts";

/**
 * `DEDUPE_SOUND`: broken by a second run of one event that ended well. A run ended well if it ended
 * and none of its messages has another outcome than `completed` or `merged`. What a process did and
 * did not write down before it died may be done again.
 */
export const dedupeSound: Oracle = {
  promise: "one event has at most one run that succeeds",
  needs: ["event", "run"],
  judge(ledger) {
    const facts = factsOf(ledger);
    const done = new Map<string, RunFacts>();
    for (const run of facts.runs) {
      for (const message of run.messages) {
        if (message.event === undefined || !endedWell(run)) continue;
        const first = done.get(message.event);
        if (first === run || (first !== undefined && isForgotten(facts, first, run))) continue;
        if (first !== undefined) {
          const story = `${run} did event "${message.event}" again, which ${first} had done`;
          return { story, at: run.called, also: [first.settled] };
        }
        done.set(message.event, run);
      }
    }
    return undefined;
  },
};

function endedWell({ how, messages }: RunFacts): boolean {
  if (how !== "end") return false;
  return messages.every(({ status }) =>
    status === "" || status === "completed" || status === "merged"
  );
}

/** Whether the process died between the two, with nothing on disk that says that the first is over. */
function isForgotten({ crashes }: Facts, first: RunFacts, second: RunFacts): boolean {
  const crash = crashes.find((at) => at > first.settled && at < second.called);
  if (crash === undefined) return false;
  return first.messages.every(({ outcomeOnDisk }) => outcomeOnDisk < 0 || outcomeOnDisk > crash);
}

/**
 * `FAILURE_RETRYABLE`: broken when an event whose run failed is delivered again, and is not run again:
 * it is refused, ignored, or gets an outcome without a run. Judged from the outcome `failed` on, and
 * only if no other run of the event has succeeded or is still to come.
 *
 * Whoever delivers may be told `busy`, `full`, `draining` or `ended`, and what waits may be cancelled,
 * superseded or expire: that is no reason to hold a failure against an event.
 */
export const failureRetryable: Oracle = {
  promise: "a failed run does not keep its event from being run again",
  needs: ["event", "run"],
  takes: {
    judgeable: (ledger) => hasRetry(factsOf(ledger)),
    lack: "no schedule delivered an event again whose run had failed",
  },
  judge(ledger, policies) {
    const facts = factsOf(ledger);
    for (const message of facts.messages) {
      if (message.event === undefined || message.called >= 0) continue;
      const failed = failedBefore(facts, message);
      if (failed === undefined || hasReason(ledger, message, policies)) continue;
      const { rejected, outcome, asked } = message;
      const how = rejected >= 0 ? "was rejected" : outcome >= 0 ? "never ran" : "was ignored";
      const story = `${message} ${how}: it delivered event "${message.event}" again, which had ` +
        `failed in ${failed.run}`;
      const at = rejected >= 0 ? rejected : outcome >= 0 ? outcome : asked;
      return { story, at, also: existing(failed.outcome, at === asked ? -1 : asked) };
    }
    return undefined;
  },
};

/** Whether an event came again whose run had failed. */
function hasRetry(facts: Facts): boolean {
  return facts.messages.some((message) =>
    message.event !== undefined && failedBefore(facts, message) !== undefined
  );
}

/** The delivery that failed, if that is all that is known of the event when this one comes. */
function failedBefore(facts: Facts, message: MessageFacts): MessageFacts | undefined {
  let failed: MessageFacts | undefined;
  for (const twin of facts.messages) {
    if (twin.event !== message.event || twin === message || twin.asked > message.asked) continue;
    const isOver = twin.outcome >= 0 && twin.outcome < message.asked;
    if (!isOver) {
      // Its turn may be still to come; one that was refused has none.
      if (twin.rejected < 0) return undefined;
    } else if (twin.ended >= 0 && twin.status !== "failed") return undefined;
    else if (twin.status === "failed" && twin.threw >= 0) failed = twin;
  }
  return failed;
}

const REFUSALS: ReadonlySet<string> = new Set(["busy", "full", "draining", "ended"]);
const UNRUN: ReadonlySet<string> = new Set([
  "cancelled",
  "superseded",
  "expired",
  "interrupted",
  "abandoned",
]);

function hasReason(ledger: Ledger, message: MessageFacts, policies: Policies): boolean {
  const { rejected, status, asked, session, name } = message;
  const facts = factsOf(ledger);
  if (rejected >= 0) {
    const record = ledger.records[rejected]!;
    return record.kind === "rejected" && REFUSALS.has(record.reason);
  }
  if (UNRUN.has(status) || facts.crash > asked) return true;
  if (facts.twinOf(message, (twin) => twin.called > asked)) return true;
  // What is left waiting is stranded, which is another story.
  return status === "" && (session.isBusyAtEnd(policies) || session.waiting.includes(name));
}

/**
 * `ACK_BEFORE_DEADLINE`: broken when an event with a deadline is not acknowledged, or later than that;
 * and when an acknowledgement waits for the end of a run, its own or another's: it comes with that
 * end, though the world had come to rest between the arrival and the end.
 *
 * An event without a deadline need not be acknowledged.
 */
export const ackBeforeDeadline: Oracle = {
  promise: "a transport is answered in time, and does not wait for the agent",
  needs: ["event"],
  judge(ledger) {
    const { records } = ledger;
    for (let at = 0; at < records.length; at++) {
      const record = records[at]!;
      if (record.kind !== "event" || record.act !== "arrive") continue;
      const breach = ackLate(ledger, at, { event: record.event, deadlineMs: record.deadlineMs });
      if (breach !== undefined) return breach;
    }
    return undefined;
  },
};

function ackLate(
  ledger: Ledger,
  arrived: number,
  { event, deadlineMs }: { event: string; deadlineMs: number | undefined },
): Breach | undefined {
  const facts = factsOf(ledger);
  const { records } = ledger;
  let acked = arrived + 1;
  for (; acked < records.length; acked++) {
    const record = records[acked]!;
    if (record.kind === "process" && record.act === "crash") return undefined;
    if (record.kind === "event" && record.act === "ack" && record.event === event) break;
  }
  if (acked === records.length) {
    if (deadlineMs === undefined || facts.rest < 0) return undefined;
    return { story: `event "${event}" was never acknowledged`, at: arrived };
  }
  for (const run of facts.runs) {
    const { settled } = run;
    if (settled < arrived || settled > acked) continue;
    if (!hasRested(ledger, arrived, settled) || hasRested(ledger, settled, acked)) continue;
    const story = `event "${event}" was only acknowledged when ${run} was over`;
    return { story, at: acked, also: [arrived, settled] };
  }
  const ms = ledger.msOf(acked) - ledger.msOf(arrived);
  if (deadlineMs === undefined || ms <= deadlineMs) return undefined;
  const story =
    `event "${event}" was acknowledged after ${ms} ms, which is more than ${deadlineMs}`;
  return { story, at: acked, also: [arrived] };
}
