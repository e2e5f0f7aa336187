// @ts-check
/**
 * What the chat knows: one entry a message, in the order of sending, with its state and its reply.
 * Three sources feed it: answers to the page's own requests, views of the session from the event
 * stream, and the transcript. Whatever comes first counts; an outcome is never taken back.
 * No DOM, no clock, bounded.
 */
import { isFinal } from "./labels.js";

/** @typedef {import("./api.js").SessionView} SessionView */
/** @typedef {import("./api.js").TranscriptEntry} TranscriptEntry */
/** @typedef {import("./labels.js").Result} Result */
/**
 * @typedef {object} Message
 * @property {string} id
 * @property {string[]} texts more than one when the transcript merged several into one turn
 * @property {string} state "told" (known from the transcript alone) | "sending" | "waiting" |
 *   "running" | "rejected" | "unanswered" | an outcome
 * @property {string} [policy]
 * @property {number} place
 * @property {number} messages
 * @property {boolean} stopping
 * @property {string} [reason]
 * @property {string} [detail]
 * @property {string} [mergedInto]
 * @property {boolean} excerpt `texts` come from a view, which may have cut them
 * @property {string} reply
 * @property {boolean} replyWhole the reply is known to be complete
 * @property {string[]} notes
 * @property {number | null} startedAt
 * @property {number | null} endedAt
 */

export const MESSAGES_MAX = 300;

/** @param {string} id @param {Partial<Message>} [known] @returns {Message} */
function newMessage(id, known = {}) {
  return {
    id,
    texts: [],
    state: "told",
    place: 0,
    messages: 1,
    stopping: false,
    excerpt: false,
    reply: "",
    replyWhole: false,
    notes: [],
    startedAt: null,
    endedAt: null,
    ...known,
  };
}

/** The messages of a turn. @param {SessionView["running"] | undefined} running @returns {string[]} */
function idsOf(running) {
  return running ? running.message_ids ?? [running.id] : [];
}

export class ChatModel {
  /** In order of sending. @type {Map<string, Message>} */
  #messages = new Map();

  /** @returns {Message[]} */
  get messages() {
    return [...this.#messages.values()];
  }

  /** @param {string} id */
  get(id) {
    return this.#messages.get(id);
  }

  clear() {
    this.#messages.clear();
  }

  /** @param {string} id */
  remove(id) {
    this.#messages.delete(id);
  }

  /**
   * A message the page is about to send.
   * @param {string} id
   * @param {string} text
   * @param {string} policy
   */
  send(id, text, policy) {
    return this.#add(newMessage(id, { texts: [text], policy, state: "sending" }));
  }

  /**
   * The server's answer to a message.
   * @param {string} id
   * @param {Result} result
   */
  settle(id, result) {
    const message = this.#messages.get(id);
    if (!message) return undefined;
    const settled = isFinal(message.state);
    // No answer is no outcome: the event stream may know more, or come to know it.
    if (result.state === "unanswered" && message.state !== "sending") return message;
    if (!settled) message.state = result.state;
    if (message.state === result.state) {
      if (result.detail !== undefined) message.detail = result.detail;
      if (result.reason !== undefined) message.reason = result.reason;
      if (result.mergedInto !== undefined) message.mergedInto = result.mergedInto;
      // The reply of a merged message belongs to the turn that it ran in.
      if (result.reply !== undefined && result.state !== "merged") {
        message.reply = result.reply;
        message.replyWhole = true;
      }
    }
    return message;
  }

  /**
   * A view of the client's own session.
   * @param {SessionView} view
   * @returns {Message[]} the messages that changed or are new
   */
  applyView(view) {
    /** @type {Set<Message>} */
    const changed = new Set();
    const { running } = view;
    for (const outcome of view.outcomes) {
      const message = this.#messages.get(outcome.id);
      if (!message) continue;
      message.startedAt = outcome.started_at;
      message.endedAt = outcome.ended_at;
      // One that runs again, after it was interrupted, gets its state back below.
      if (!isFinal(message.state)) message.state = outcome.status;
      changed.add(message);
    }
    if (running) {
      this.#seen(running.id, running.text);
      for (const id of idsOf(running)) {
        const message = this.#messages.get(id);
        if (!message || isFinal(message.state)) continue;
        message.state = "running";
        message.stopping = view.state === "stopping";
        message.startedAt = running.started_at;
        message.messages = running.messages;
        if (id !== running.id) message.mergedInto = running.id;
        changed.add(message);
      }
    }
    view.waiting.forEach((waiting, index) => {
      const message = this.#seen(waiting.id, waiting.text);
      if (!message || isFinal(message.state)) return;
      message.state = "waiting";
      message.place = index + 1;
      message.policy ??= waiting.policy ?? "";
      changed.add(message);
    });
    return [...changed];
  }

  /**
   * Marks messages that the session's view knows nothing of, as after a crash without a journal.
   * @param {SessionView | undefined} view
   * @returns {Message[]} the messages that changed
   */
  missing(view) {
    const known = new Set([...view?.waiting ?? [], ...view?.outcomes ?? []].map(({ id }) => id));
    for (const id of idsOf(view?.running)) known.add(id);
    const lost = this.messages.filter(({ id, state }) =>
      (state === "waiting" || state === "running") && !known.has(id)
    );
    for (const message of lost) message.state = "unanswered";
    return lost;
  }

  /**
   * A piece of a streamed reply.
   * @param {string} turn
   * @param {string} text
   */
  appendReply(turn, text) {
    const message = this.#messages.get(turn) ?? this.running;
    // After the whole reply is known, a late piece is already in it.
    if (!message || message.replyWhole) return undefined;
    message.reply += text;
    return message;
  }

  /** The message whose turn runs now. */
  get running() {
    return this.messages.findLast(({ state, mergedInto }) => state === "running" && !mergedInto);
  }

  /** Messages of this session that have no outcome yet. */
  get open() {
    return this.messages.filter((message) =>
      ["sending", "waiting", "running", "unanswered"].includes(message.state)
    );
  }

  /**
   * Takes in the transcript: adds turns that are not known and completes replies that are.
   * @param {TranscriptEntry[]} entries
   * @returns {Message[]} the messages that changed or are new
   */
  fill(entries) {
    /** @type {Map<string, TranscriptEntry[]>} */
    const turns = new Map();
    for (const entry of entries) {
      const turn = String(entry.turn);
      turns.set(turn, [...(turns.get(turn) ?? []), entry]);
    }
    const texts = (/** @type {TranscriptEntry[]} */ list, /** @type {string} */ role) =>
      list.filter((entry) => entry.role === role).map((entry) => entry.text);
    const changed = [];
    for (const [turn, list] of turns) {
      const message = this.#messages.get(turn) ??
        this.#add(newMessage(turn, { texts: texts(list, "user") }));
      if (message.excerpt) {
        message.texts = texts(list, "user");
        message.excerpt = false;
      }
      const reply = texts(list, "agent").join("\n\n");
      const running = ["sending", "waiting", "running"].includes(message.state);
      if (!running && reply.length >= message.reply.length) {
        message.reply = reply;
        message.replyWhole = true;
      }
      // The outcome was missed, but the turn is told: say no more than that.
      if (message.state === "unanswered" && reply) message.state = "told";
      message.notes = texts(list, "note");
      changed.push(message);
    }
    return changed;
  }

  /**
   * A message named by a view: known, or new here because another tab sent it or the page was
   * loaded again.
   * @param {string} id
   * @param {string | null} text
   */
  #seen(id, text) {
    const known = this.#messages.get(id);
    if (known || text === null) return known;
    return this.#add(newMessage(id, { texts: [text], excerpt: true }));
  }

  /** @param {Message} message */
  #add(message) {
    this.#messages.set(message.id, message);
    for (const old of this.#messages.values()) {
      if (this.#messages.size <= MESSAGES_MAX) break;
      if (old.state === "told" || old.state === "rejected" || isFinal(old.state)) {
        this.#messages.delete(old.id);
      }
    }
    return message;
  }
}
