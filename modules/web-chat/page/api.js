// @ts-check
/**
 * The server's API as the page sees it: typed shapes and one function per route.
 * No function here throws for an HTTP status: the caller gets the status and the body and decides.
 * A request that got no answer at all has the status 0.
 */

/** @typedef {"enqueue" | "reject" | "interrupt" | "collect" | "steer" | "rollback"} Policy */
/** @typedef {{ id: string, text: string | null, policy?: string, accepted_at: number }} WaitingView */
/**
 * @typedef {object} RunningView `id` is the turn's: that of its first message
 * @property {string} id
 * @property {string | null} text
 * @property {number} started_at
 * @property {string} [policy]
 * @property {number} messages
 * @property {string[]} [message_ids]
 */
/** @typedef {{ id: string, status: string, text: string | null, started_at: number | null, ended_at: number }} OutcomeView */
/**
 * @typedef {object} SessionView
 * @property {string} id
 * @property {boolean} mine
 * @property {string | null} project_id
 * @property {string | null} working_dir
 * @property {"idle" | "running" | "stopping" | "ended"} state
 * @property {number | null} generation
 * @property {RunningView | null} running
 * @property {WaitingView[]} waiting
 * @property {OutcomeView[]} outcomes
 */
/** @typedef {{ role: "user" | "agent" | "note", text: string, turn: string, at: string }} TranscriptEntry */
/** @typedef {Record<string, any>} Body */
/** @typedef {{ status: number, body: Body }} Answer */

/**
 * Sends one request; resolves with status 0 if no answer came.
 * @param {string} method
 * @param {string} path
 * @param {{ body?: Body, headers?: Record<string, string>, signal?: AbortSignal }} [options]
 * @returns {Promise<Answer>}
 */
export async function request(method, path, options = {}) {
  /** @type {RequestInit} */
  const init = { method, credentials: "same-origin", headers: { ...options.headers } };
  if (options.body !== undefined) {
    init.headers = { ...options.headers, "content-type": "application/json" };
    init.body = JSON.stringify(options.body);
  }
  if (options.signal) init.signal = options.signal;
  try {
    const response = await fetch(path, init);
    const body = await response.json().catch(() => ({}));
    return { status: response.status, body: body ?? {} };
  } catch (error) {
    return { status: 0, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

/** @returns {Promise<Answer>} */
export function readSession() {
  return request("GET", "/api/session");
}

/**
 * @param {Body} [body] `session_id` asks for a resume
 * @returns {Promise<Answer>}
 */
export function createSession(body = {}) {
  return request("POST", "/api/session", { body });
}

/** @returns {Promise<Answer>} */
export function endSession() {
  return request("DELETE", "/api/session");
}

/**
 * @param {string} id the message's id, chosen by the page
 * @param {{ message: string, policy: Policy }} body
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
export function sendChat(id, body, signal) {
  return request("POST", "/api/chat", { body, headers: { "x-message-id": id }, signal });
}

/**
 * @param {{ level: "graceful" | "immediate", queued: "keep" | "discard" }} body
 * @returns {Promise<Answer>}
 */
export function stopSession(body) {
  return request("POST", "/api/stop", { body });
}

/** @returns {Promise<Answer>} */
export function readTranscript() {
  return request("GET", "/api/transcript");
}

/**
 * A version 4 UUID. `crypto.randomUUID` exists in secure contexts only, and a host on a local
 * network is reached over plain HTTP.
 * @returns {string}
 */
export function newId() {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}
