// @ts-check
/** The message box: text, busy policy, Send, and Stop with its two choices. */
import { byId, setText } from "./dom.js";
import { POLICIES } from "./labels.js";

/** @typedef {import("./api.js").Policy} Policy */
/** @typedef {{ level: "graceful" | "immediate", queued: "keep" | "discard" }} StopChoice */
/** @typedef {{ send: (text: string, policy: Policy) => void, stop: (choice: StopChoice) => void }} ComposerActions */

const POLICY_KEY = "lanekeeper.policy";

export class Composer {
  #form = byId("composer");
  #text = byId("message");
  #send = byId("send");
  #stops = byId("stops");
  #menu = byId("stop-menu");
  #hint = byId("policy-hint");
  #busy = false;
  #stopping = false;
  #actions;

  /** @param {ComposerActions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#form.addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      // While an input method composes, Enter accepts its suggestion.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#text.addEventListener("input", () => this.#fit());
    byId("policies").addEventListener("change", () => this.#policyChanged());
    this.#restorePolicy();
    this.#wireStop();
  }

  /** @returns {Policy} */
  get policy() {
    const value = new FormData(this.#form).get("policy") ?? "reject";
    return /** @type {Policy} */ (value);
  }

  /** Whether there is a session to send to. @param {boolean} on */
  enable(on) {
    this.#send.disabled = !on;
    this.#text.placeholder = on ? "Message the agent" : "No session";
  }

  /** Whether there is something to stop: Stop keeps its place either way.
   * @param {{ running: boolean, stopping: boolean, waiting: boolean }} session */
  setBusy({ running, stopping, waiting }) {
    this.#busy = running;
    this.#stopping = stopping;
    const shown = running || waiting;
    setText(byId("stop-words"), stopping ? "Stop now" : "Stop");
    if (!shown && this.#stops.contains(document.activeElement)) this.#text.focus();
    this.#stops.classList.toggle("off", !shown);
    if (!shown) this.#menu.hidePopover?.();
    this.#renderHint();
  }

  focus() {
    this.#text.focus();
  }

  #submit() {
    const text = this.#text.value.trim();
    if (!text || this.#send.disabled) return;
    this.#text.value = "";
    this.#fit();
    this.#actions.send(text, this.policy);
  }

  /** Grows with the text up to the limit that the style sheet sets. */
  #fit() {
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }

  #restorePolicy() {
    let saved = null;
    try {
      saved = localStorage.getItem(POLICY_KEY);
    } catch {
      // Denied: the default stands.
    }
    const input = saved && Object.hasOwn(POLICIES, saved)
      ? this.#form.querySelector(`input[name="policy"][value="${saved}"]`)
      : null;
    if (input) input.checked = true;
    this.#renderHint();
  }

  #policyChanged() {
    try {
      localStorage.setItem(POLICY_KEY, this.policy);
    } catch {
      // Denied: it then lasts as long as the page.
    }
    this.#renderHint();
  }

  #renderHint() {
    const { policy } = this;
    setText(this.#hint, POLICIES[policy]);
    this.#hint.classList.toggle("now", this.#busy);
  }

  #wireStop() {
    const choice = () => {
      const data = new FormData(byId("stop-form"));
      return /** @type {StopChoice} */ ({
        level: data.get("level") === "immediate" ? "immediate" : "graceful",
        queued: data.get("queued") === "discard" ? "discard" : "keep",
      });
    };
    byId("stop").addEventListener(
      "click",
      // A second press means it: the turn was asked nicely before.
      () =>
        this.#actions.stop({ level: this.#stopping ? "immediate" : "graceful", queued: "keep" }),
    );
    byId("stop-form").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.#menu.hidePopover();
      this.#actions.stop(choice());
    });
    this.#menu.addEventListener("toggle", (/** @type {any} */ event) => {
      const open = event.newState === "open";
      byId("stop-more").setAttribute("aria-expanded", String(open));
      if (open) this.#menu.querySelector("input:checked")?.focus();
    });
    // The top layer knows nothing of the button: put the menu above it, its right edges aligned.
    this.#menu.addEventListener("beforetoggle", () => {
      const box = this.#stops.getBoundingClientRect();
      this.#menu.style.right = `${Math.max(8, innerWidth - box.right)}px`;
      this.#menu.style.bottom = `${Math.max(8, innerHeight - box.top + 8)}px`;
    });
  }
}
