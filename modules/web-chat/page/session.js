// @ts-check
/**
 * Keeps the page on a session: finds the one that the server holds for this client, resumes it
 * after a restart, or creates a new one and says so.
 */
import { createSession, endSession, readSession } from "./api.js";
import { retryDelayMs } from "./events.js";
import { isDraining, shortId } from "./labels.js";

/** @typedef {import("./api.js").Answer} Answer */
/** @typedef {{ session_id: string, project_id: string | null, working_dir: string | null }} Session */
/**
 * @typedef {object} Hooks
 * @property {(session: Session | null) => Promise<void>} changed
 * @property {(text: string) => void} note a line for the chat
 * @property {(trouble: "none" | "unreachable" | "draining") => void} trouble
 */

const STORE_KEY = "lanekeeper.session_id";

/** localStorage that is denied (private windows, policies) is no reason to have no chat. */
const store = {
  get() {
    try {
      return localStorage.getItem(STORE_KEY);
    } catch {
      return null;
    }
  },
  /** @param {string | null} id */
  set(id) {
    try {
      if (id === null) localStorage.removeItem(STORE_KEY);
      else localStorage.setItem(STORE_KEY, id);
    } catch {
      // The session then lasts as long as the page.
    }
  },
};

/**
 * One tab at a time: two that open together would end each other's new session.
 * @template T
 * @param {() => Promise<T>} fn
 * @returns {Promise<T>}
 */
function oneTabAtATime(fn) {
  return navigator.locks ? navigator.locks.request("lanekeeper.session", fn) : fn();
}

export class SessionKeeper {
  #hooks;
  /** @type {Session | null} */
  #session = null;
  /** @type {Promise<void> | null} */
  #finding = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  #attempt = 0;
  /** While the page itself ends or renews the session, its end is no surprise. */
  #changing = false;

  /** @param {Hooks} hooks */
  constructor(hooks) {
    this.#hooks = hooks;
  }

  get session() {
    return this.#session;
  }

  /** Whether the user asked for the change of session that is under way. */
  get changing() {
    return this.#changing;
  }

  /** Finds, resumes or creates the session; callers that come meanwhile share the one attempt. */
  find() {
    clearTimeout(this.#retry);
    this.#finding ??= oneTabAtATime(() => this.#find()).finally(() => this.#finding = null);
    return this.#finding;
  }

  /** The server says that a session is gone. Looks for another only if it still is ours.
   * @param {string | null} id */
  lost(id) {
    if (!this.#changing && id !== null && this.#session?.session_id === id) this.find();
  }

  /** Ends the session that there is and starts a new one. */
  renew() {
    return this.#change(async () => {
      const answer = await oneTabAtATime(() => createSession());
      if (answer.status === 200) await this.#adopt(answer);
      else this.#refused(answer, "Could not start a session");
    });
  }

  /** Ends the session; the page then has none until the user starts one. */
  end() {
    return this.#change(async () => {
      const answer = await endSession();
      if (answer.status !== 200) return this.#refused(answer, "Could not end the session");
      store.set(null);
      await this.#set(null);
    });
  }

  /** One change at a time: a second click while one runs does nothing.
   * @param {() => Promise<void>} fn */
  async #change(fn) {
    if (this.#changing) return;
    this.#changing = true;
    try {
      await this.#finding;
      await fn();
    } finally {
      this.#changing = false;
    }
  }

  async #find() {
    const found = await readSession();
    if (found.status !== 200) return this.#later(found);
    if (found.body.connected) return await this.#adopt(found);

    const saved = store.get() ?? found.body.session_id;
    let news = "";
    if (saved) {
      const resumed = await createSession({ session_id: saved });
      if (resumed.status === 0 || resumed.status === 503) return this.#later(resumed);
      if (resumed.status === 200) {
        await this.#adopt(resumed);
        return this.#hooks.note(`Resumed session ${shortId(saved)}`);
      }
      store.set(null);
      const why = resumed.body.error ?? `the server answered ${resumed.status}`;
      news = `Could not resume session ${shortId(saved)}: ${why}. This is a new session`;
    }
    const created = await createSession();
    if (created.status !== 200) return this.#later(created);
    await this.#adopt(created);
    if (news) this.#hooks.note(news);
  }

  /** @param {Answer} answer */
  async #adopt({ body }) {
    this.#attempt = 0;
    this.#hooks.trouble("none");
    const { session_id, project_id = null, working_dir = null, notice } = body;
    store.set(session_id);
    await this.#set({ session_id, project_id, working_dir });
    if (typeof notice === "string" && notice) this.#hooks.note(notice);
  }

  /** @param {Session | null} session */
  #set(session) {
    this.#session = session;
    return this.#hooks.changed(session);
  }

  /** @param {Answer} answer */
  #later(answer) {
    this.#hooks.trouble(isDraining(answer) ? "draining" : "unreachable");
    const isAnswer = answer.status !== 0 && answer.status !== 503;
    if (isAnswer && this.#attempt === 0) this.#note("Could not start a session", answer);
    this.#retry = setTimeout(() => this.find(), retryDelayMs(this.#attempt++));
  }

  /** @param {Answer} answer @param {string} what */
  #refused(answer, what) {
    if (isDraining(answer)) this.#hooks.trouble("draining");
    this.#note(what, answer);
  }

  /** @param {string} what @param {Answer} answer */
  #note(what, answer) {
    const why = answer.status === 0 ? "no connection" : answer.body.error ?? answer.status;
    this.#hooks.note(`${what}: ${why}`);
  }
}
