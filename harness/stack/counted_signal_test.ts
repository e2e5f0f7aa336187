import assert from "node:assert/strict";
import { test } from "node:test";
import { CountedSignal } from "./counted_signal.ts";

function counted(): CountedSignal {
  return new CountedSignal("message 1");
}

test("a counted signal is a real AbortSignal, before and after its abort", () => {
  const one = counted();
  const { signal } = one;
  assert.ok(signal instanceof AbortSignal && signal instanceof EventTarget);
  assert.equal(Object.prototype.toString.call(signal), "[object AbortSignal]");
  assert.equal(signal.aborted, false);
  signal.throwIfAborted();
  const reason = new Error("stop");
  one.abort(reason);
  assert.equal(signal.aborted, true);
  assert.equal(signal.reason, reason);
  assert.throws(() => signal.throwIfAborted(), reason);
  one.abort(new Error("again"));
  assert.equal(signal.reason, reason);
  const other = counted();
  other.abort();
  assert.equal(other.signal.reason.name, "AbortError");
});

test("AbortSignal.any() follows a counted signal, and is not counted", () => {
  const one = counted();
  const any = AbortSignal.any([one.signal, new AbortController().signal]);
  const heard: string[] = [];
  any.addEventListener("abort", () => heard.push("any"));
  assert.equal(one.listeners, 0);
  one.abort("reason");
  assert.deepEqual([heard, any.aborted, any.reason], [["any"], true, "reason"]);
});

test("listeners are called once each at the abort, in order, with the signal as this", () => {
  const one = counted();
  const heard: unknown[] = [];
  one.signal.addEventListener("abort", function (event) {
    heard.push(["function", this === one.signal, event.target === one.signal, event.type]);
  });
  one.signal.addEventListener("abort", { handleEvent: () => void heard.push("object") });
  one.signal.onabort = () => void heard.push("handler");
  assert.equal(one.listeners, 3);
  one.abort();
  one.abort();
  assert.deepEqual(heard, [["function", true, true, "abort"], "object", "handler"]);
});

test("a listener counts until it is removed, in the way it was added", () => {
  const one = counted();
  const heed = (): void => {};
  one.signal.addEventListener("abort", heed, { capture: true });
  one.signal.removeEventListener("abort", heed);
  one.signal.removeEventListener("abort", () => {}, true);
  assert.equal(one.listeners, 1, "that one was not added");
  one.signal.removeEventListener("abort", heed, true);
  assert.equal(one.listeners, 0);
  one.signal.removeEventListener("abort", heed, true);
  assert.equal(one.listeners, 0);
});

test("the same listener added twice is one; with capture it is another", () => {
  const one = counted();
  let calls = 0;
  const heed = (): void => void calls++;
  one.signal.addEventListener("abort", heed);
  one.signal.addEventListener("abort", heed, { once: true });
  assert.equal(one.listeners, 1);
  one.signal.addEventListener("abort", heed, true);
  assert.equal(one.listeners, 2);
  one.signal.addEventListener("another event", heed);
  assert.equal(one.listeners, 3);
  one.signal.removeEventListener("another event", heed);
  one.signal.removeEventListener("abort", heed);
  assert.equal(one.listeners, 1);
  one.abort();
  assert.equal(calls, 1);
});

test("the abort takes the listeners that were there; who comes later counts", () => {
  const one = counted();
  one.signal.addEventListener("abort", () => {}, { once: true });
  one.signal.addEventListener("abort", () => one.signal.addEventListener("abort", () => {}));
  one.signal.onabort = () => {};
  one.abort();
  assert.equal(one.listeners, 1, "added in the course of the abort, and never called");
  one.signal.addEventListener("abort", () => {});
  one.abort();
  assert.equal(one.listeners, 2);
});

test("a listener is gone when the signal in its options aborts, and comes again if added anew", () => {
  const one = counted();
  let calls = 0;
  const heed = (): void => void calls++;
  const until = new AbortController();
  one.signal.addEventListener("abort", heed, { signal: until.signal });
  assert.equal(one.listeners, 1);
  until.abort();
  assert.equal(one.listeners, 0);
  one.signal.addEventListener("abort", heed, { signal: until.signal });
  assert.equal(one.listeners, 0, "that signal is aborted already");
  one.signal.addEventListener("abort", heed);
  assert.equal(one.listeners, 1);
  one.abort();
  assert.equal(calls, 1);
});

test("onabort counts as one, however often it is set, until it is null", () => {
  const one = counted();
  const heard: string[] = [];
  assert.equal(one.signal.onabort, null);
  one.signal.onabort = () => void heard.push("first");
  const second = (): void => void heard.push("second");
  one.signal.onabort = second;
  assert.deepEqual([one.listeners, one.signal.onabort], [1, second]);
  one.signal.onabort = null;
  assert.equal(one.listeners, 0);
  one.signal.onabort = second;
  one.abort();
  assert.deepEqual([heard, one.listeners], [["second"], 0]);
});

test("what is no listener is not counted", () => {
  const one = counted();
  one.signal.addEventListener("abort", null as unknown as () => void);
  one.signal.addEventListener("abort", () => {}, null as unknown as undefined);
  assert.equal(one.listeners, 1);
});

test("a signal that stops another target's listener has none left when that is removed", () => {
  const one = counted();
  const target = new EventTarget();
  const heed = (): void => {};
  target.addEventListener("x", heed, { signal: one.signal });
  target.removeEventListener("x", heed);
  assert.equal(one.listeners, 0);
});

test("a set has those signals that may have listeners, and no others", () => {
  const listening = new Set<CountedSignal>();
  const [first, second, third] = [1, 2, 3].map((n) => new CountedSignal(`message ${n}`, listening));
  first!.signal.addEventListener("abort", () => {}, { signal: AbortSignal.abort() });
  assert.equal(listening.size, 0);
  const heed = (): void => {};
  first!.signal.addEventListener("abort", heed);
  second!.signal.onabort = heed;
  third!.signal.addEventListener("abort", heed, { once: true });
  assert.deepEqual([...listening], [first, second, third]);
  first!.signal.removeEventListener("abort", heed);
  second!.signal.onabort = null;
  third!.abort();
  assert.deepEqual([...listening], []);
});
