// @ts-check
/**
 * The live picture of the sessions: our own lane above, the others below, the same in words in a
 * table. Draws our lane when it changes and the others a few times a second; while the tab is hidden
 * or the panel is shut, nothing.
 */
import { byId, setText } from "./dom.js";
import { count, durationText, excerpt, shortId } from "./labels.js";
import { density, REBASE_MS } from "./lane_geometry.js";
import { LaneGroup } from "./lane_group.js";
import { HIDDEN_MAX, isBusy } from "./lanes_model.js";
import { LaneTable } from "./lane_table.js";

/** @typedef {import("./lanes_model.js").LanesModel} LanesModel */
/** @typedef {import("./lanes_model.js").Bar} Bar */

const HOUSEKEEPING_MS = 1_000;
const OTHERS_STEP_MS = 150;
/** With reduced motion the picture moves once in a while, not all the time. */
const STILL_STEP_MS = 2_000;

export class LanesView {
  #picture = byId("picture");
  #tip = byId("tip");
  #model;
  #now;
  #own = new LaneGroup(byId("own-lane"), () => this.wake());
  #others = new LaneGroup(byId("other-lanes"), () => this.wake());
  #table = new LaneTable(byId("lane-rows"));
  /** @type {Set<string>} */
  #dirty = new Set();
  #all = true;
  #frame = 0;
  #originMs = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #mover;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #soon;
  #still = matchMedia("(prefers-reduced-motion: reduce)");
  #narrow = matchMedia("(max-width: 1019px)");

  /**
   * @param {LanesModel} model
   * @param {() => number} now the server's time
   * @param {(id: string) => void} picked a bar of our own was clicked
   */
  constructor(model, now, picked) {
    this.#model = model;
    this.#now = now;
    document.addEventListener("visibilitychange", () => this.wake());
    this.#still.addEventListener("change", () => this.wake());
    this.#picture.addEventListener(
      "pointerover",
      (/** @type {PointerEvent} */ event) => this.#point(event),
    );
    this.#picture.addEventListener("pointerleave", () => this.#tip.hidden = true);
    this.#picture.addEventListener("click", (/** @type {any} */ event) => {
      const bar = event.target.closest(".bar, .chip");
      if (bar?.dataset.lane === model.own) picked(bar.dataset.bar ?? bar.dataset.waiting);
    });
    this.wake();
  }

  /** A session changed. @param {string} id */
  touch(id) {
    this.#dirty.add(id);
    // Our own lane at once; the others together, a few times a second.
    if (id === this.#model.own) return this.#schedule();
    this.#soon ??= setTimeout(() => this.#schedule(), OTHERS_STEP_MS);
  }

  /** Anything may have changed. */
  touchAll() {
    this.#all = true;
    this.#schedule();
  }

  /** Starts or rests, as the page is seen or not, and brings the scrolling back to the present. */
  wake() {
    clearInterval(this.#timer);
    clearInterval(this.#mover);
    this.#own.rest();
    this.#others.rest();
    if (document.visibilityState !== "visible") return;
    this.#originMs = this.#now();
    this.#own.chipsMax = this.#others.chipsMax = this.#narrow.matches ? 3 : 5;
    if (this.#seen()) {
      this.#move();
      if (this.#still.matches) this.#mover = setInterval(() => this.#move(), STILL_STEP_MS);
    }
    this.touchAll();
    this.#timer = setInterval(() => this.#keep(), HOUSEKEEPING_MS);
  }

  /** Whether the picture is on the screen: not so in the table view, nor with the panel shut. */
  #seen() {
    return document.visibilityState === "visible" && this.#picture.offsetParent !== null;
  }

  #schedule() {
    if (this.#frame !== 0) return;
    clearTimeout(this.#soon);
    this.#soon = undefined;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    if (document.visibilityState !== "visible") return;
    this.#summarise();
    if (!this.#seen()) return;
    const now = this.#now();
    const { own, lanes } = this.#model;
    const mine = lanes.filter((lane) => lane.id === own);
    const others = lanes.filter((lane) => lane.id !== own);
    this.#own.setLanes(mine);
    this.#others.setLanes(others);
    this.#picture.dataset.density = density(others.length);
    for (const lane of lanes) {
      if (!this.#all && !this.#dirty.has(lane.id)) continue;
      (lane.id === own ? this.#own : this.#others).render(lane, now, this.#originMs);
    }
    this.#all = false;
    this.#dirty.clear();
  }

  #keep() {
    const now = this.#now();
    if (now - this.#originMs > REBASE_MS - 2 * HOUSEKEEPING_MS) return this.wake();
    if (this.#model.prune(now)) this.touchAll();
    this.#table.render(this.#model.lanes, this.#model.own);
  }

  #move() {
    const now = this.#now();
    this.#own.move(now, this.#originMs, this.#still.matches);
    this.#others.move(now, this.#originMs, this.#still.matches);
  }

  #summarise() {
    const { lanes, hidden } = this.#model;
    const running = lanes.filter((lane) => lane.view.running !== null).length;
    const waiting = lanes.reduce((sum, lane) => sum + lane.view.waiting.length, 0);
    const alive = lanes.filter((lane) => lane.view.state !== "ended").length + hidden;
    setText(byId("lanes-busy"), `${running} running, ${waiting} waiting`);
    setText(byId("lanes-count"), `, ${count(alive, "session")}`);
    const more = hidden >= HIDDEN_MAX ? `${hidden} or more` : `${hidden}`;
    setText(
      byId("lanes-hidden"),
      hidden > 0 ? `${more} quiet sessions have no lane here` : "",
    );
    const others = lanes.some((lane) => lane.id !== this.#model.own);
    byId("alone").hidden = others;
    byId("lanes").classList.toggle("busy", lanes.some((lane) => isBusy(lane.view)));
  }

  /** Shows what a bar or chip under the pointer stands for. @param {PointerEvent} event */
  #point(event) {
    const target = /** @type {HTMLElement} */ (event.target).closest(".bar, .chip");
    const node = /** @type {HTMLElement | null} */ (target);
    const lines = node ? this.#describe(node.dataset) : null;
    this.#tip.hidden = !lines;
    if (!lines) return;
    setText(byId("tip-head"), lines[0] ?? "");
    setText(byId("tip-text"), lines[1] ?? "");
    const { width, height } = this.#tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, event.clientX - width / 2), innerWidth - width - 8);
    const above = event.clientY - height - 14;
    this.#tip.style.left = `${left}px`;
    this.#tip.style.top = `${above > 8 ? above : event.clientY + 18}px`;
  }

  /** @param {DOMStringMap} data @returns {string[] | null} */
  #describe(data) {
    const lane = this.#model.lane(data.lane ?? null);
    if (!lane) return null;
    const session = lane.id === this.#model.own ? "your session" : `session ${shortId(lane.id)}`;
    if (data.waiting) {
      const index = lane.view.waiting.findIndex((message) => message.id === data.waiting);
      const message = lane.view.waiting[index];
      if (!message) return null;
      return [
        `waiting, number ${index + 1} in ${session}`,
        message.text ? excerpt(message.text, 120) : `message ${shortId(message.id)}`,
      ];
    }
    const bar = lane.bars.find((known) => known.id === data.bar);
    if (!bar) return null;
    const text = bar.text ? excerpt(bar.text, 120) : `message ${shortId(bar.id)}`;
    return [`${this.#barText(bar)} in ${session}`, text];
  }

  /** @param {Bar} bar */
  #barText(bar) {
    const guard = bar.generation === null ? "" : `, guard ${bar.generation}`;
    if (bar.startedAt === null) return `${bar.status} without a turn`;
    const end = bar.endedAt ?? this.#now();
    return `${bar.status}, ${durationText(end - bar.startedAt)}${guard}`;
  }
}
