import { test } from "node:test";
import assert from "node:assert/strict";
import { BARS_PER_LANE_MAX, HIDDEN_MAX, LANES_MAX, LanesModel } from "./lanes_model.js";
import type { SessionView } from "./api.js";

function view(id: string, more: Partial<SessionView> = {}): SessionView {
  return {
    id,
    mine: false,
    project_id: null,
    working_dir: null,
    state: "idle",
    generation: null,
    running: null,
    waiting: [],
    outcomes: [],
    ...more,
  };
}
const outcome = (id: string, ended_at: number, status = "completed") => ({
  id,
  status,
  text: null,
  started_at: ended_at - 100,
  ended_at,
});
const running = (id: string) => ({ id, text: null, started_at: 5, messages: 1 });
const ids = (model: LanesModel) => model.lanes.map((lane) => lane.id);

test("bars that the views no longer list stay in the lane, up to its limit", () => {
  const model = new LanesModel();
  for (let i = 0; i < 40; i++) model.update(view("a", { outcomes: [outcome(`m${i}`, i)] }));
  const bars = model.lane("a")?.bars ?? [];
  assert.equal(bars.length, BARS_PER_LANE_MAX);
  assert.equal(bars.at(-1)?.id, "m39");
});

test("a turn's bar runs, stops and ends under one id and keeps its generation", () => {
  const model = new LanesModel();
  const statuses = () => model.lane("a")?.bars.map((bar) => `${bar.id} ${bar.status}`);
  model.update(view("a", { state: "running", generation: 7, running: running("m1") }));
  assert.deepEqual(statuses(), ["m1 running"]);
  model.update(view("a", { state: "stopping", generation: 7, running: running("m1") }));
  assert.deepEqual(statuses(), ["m1 stopping"]);
  model.update(view("a", { outcomes: [outcome("m1", 90, "cancelled")] }));
  assert.deepEqual(statuses(), ["m1 cancelled"]);
  assert.equal(model.lane("a")?.bars[0]?.generation, 7);
});

test("a running bar goes when its session runs something else and its outcome was missed", () => {
  const model = new LanesModel();
  model.update(view("a", { state: "running", running: running("m1") }));
  model.update(view("a", { state: "running", running: running("m2") }));
  assert.deepEqual(model.lane("a")?.bars.map((bar) => bar.id), ["m2"]);
});

test("an abandoned turn is drawn on while it keeps the guard, and ends once it settled", () => {
  const model = new LanesModel();
  const outcomes = [outcome("m1", 90, "abandoned")];
  model.update(view("a", { state: "stopping", running: running("m1"), outcomes }));
  assert.deepEqual(model.lane("a")?.bars.map((bar) => [bar.status, bar.endedAt]), [
    ["abandoned", null],
  ]);
  model.update(view("a", { outcomes }));
  assert.equal(model.lane("a")?.bars[0]?.endedAt, 90);
});

test("prune() drops what left the picture, and an ended session with nothing left to see", () => {
  const model = new LanesModel();
  model.update(view("a", { state: "ended", outcomes: [outcome("m1", 1_000)] }));
  assert.equal(model.prune(2_000), false);
  assert.equal(model.prune(1_000_000), true);
  assert.deepEqual(ids(model), []);
});

test("reset() leaves out ended sessions that show nothing and puts our own lane first", () => {
  const model = new LanesModel();
  model.own = "mine";
  const old = view("old", { state: "ended", outcomes: [outcome("m1", 1_000)] });
  const late = view("late", { state: "ended", outcomes: [outcome("m2", 999_000)] });
  model.reset(
    [old, view("idle"), late, view("mine"), view("busy", { running: running("m") })],
    1e6,
  );
  assert.deepEqual(ids(model), ["mine", "busy", "idle", "late"]);
});

test("there are at most 100 lanes; the rest is counted, and the count is bounded", () => {
  const model = new LanesModel();
  for (let i = 0; i < LANES_MAX + HIDDEN_MAX + 50; i++) model.update(view(`s${i}`));
  assert.equal(model.lanes.length, LANES_MAX);
  assert.equal(model.hidden, HIDDEN_MAX);
});

test("with no lane left a busy session takes a quiet one's, and our own takes any", () => {
  const model = new LanesModel();
  for (let i = 0; i < LANES_MAX; i++) model.update(view(`s${i}`));
  model.update(view("busy", { running: running("m") }));
  assert.ok(model.lane("busy"));
  assert.equal(model.lane("s0"), undefined);
  assert.equal(model.hidden, 1);

  const full = new LanesModel();
  for (let i = 0; i < LANES_MAX; i++) full.update(view(`s${i}`, { running: running("m") }));
  full.own = "mine";
  full.update(view("other", { running: running("m") }));
  full.update(view("mine"));
  assert.ok(full.lane("mine"));
  assert.equal(full.lane("other"), undefined);
  assert.equal(full.lanes.length, LANES_MAX);
});
