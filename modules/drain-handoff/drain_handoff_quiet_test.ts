import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/harness";
import { DrainHandoff } from "./mod.ts";

/** Turns that each last until the test ends them. */
function chainOf() {
  const inbox: string[] = [];
  const works = new Map<string, () => void>();
  const chain = new DrainHandoff<string, string>({
    next: () => inbox.shift(),
    run: (turn) => new Promise<void>((resolve) => void works.set(turn.item, resolve)),
  });
  const send = (key: string, item: string) => {
    inbox.push(item);
    chain.wake(key);
  };
  const end = async (item: string) => {
    works.get(item)!();
    await quiet();
  };
  return { chain, end, inbox, send };
}

/** Whether a promise has settled, and how, as far as anybody has looked. */
function watch(promise: Promise<unknown>): { result: unknown } {
  const seen: { result: unknown } = { result: "pending" };
  promise.then(() => seen.result = "fulfilled", (reason) => seen.result = reason);
  return seen;
}

/** A signal that counts the listeners it has, and how often one was taken away. */
function countingSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Map<unknown, string>();
  let removals = 0;
  const [add, remove] = [signal.addEventListener, signal.removeEventListener];
  signal.addEventListener = (type: string, listener: EventListener, options?: object) => {
    listeners.set(listener, type);
    if ((options as { once?: boolean } | undefined)?.once) {
      add.call(signal, type, () => listeners.delete(listener), { once: true });
    }
    add.call(signal, type, listener, options);
  };
  signal.removeEventListener = (type: string, listener: EventListener) => {
    if (listeners.get(listener) === type) listeners.delete(listener);
    removals++;
    remove.call(signal, type, listener);
  };
  return { controller, signal, listeners: () => listeners.size, removals: () => removals };
}

test("quiet() fulfils at once when no guard is held", async () => {
  const { chain } = chainOf();
  const seen = watch(chain.quiet());
  await quiet();
  assert.equal(seen.result, "fulfilled");
});

test("quiet() waits for every key, and for turns that start meanwhile (FUTURE_SETTLES)", async () => {
  const { chain, end, send } = chainOf();
  send("a", "1");
  const [one, other] = [watch(chain.quiet()), watch(chain.quiet())];
  send("b", "2");
  send("a", "3");
  await quiet();
  await end("1");
  await end("2");
  assert.deepEqual([one.result, chain.size], ["pending", 1]);
  await end("3");
  assert.deepEqual([one.result, other.result, chain.size], ["fulfilled", "fulfilled", 0]);
});

test("quiet() waits for a turn that was interrupted and has not settled", async () => {
  const { chain, end, send } = chainOf();
  send("a", "1");
  await quiet();
  chain.turnOf("a")!.interrupt();
  const seen = watch(chain.quiet());
  await quiet();
  assert.equal(seen.result, "pending");
  await end("1");
  assert.equal(seen.result, "fulfilled");
});

test("quiet() rejects with the reason of its signal, and only that waiter goes (BOUNDED_STATE)", async () => {
  const { chain, end, send } = chainOf();
  send("a", "1");
  await quiet();
  const { controller, signal, listeners, removals } = countingSignal();
  const [mine, other] = [watch(chain.quiet({ signal })), watch(chain.quiet())];
  controller.abort("no time");
  await quiet();
  assert.deepEqual([mine.result, other.result, chain.size], ["no time", "pending", 1]);
  assert.equal(listeners(), 0);
  await end("1");
  assert.deepEqual([mine.result, other.result], ["no time", "fulfilled"]);
  assert.equal(removals(), 0, "nothing was kept of the waiter that left");
});

test("quiet() with a signal that is aborted already rejects, busy or idle", async () => {
  const { chain, send } = chainOf();
  const signal = AbortSignal.abort("too late");
  const idle = watch(chain.quiet({ signal }));
  send("a", "1");
  const busy = watch(chain.quiet({ signal }));
  await quiet();
  assert.deepEqual([idle.result, busy.result], ["too late", "too late"]);
});

test("quiet() keeps nothing of a waiter whom it has told (BOUNDED_STATE)", async () => {
  const { chain, end, send } = chainOf();
  const { signal, removals } = countingSignal();
  send("a", "1");
  await quiet();
  const seen = watch(chain.quiet({ signal }));
  await end("1");
  send("a", "2");
  await quiet();
  const other = watch(chain.quiet());
  await end("2");
  assert.deepEqual([seen.result, other.result, removals()], ["fulfilled", "fulfilled", 1]);
});

test("quiet() leaves no listener on its signal when it fulfils (BOUNDED_STATE)", async () => {
  const { chain, end, send } = chainOf();
  const { controller, signal, listeners } = countingSignal();
  await chain.quiet({ signal });
  assert.equal(listeners(), 0);
  send("a", "1");
  await quiet();
  const seen = watch(chain.quiet({ signal }));
  assert.equal(listeners(), 1);
  await end("1");
  assert.deepEqual([seen.result, listeners()], ["fulfilled", 0]);
  controller.abort();
  await quiet();
  assert.equal(seen.result, "fulfilled");
});
