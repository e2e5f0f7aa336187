// @ts-check
/**
 * Shows the messages: one item each, on a rail that says by shape and words how the message is
 * doing, its reply below it. Keeps to the end of the log while the reader is there.
 */
import { byId, el, setSymbol, setText, symbol } from "./dom.js";
import { excerpt, isFinal, stateText } from "./labels.js";

/** @typedef {import("./chat_model.js").Message} Message */
/** @typedef {{ again: (text: string, policy?: "enqueue") => void }} Actions */
/**
 * @typedef {object} Row
 * @property {HTMLLIElement} item
 * @property {Element} sym
 * @property {HTMLElement} said
 * @property {HTMLElement} words
 * @property {HTMLElement} actions
 * @property {HTMLElement} reply
 * @property {Text} replyText
 * @property {HTMLElement} notes
 * @property {boolean} unsaid its outcome has yet to be told to a screen reader
 */

const NEAR_END_PX = 64;
const NOTES_MAX = 40;

export class ChatView {
  #log = byId("log");
  #list = byId("messages");
  #jump = byId("jump");
  #announce = byId("announce");
  /** @type {Map<string, Row>} */
  #rows = new Map();
  #actions;
  #now;
  #atEnd = true;
  #scrolling = false;

  /**
   * @param {Actions} actions
   * @param {() => number} now the server's time
   */
  constructor(actions, now) {
    this.#actions = actions;
    this.#now = now;
    this.#log.addEventListener("scroll", () => {
      const rest = this.#log.scrollHeight - this.#log.clientHeight - this.#log.scrollTop;
      this.#atEnd = rest < NEAR_END_PX;
      this.#jump.hidden = this.#atEnd;
    }, { passive: true });
    this.#jump.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.#follow()).observe(this.#log);
  }

  clear() {
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#atEnd = true;
    this.#jump.hidden = true;
  }

  /** Takes away rows of messages that the model has let go of.
   * @param {Set<string>} ids those to keep */
  keep(ids) {
    for (const [id, row] of this.#rows) {
      if (ids.has(id)) continue;
      row.item.remove();
      this.#rows.delete(id);
    }
  }

  /** @param {Message} message */
  render(message) {
    let row = this.#rows.get(message.id);
    if (!row) {
      row = this.#newRow(message.id);
      this.#rows.set(message.id, row);
      this.#list.append(row.item);
    }
    const before = row.item.dataset.state;
    if (before !== message.state) {
      row.item.dataset.state = message.state;
      this.#renderActions(row, message);
      row.unsaid = before !== undefined && isFinal(message.state);
    }
    // The outcome often comes before the last of the reply: what is said is the whole.
    if (row.unsaid && (message.state !== "completed" || message.replyWhole)) {
      row.unsaid = false;
      this.announce(this.#spoken(message));
    }
    const stopping = message.state === "running" && message.stopping;
    row.item.classList.toggle("stopping", stopping);
    setSymbol(row.sym, stopping ? "stopping" : message.state);
    setText(row.said, message.texts.join("\n"));
    this.#renderWords(row, message);
    this.#renderReply(row, message.reply);
    if (row.notes.children.length !== message.notes.length) {
      row.notes.replaceChildren(...message.notes.map((note) => el("p", "", note)));
    }
    this.#follow();
  }

  /** Brings the figures of running messages up to date. @param {Message[]} messages */
  tick(messages) {
    for (const message of messages) {
      const row = this.#rows.get(message.id);
      if (row && message.state === "running") this.#renderWords(row, message);
    }
  }

  /** A line of the page's own between the messages. @param {string} text */
  note(text) {
    this.#list.append(el("li", "note", text));
    const notes = this.#list.querySelectorAll(":scope > .note");
    if (notes.length > NOTES_MAX) notes[0].remove();
    this.announce(text);
    this.#follow();
  }

  /** Says something to a screen reader. @param {string} text */
  announce(text) {
    this.#announce.textContent = text;
  }

  /** Brings a message into sight and marks it for a moment. @param {string} id */
  reveal(id) {
    const item = this.#rows.get(id)?.item;
    if (!item) return;
    item.scrollIntoView({ block: "center", behavior: "auto" });
    item.classList.remove("revealed");
    requestAnimationFrame(() => item.classList.add("revealed"));
  }

  toEnd() {
    this.#atEnd = true;
    this.#jump.hidden = true;
    this.#follow();
  }

  /** @param {string} id @returns {Row} */
  #newRow(id) {
    const item = el("li", "turn");
    item.dataset.id = id;
    const sym = symbol("sending");
    const disc = el("span", "disc");
    disc.append(sym);
    const body = el("div", "body");
    const said = el("p", "said");
    const you = el("span", "sr", "You: ");
    const state = el("p", "state");
    const words = el("span", "words");
    const actions = el("span", "actions");
    state.append(words, actions);
    const reply = el("div", "reply");
    reply.hidden = true;
    const replyText = document.createTextNode("");
    reply.append(el("span", "sr", "Agent: "), replyText);
    const notes = el("div", "notes");
    const line = el("div", "line");
    line.append(you, said);
    body.append(line, state, reply, notes);
    item.append(disc, body);
    return { item, sym, said, words, actions, reply, replyText, notes, unsaid: false };
  }

  /** @param {Row} row @param {Message} message */
  #renderWords(row, message) {
    if (message.state === "told") return setText(row.words, "");
    if (message.mergedInto && (message.state === "merged" || message.state === "running")) {
      const into = this.#rows.get(message.mergedInto)?.said.textContent;
      const verb = message.state === "merged" ? "merged into" : "running in";
      if (into) return setText(row.words, `${verb} the turn of “${excerpt(into, 32)}”`);
    }
    setText(row.words, stateText(message, this.#now()));
  }

  /** @param {Row} row @param {string} reply */
  #renderReply(row, reply) {
    const shown = row.replyText.data;
    if (reply === shown) return;
    // Streaming only ever adds: appending keeps the reader's selection.
    if (reply.startsWith(shown)) row.replyText.appendData(reply.slice(shown.length));
    else row.replyText.data = reply;
    row.reply.hidden = reply === "";
  }

  /** @param {Row} row @param {Message} message */
  #renderActions(row, message) {
    row.actions.replaceChildren();
    if (message.state !== "rejected") return;
    const text = message.texts.join("\n");
    const again = el("button", "link", "Send again");
    again.addEventListener("click", () => this.#actions.again(text));
    row.actions.append(again);
    if (message.reason !== "busy") return;
    const enqueue = el("button", "link", "Send with enqueue");
    enqueue.addEventListener("click", () => this.#actions.again(text, "enqueue"));
    row.actions.append(enqueue);
  }

  /** @param {Message} message */
  #spoken(message) {
    if (message.state === "completed" && message.reply) return `Agent: ${message.reply}`;
    return `Message “${excerpt(message.texts[0] ?? "", 40)}”: ${stateText(message, this.#now())}`;
  }

  #follow() {
    if (!this.#atEnd || this.#scrolling || !this.#list.firstElementChild) return;
    this.#scrolling = true;
    requestAnimationFrame(() => {
      this.#scrolling = false;
      if (this.#atEnd) this.#log.scrollTop = this.#log.scrollHeight;
    });
  }
}
