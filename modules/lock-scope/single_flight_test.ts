import assert from "node:assert/strict";
import { test } from "node:test";
import { countedSignal } from "./_testing/counted_signal.ts";
import { SingleFlight } from "./mod.ts";

/** A function that is run once and ends when the test says so. */
function controlled<T>() {
  let land!: (value: T) => void;
  let crash!: (reason: unknown) => void;
  const result = new Promise<T>((resolve, reject) => {
    land = resolve;
    crash = reject;
  });
  return { fn: () => result, land, crash };
}

const notCalled = () => assert.fail("there must be no second flight");

test("all who ask during a flight share its result, and the function runs once", async () => {
  const flights = new SingleFlight<string, object>();
  const { fn, land } = controlled<object>();
  const first = flights.run("a", fn);
  const second = flights.run("a", notCalled);
  assert.deepEqual([flights.size, flights.has("a"), flights.has("b")], [1, true, false]);
  const result = {};
  land(result);
  assert.deepEqual(await Promise.all([first, second]).then((all) => all.map((r) => r === result)), [
    true,
    true,
  ]);
  assert.equal(flights.size, 0);
});

test("all who ask during a flight share its one failure", async () => {
  const flights = new SingleFlight<string, void>();
  const { fn, crash } = controlled<void>();
  const waiters = [flights.run("a", fn), flights.run("a", notCalled)];
  const failure = new Error("boom");
  crash(failure);
  for (const settled of await Promise.allSettled(waiters)) {
    assert.equal(settled.status === "rejected" && settled.reason, failure);
  }
  assert.equal(await flights.run("a", () => {}), undefined);
});

test("the function is called inside run(), and what it throws is the shared rejection", async () => {
  const flights = new SingleFlight<string, void>();
  let called = false;
  const first = flights.run("a", () => {
    called = true;
    throw new Error("at once");
  });
  assert.equal(called, true);
  const second = flights.run("a", notCalled);
  await assert.rejects(first, { message: "at once" });
  await assert.rejects(second, { message: "at once" });
});

test("a plain value and a thenable are results, too", async () => {
  const flights = new SingleFlight<string, number>();
  assert.equal(await flights.run("a", () => 1), 1);
  const thenable = { then: (resolve: (value: number) => void) => resolve(2) };
  assert.equal(await flights.run("a", () => thenable as Promise<number>), 2);
});

test("keys do not share flights", async () => {
  const flights = new SingleFlight<string, string>();
  const both = ["a", "b"].map((key) => flights.run(key, () => Promise.resolve(key)));
  assert.equal(flights.size, 2);
  assert.deepEqual(await Promise.all(both), ["a", "b"]);
});

test("whoever asks when the result is out starts a new flight", async () => {
  const flights = new SingleFlight<string, number>();
  const again = flights.run("a", () => 1).then((one) => flights.run("a", () => one + 1));
  assert.equal(await again, 2);
});

test("a run() inside the function joins the flight that it is part of (ATOMIC_CLAIM)", async () => {
  const flights = new SingleFlight<string, number>();
  let inner: Promise<number> | undefined;
  const outer = flights.run("a", () => {
    inner = flights.run("a", notCalled);
    return 1;
  });
  assert.deepEqual(await Promise.all([outer, inner]), [1, 1]);
});

test("an abort takes out its own waiter alone, and the flight goes on (FUTURE_SETTLES)", async () => {
  const flights = new SingleFlight<string, number>();
  const { fn, land } = controlled<number>();
  const controllers = [1, 2, 3].map(() => new AbortController());
  const waiters = controllers.map(({ signal }) => flights.run("a", fn, { signal }));
  controllers[0]!.abort("the starter leaves");
  await assert.rejects(waiters[0]!, (reason) => reason === "the starter leaves");
  controllers[2]!.abort("a follower leaves");
  await assert.rejects(waiters[2]!, (reason) => reason === "a follower leaves");
  assert.equal(flights.size, 1);
  land(7);
  assert.equal(await waiters[1], 7);
});

test("a flight whose waiters all left goes on, is joined, and its failure is dropped", async () => {
  const flights = new SingleFlight<string, number>();
  const { fn, crash } = controlled<number>();
  const controller = new AbortController();
  const only = flights.run("a", fn, { signal: controller.signal });
  controller.abort();
  await assert.rejects(only, { name: "AbortError" });
  assert.equal(flights.has("a"), true);
  const late = new AbortController();
  const joined = flights.run("a", notCalled, { signal: late.signal });
  late.abort();
  await assert.rejects(joined, { name: "AbortError" });
  // An unhandled rejection would fail this run on every runtime.
  crash(new Error("nobody is left"));
  await assert.rejects(fn());
  assert.equal(flights.size, 0);
});

test("a waiter who left is forgotten at once, not when the flight ends (BOUNDED_STATE)", async () => {
  const flights = new SingleFlight<string, number>();
  const { fn, land } = controlled<number>();
  const { controller, signal } = countedSignal();
  const left = flights.run("a", fn, { signal });
  const stays = flights.run("a", notCalled);
  controller.abort();
  await assert.rejects(left, { name: "AbortError" });
  signal.removeEventListener = () => assert.fail("the flight still knows who left");
  land(1);
  assert.equal(await stays, 1);
});

test("a signal that is aborted already starts nothing and joins nothing (CANCEL_TARGET)", async () => {
  const flights = new SingleFlight<string, number>();
  const signal = AbortSignal.abort("before");
  await assert.rejects(flights.run("a", notCalled, { signal }), (reason) => reason === "before");
  assert.equal(flights.size, 0);
});

test("an abort inside the function reaches the waiter who started it", async () => {
  const flights = new SingleFlight<string, number>();
  const controller = new AbortController();
  const { signal } = controller;
  const fn = () => {
    controller.abort("from inside");
    return 1;
  };
  await assert.rejects(flights.run("a", fn, { signal }), (reason) => reason === "from inside");
  assert.equal(flights.size, 0);
});

test("the abort listener is gone on every path (BOUNDED_STATE)", async () => {
  const flights = new SingleFlight<string, number>();
  const { controller, signal, listeners } = countedSignal();
  const fail = () => Promise.reject(new Error("boom"));
  const landed = flights.run("a", () => 1, { signal });
  assert.equal(listeners.size, 1);
  await landed;
  assert.equal(listeners.size, 0);
  await assert.rejects(flights.run("a", fail, { signal }));
  assert.equal(listeners.size, 0);
  const waiter = flights.run("a", () => 1, { signal });
  controller.abort();
  await assert.rejects(waiter, { name: "AbortError" });
  assert.equal(listeners.size, 0);
});
