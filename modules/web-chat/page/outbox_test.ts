import { test } from "node:test";
import assert from "node:assert/strict";
import { OPEN_MAX, Outbox, OUTBOX_MAX, PATIENCE_MS } from "./outbox.js";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import type { Answer } from "./api.js";

interface Sent {
  id: string;
  signal: AbortSignal;
  answer(status: number): void;
}

function outbox() {
  const clock = new FakeClock();
  const sent: Sent[] = [];
  const answered: string[] = [];
  const box = new Outbox({
    send: (id, _body, signal) =>
      new Promise<Answer>((resolve) => {
        sent.push({ id, signal, answer: (status) => resolve({ status, body: {} }) });
      }),
    answered: (id, { status }) => answered.push(`${id} ${status}`),
    setTimeout: (fn, ms) => clock.setTimeout(fn, ms),
  });
  const push = (id: string) => box.push(id, { message: id, policy: "enqueue" });
  return { box, clock, sent, answered, push, ids: () => sent.map(({ id }) => id).join("") };
}

test("the next message is sent when the one before is seen accepted or is answered", async () => {
  const { box, sent, answered, push, ids } = outbox();
  for (const id of ["a", "b", "c"]) push(id);
  assert.equal(ids(), "a");
  box.accepted("a");
  assert.equal(ids(), "ab");
  sent[1]?.answer(409);
  await Promise.resolve();
  assert.equal(ids(), "abc");
  assert.deepEqual(answered, ["b 409"]);
});

test("without an event stream the next message is sent after a moment", () => {
  const { clock, push, ids } = outbox();
  push("a");
  push("b");
  clock.advance(PATIENCE_MS - 1);
  assert.equal(ids(), "a");
  clock.advance(1);
  assert.equal(ids(), "ab");
});

test("few requests stay open: an accepted message's is let go of and its answer ignored", async () => {
  const { box, sent, answered, push, ids } = outbox();
  for (const id of ["a", "b", "c", "d"]) {
    push(id);
    if (id !== "c") box.accepted(id);
  }
  // c is not known to be accepted, so d waits, and then the newest accepted one makes room.
  assert.equal(ids(), "abc");
  box.accepted("c");
  assert.equal(ids(), "abcd");
  assert.equal(box.size, OPEN_MAX);
  assert.deepEqual(sent.map(({ signal }) => signal.aborted), [false, false, true, false]);
  sent[2]?.answer(0);
  await Promise.resolve();
  assert.deepEqual(answered, []);
});

test("a full outbox refuses, and clear() forgets what was not sent", () => {
  const { box, push, ids } = outbox();
  push("a");
  for (let i = 0; i < OUTBOX_MAX; i++) assert.equal(push("x"), true);
  assert.equal(push("x"), false);
  assert.equal(box.clear().length, OUTBOX_MAX);
  box.accepted("a");
  assert.equal(ids(), "a");
});
