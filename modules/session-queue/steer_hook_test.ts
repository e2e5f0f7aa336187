import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import { assertAtRest, bench, withHandles } from "./_test_support.ts";
import { withSteering } from "./_testing/steering_bench.ts";
import type { Receipt } from "./mod.ts";

const STEER = { policy: "steer" } as const;

test("a hook that answers neither true nor by a promise leaves the message in line", async () => {
  for (const answer of [undefined, null, 1, "true"]) {
    const b = withSteering({ steer: () => answer as unknown as boolean });
    b.queue.send("a", "first");
    await quiet();
    const steer = b.queue.send("a", "more", STEER);
    b.agent.last.finish();
    await quiet();
    b.agent.last.finish();
    assert.equal(await steer.result(), "re: more", String(answer));
    assert.deepEqual(b.errors, []);
    await assertAtRest(b);
  }
});

test("without the hook nothing is offered, and nothing reported, to an agent with a handle either", async () => {
  const b = withHandles();
  await b.queue.create("a");
  b.queue.send("a", "first");
  await quiet();
  const steer = b.queue.send("a", "more", STEER);
  await quiet();
  b.agent.last.finish();
  await quiet();
  b.agent.last.finish();
  assert.equal(await steer.result(), "re: more");
  assert.deepEqual(b.errors, []);
});

test("the next one is offered when the hook threw or rejected for one that was withdrawn", async () => {
  for (const isSync of [true, false]) {
    const offers: string[] = [];
    const steers: Receipt<string>[] = [];
    const b = bench({
      steer: (_handle, { message, signal }) => {
        offers.push(message);
        if (message === "two") return true;
        if (!isSync) {
          return new Promise((_, reject) =>
            signal.addEventListener("abort", () => reject(signal.reason))
          );
        }
        steers[0]!.withdraw();
        throw signal.reason;
      },
    });
    b.queue.send("a", "first");
    steers.push(...["one", "two"].map((text) => b.queue.send("a", text, STEER)));
    await quiet();
    steers[0]!.withdraw();
    await quiet();
    assert.deepEqual(offers, ["one", "two"]);
    assert.deepEqual(steers.map(({ status }) => status), ["cancelled", "running"]);
    assert.deepEqual(b.errors, ["steer of a: AbortError: The message is cancelled"]);
    b.agent.last.finish();
    await assertAtRest(b);
  }
});

test("what a turn refused is not offered to it again when another message comes", async () => {
  const b = withSteering();
  b.queue.send("a", "first");
  await quiet();
  b.queue.send("a", "more", STEER);
  b.offers[0]!.answer(false);
  await quiet();
  b.queue.send("a", "other", { policy: "collect" });
  assert.equal(b.offers.length, 1);
});

test("a turn that was cancelled is offered nothing more while it goes on (CANCEL_TARGET)", async () => {
  const b = withSteering();
  b.agent.deaf = true;
  b.queue.send("a", "first");
  await quiet();
  void b.queue.stop("a");
  b.queue.send("a", "more", STEER);
  assert.deepEqual(b.offers, []);
});

test("the signal of an offer has an AbortError as its reason, however the offer ends", async () => {
  for (const ends of ["withdrawn", "with the turn"]) {
    const b = withSteering();
    b.queue.send("a", "first");
    await quiet();
    const steer = b.queue.send("a", "more", STEER);
    if (ends === "withdrawn") steer.withdraw();
    else void b.queue.stop("a", { queued: "keep" });
    assert.equal(b.offers[0]!.signal.reason.name, "AbortError", ends);
  }
});
