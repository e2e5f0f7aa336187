// @ts-check
/** Wires the page: session, event stream, chat, lanes. Holds no rules of its own. */
import * as api from "./api.js";
import { ChatModel } from "./chat_model.js";
import { ChatView } from "./chat_view.js";
import { Composer } from "./composer.js";
import { byId, setText } from "./dom.js";
import { EventStream } from "./events.js";
import { isDraining, resultOf, shortId, stopText } from "./labels.js";
import { LanesModel } from "./lanes_model.js";
import { LanesView } from "./lanes_view.js";
import { Outbox } from "./outbox.js";
import { SessionKeeper } from "./session.js";

/** @typedef {import("./api.js").SessionView} SessionView */
/** @typedef {import("./api.js").Policy} Policy */

// performance.now() does not jump when the machine's clock is set.
const localNow = () => performance.timeOrigin + performance.now();
let serverAheadMs = 0;
const serverNow = () => localNow() + serverAheadMs;

const hasPointer = matchMedia("(hover: hover)").matches;
const chat = new ChatModel();
const lanes = new LanesModel();
const chatView = new ChatView({ again: (text, policy) => send(text, policy) }, serverNow);
const lanesView = new LanesView(lanes, serverNow, (id) => chatView.reveal(id));
const composer = new Composer({ send, stop });
const outbox = new Outbox({ send: api.sendChat, answered });
const keeper = new SessionKeeper({ changed: sessionChanged, note, trouble });
const stream = new EventStream("/api/events", {
  sessions: ({ sessions, now, agent }) => {
    serverAheadMs = now - localNow();
    showAgent(agent ?? "");
    lanes.reset(sessions, now);
    lanesView.wake();
    const own = lanes.lane(lanes.own);
    if (own) ownChanged(own.view);
  },
  session: (view) => {
    lanes.update(view);
    lanesView.touch(view.id);
    if (view.id === lanes.own) ownChanged(view);
  },
  text: ({ session_id, turn, text }) => {
    if (session_id !== lanes.own) return;
    const message = chat.appendReply(String(turn), text);
    if (message) chatView.render(message);
  },
  draining: () => trouble("draining"),
  link: linkChanged,
});

/** @type {"connecting" | "live" | "reconnecting"} */
let link = "connecting";
let everLive = false;
/** The name of the agent; the words that are suggested are those of `echo`. */
let agentName = "echo";
/** @type {"none" | "unreachable" | "draining"} */
let problem = "none";

/** @param {string} text @param {Policy} [policy] */
function send(text, policy = composer.policy) {
  const id = api.newId();
  const message = chat.send(id, text, policy);
  showEmpty();
  chatView.toEnd();
  chatView.render(message);
  chatView.keep(new Set(chat.messages.map(({ id }) => id)));
  if (outbox.push(id, { message: text, policy })) return;
  chat.settle(id, { state: "rejected", reason: "full", detail: "too many unsent messages" });
  chatView.render(message);
}

/** @param {string} id @param {api.Answer} answer */
function answered(id, answer) {
  const result = resultOf(answer);
  if (isDraining(answer)) trouble("draining");
  const message = chat.settle(id, result);
  if (message) chatView.render(message);
  renderBusy();
  if (result.sessionGone) keeper.lost(lanes.own);
}

/** @param {{ level: "graceful" | "immediate", queued: "keep" | "discard" }} choice */
async function stop(choice) {
  status("Stopping");
  status(stopText(await api.stopSession(choice)));
}

/** @param {import("./session.js").Session | null} session */
async function sessionChanged(session) {
  const id = session?.session_id ?? null;
  const other = id !== lanes.own;
  lanes.own = id;
  composer.enable(id !== null);
  // Not on a phone: there it would open the keyboard over the page.
  if (id !== null && document.activeElement === document.body && hasPointer) composer.focus();
  renderSession(session);
  lanesView.touchAll();
  if (!other) return;
  for (const unsent of outbox.clear()) chat.settle(unsent, { state: "rejected", reason: "ended" });
  if (keeper.changing) {
    chat.clear();
    chatView.clear();
  } else {
    // The session was lost, not left: what was written stays to be read and sent again.
    chat.missing(undefined);
    for (const message of chat.messages) chatView.render(message);
  }
  showEmpty();
  const own = lanes.lane(id);
  if (own) ownChanged(own.view);
  else renderBusy();
  if (id !== null) await readTranscript();
}

/** A view of our own session came. @param {SessionView} view */
function ownChanged(view) {
  const before = new Map(chat.messages.map(({ id, state }) => [id, state]));
  const changed = chat.applyView(view);
  let ended = false;
  for (const message of changed) {
    if (message.state !== "sending") outbox.accepted(message.id);
    ended ||= message.state !== before.get(message.id) && !message.replyWhole &&
      message.endedAt !== null;
    chatView.render(message);
  }
  renderBusy();
  showEmpty();
  // A turn whose request is not ours any more ended: the transcript has its whole reply.
  if (ended) readTranscriptSoon();
  if (view.state === "ended") keeper.lost(view.id);
}

let readingSoon = false;
function readTranscriptSoon() {
  if (readingSoon) return;
  readingSoon = true;
  setTimeout(() => {
    readingSoon = false;
    readTranscript();
  }, 250);
}

async function readTranscript() {
  const answer = await api.readTranscript();
  if (answer.status !== 200 || answer.body.session_id !== lanes.own) return;
  for (const message of chat.fill(answer.body.entries ?? [])) chatView.render(message);
  const own = lanes.lane(lanes.own);
  for (const message of own ? chat.applyView(own.view) : []) chatView.render(message);
  showEmpty();
}

/** @param {"connecting" | "live" | "reconnecting"} next */
function linkChanged(next) {
  const back = next === "live" && link === "reconnecting";
  link = next;
  if (next === "live") {
    everLive = true;
    if (problem === "draining") trouble("none");
  }
  renderLink();
  if (!back) return;
  // The server may be another process now, and pieces of replies may have been missed.
  keeper.find().then(readTranscript).then(missing);
}

/** After a reconnection: what the server says nothing of has an outcome that we do not know. */
function missing() {
  const known = lanes.lane(lanes.own)?.view;
  if (link !== "live" || lanes.own === null) return;
  for (const message of chat.missing(known)) chatView.render(message);
}

/** @param {"none" | "unreachable" | "draining"} next */
function trouble(next) {
  problem = next;
  renderLink();
}

/** @param {string} text */
function note(text) {
  chatView.note(text);
  showEmpty();
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let statusTimer;
/** @param {string} text */
function status(text) {
  setText(byId("status"), text);
  clearTimeout(statusTimer);
  statusTimer = setTimeout(() => setText(byId("status"), ""), 6_000);
}

function renderLink() {
  const lost = link === "reconnecting" || problem === "unreachable";
  const state = lost ? "reconnecting" : problem === "draining" ? "draining" : link;
  const words = {
    connecting: "connecting",
    live: "live",
    reconnecting: "reconnecting",
    draining: "server is draining",
  };
  byId("link").dataset.link = state;
  setText(byId("link-words"), words[state]);
  byId("picture").classList.toggle("stale", everLive && state === "reconnecting");
}

/** @param {import("./session.js").Session | null} session */
function renderSession(session) {
  const copy = byId("copy");
  copy.disabled = session === null;
  copy.title = session ? `Copy the session id ${session.session_id}` : "";
  setText(byId("session-id"), session ? shortId(session.session_id) : "no session");
  const { project_id, working_dir } = session ?? {};
  const where = session ? [agentName, project_id, working_dir].filter(Boolean).join(" · ") : "";
  setText(byId("where"), where);
  byId("where").title = where;
  byId("end").disabled = session === null;
}

function renderBusy() {
  const view = lanes.lane(lanes.own)?.view;
  composer.setBusy({
    running: Boolean(view?.running),
    stopping: view?.state === "stopping",
    waiting: (view?.waiting.length ?? 0) > 0,
  });
}

function showEmpty() {
  byId("empty").hidden = chat.messages.length > 0;
  byId("empty-none").hidden = lanes.own !== null;
  byId("suggestions").hidden = lanes.own === null || agentName !== "echo";
}

/** @param {string} name */
function showAgent(name) {
  if (name === agentName) return;
  agentName = name;
  renderSession(keeper.session);
  showEmpty();
}

function openCount() {
  const view = lanes.lane(lanes.own)?.view;
  return view ? (view.running ? 1 : 0) + view.waiting.length : 0;
}

/** Ending a session with open messages cancels them: ask first. @param {() => void} then */
function confirmed(then) {
  if (openCount() === 0) return then();
  const dialog = byId("confirm");
  const words =
    "This session has messages without an outcome. The running turn has a few seconds to finish, what waits is cancelled.";
  setText(byId("confirm-words"), words);
  dialog.returnValue = "";
  dialog.addEventListener("close", () => dialog.returnValue === "yes" && then(), { once: true });
  dialog.showModal();
}

async function copyId() {
  const id = keeper.session?.session_id ?? "";
  try {
    await navigator.clipboard.writeText(id);
    status("Session id copied");
  } catch {
    status(`Session id: ${id}`); // No clipboard outside secure contexts: show it whole instead.
  }
}

/** Folds the panel of sessions away, or opens it. @param {boolean} shut */
function fold(shut) {
  document.body.classList.toggle("lanes-shut", shut);
  byId("lanes").classList.toggle("shut", shut);
  byId("fold").setAttribute("aria-expanded", String(!shut));
  lanesView.wake();
}

function wire() {
  byId("copy").addEventListener("click", copyId);
  byId("new").addEventListener("click", () => confirmed(() => keeper.renew()));
  byId("start").addEventListener("click", () => keeper.renew());
  byId("end").addEventListener("click", () => confirmed(() => keeper.end()));
  byId("confirm-no").addEventListener("click", () => byId("confirm").close(""));
  byId("confirm-yes").addEventListener("click", () => byId("confirm").close("yes"));
  byId("suggestions").addEventListener("click", (/** @type {any} */ event) => {
    const text = event.target.closest("button")?.dataset.text;
    if (text) send(text);
    composer.focus();
  });
  byId("fold").addEventListener("click", () => fold(!byId("lanes").classList.contains("shut")));
  // On a phone the chat comes first: the panel starts with our own lane alone.
  fold(matchMedia("(max-width: 1019px)").matches);
  byId("views").addEventListener("change", (/** @type {any} */ event) => {
    byId("lanes").dataset.view = event.target.value;
    lanesView.wake();
  });
  setInterval(() => {
    if (document.visibilityState === "visible") chatView.tick(chat.open);
  }, 1_000);
}

wire();
renderSession(null);
composer.enable(false);
keeper.find().finally(() => stream.open());
