// @ts-check
/**
 * Words: every state, outcome, reason and policy that the page names, in one place. Pure functions.
 */

/** @typedef {import("./api.js").Answer} Answer */
/** @typedef {import("./api.js").SessionView} SessionView */
/**
 * @typedef {object} Result how the server answered a message
 * @property {string} state
 * @property {string} [reason]
 * @property {string} [detail]
 * @property {string} [reply]
 * @property {string} [mergedInto]
 * @property {boolean} [sessionGone]
 */

/** How an accepted message can end, with one plain sentence each. */
export const OUTCOMES = Object.freeze({
  completed: "The turn ran to its end.",
  failed: "The agent threw.",
  merged: "It ran inside another message's turn.",
  superseded: "A newer message replaced it.",
  cancelled: "It was stopped, ended or withdrawn.",
  expired: "It waited longer than allowed.",
  abandoned: "The turn ignored its cancel past the deadline.",
  interrupted: "The process died while it ran.",
});

/** The busy policies that the page offers, with what becomes of the message. */
export const POLICIES = Object.freeze({
  reject: "Refused at once",
  enqueue: "Its own turn, in order",
  interrupt: "Cancels the running turn, runs next",
  collect: "Joins your waiting message",
  steer: "Joins the turn if it can",
  rollback: "Cancels and forgets the turn",
});

/** @param {string} state */
export function isOutcome(state) {
  return Object.hasOwn(OUTCOMES, state);
}

/** True for a state that a message does not leave. An interrupted one may be run again.
 * @param {string} state */
export function isFinal(state) {
  return state === "rejected" || (isOutcome(state) && state !== "interrupted");
}

/** @param {number} n */
export function ordinal(n) {
  const tens = n % 100;
  if (tens >= 11 && tens <= 13) return `${n}th`;
  return `${n}${["th", "st", "nd", "rd"][n % 10] ?? "th"}`;
}

/** "1 message", "2 messages".
 * @param {number} n
 * @param {string} word */
export function count(n, word) {
  return `${n} ${word}${n === 1 ? "" : "s"}`;
}

/** @param {number} ms */
export function durationText(ms) {
  if (!(ms >= 0)) return "0 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The end of an id: ids that carry a time or a counter differ there, not at their beginning.
 * @param {string} id */
export function shortId(id) {
  return id.length <= 10 ? id : id.slice(-6);
}

/** What is left of a text in one line of at most `max` characters.
 * @param {string} text
 * @param {number} max */
export function excerpt(text, max) {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= max ? line : `${line.slice(0, Math.max(0, max - 1)).trimEnd()}…`;
}

/** Place in line of a waiting message: 1 is the next to run, 0 is not waiting.
 * @param {Pick<SessionView, "waiting">} view
 * @param {string} id */
export function placeInLine(view, id) {
  return view.waiting.findIndex((message) => message.id === id) + 1;
}

/** @param {number} place */
export function placeText(place) {
  return place <= 1 ? "next in line" : `${ordinal(place)} in line`;
}

/** True for the 503 of a server that takes no more work; one that still starts says so.
 * @param {Answer} answer */
export function isDraining(answer) {
  return answer.status === 503 && answer.body.reason !== "starting";
}

/**
 * What an answer to `POST /api/chat` says about the message.
 * @param {Answer} answer
 * @returns {Result}
 */
export function resultOf(answer) {
  const { status, body } = answer;
  const detail = typeof body.error === "string" ? body.error : undefined;
  /** @param {string} state @param {Partial<Result>} [more] @returns {Result} */
  const result = (state, more = {}) => ({ state, ...(detail && { detail }), ...more });

  if (status === 200) {
    /** @type {Partial<Result>} */
    const more = {};
    if (typeof body.response === "string") more.reply = body.response;
    if (typeof body.merged_into === "string") more.mergedInto = body.merged_into;
    return { state: isOutcome(body.outcome) ? body.outcome : "completed", ...more };
  }
  if (status === 0) return result("unanswered");
  if (status === 409) {
    // An accepted message whose session was ended has both an outcome and no session.
    const sessionGone = body.session_connected === false;
    if (isOutcome(body.outcome)) {
      if (body.outcome === "failed") return result("failed", { sessionGone });
      // The error only repeats the outcome; the cause says who took the message back.
      const cause = typeof body.cause === "string" ? { detail: body.cause } : {};
      return { state: body.outcome, sessionGone, ...cause };
    }
    if (body.in_flight) return result("rejected", { reason: "busy" });
    if (sessionGone) return result("rejected", { reason: "ended", sessionGone });
    return result("rejected");
  }
  if (status === 429) return result("rejected", { reason: "full" });
  if (isDraining(answer)) return result("rejected", { reason: "draining" });
  if (status === 400 || status === 413) return result("rejected", { reason: "invalid" });
  if (status < 500 || status === 503) return result("rejected");
  const type = typeof body.type === "string" && body.type !== "Error" ? body.type : "";
  if (!type) return result("failed");
  return result("failed", { detail: detail ? `${type}: ${detail}` : type });
}

/**
 * The line under a message.
 * @param {{ state: string, place?: number, messages?: number, reason?: string, detail?: string,
 *   startedAt?: number | null, endedAt?: number | null, stopping?: boolean }} message
 * @param {number} now
 */
export function stateText(message, now) {
  const { state, startedAt, endedAt, detail } = message;
  const tail = detail ? `: ${detail}` : "";
  if (state === "waiting") return `waiting, ${placeText(message.place ?? 1)}`;
  if (state === "running") {
    const merged = (message.messages ?? 1) > 1 ? `, ${message.messages} messages in one turn` : "";
    // Whole seconds: a figure that changes once a second is calm, tenths are not.
    const seconds = Math.max(0, Math.floor((now - (startedAt ?? now)) / 1000));
    const time = seconds < 60 ? `${seconds} s` : durationText(seconds * 1000);
    return `${message.stopping ? "stopping" : "running"}, ${time}${merged}`;
  }
  if (state === "completed") {
    if (startedAt == null || endedAt == null) return "completed";
    return `completed in ${durationText(endedAt - startedAt)}`;
  }
  if (state === "rejected") {
    const head = message.reason ? `rejected, ${message.reason}` : "rejected";
    return `${head}${tail}`;
  }
  if (state === "unanswered") return "no answer: its outcome is not known";
  return `${state}${tail}`;
}

/**
 * What `POST /api/stop` did, in words.
 * @param {Answer} answer
 */
export function stopText(answer) {
  if (answer.status !== 200) {
    return `Stop failed: ${answer.body.error ?? `the server answered ${answer.status}`}`;
  }
  const done = {
    none: "Nothing was running",
    settled: "Stopped: the turn settled",
    asked: "Stop asked: the turn has yet to settle",
    abandoned: "Stopped: the turn ignored its cancel and is abandoned",
  };
  const head = done[/** @type {keyof typeof done} */ (answer.body.running)] ?? "Stopped";
  const discarded = Number(answer.body.discarded ?? 0);
  return discarded > 0 ? `${head}; ${count(discarded, "waiting message")} discarded` : head;
}
