import { test } from "node:test";
import assert from "node:assert/strict";
import {
  assertSpyCall,
  assertSpyCalls,
  MockError,
  resolvesNext,
  returnsArg,
  returnsNext,
  spy,
  stub,
} from "@std/testing/mock";

test("spy() records the calls of a function", () => {
  const add = spy((a: number, b: number): number => a + b);
  assert.equal(add(1, 2), 3);
  assertSpyCall(add, 0, { args: [1, 2], returned: 3 });
  assertSpyCalls(add, 1);
  assert.throws(() => assertSpyCalls(add, 2), /not called as much/);
  assert.throws(() => assertSpyCall(add, 0, { args: [1, 1] }), /expected args/);
});

test("spy() records the calls of a method until it is restored", () => {
  const counter = { next: (by: number): number => by };
  const original = counter.next;
  const watched = spy(counter, "next");
  assert.equal(counter.next(4), 4);
  assertSpyCall(watched, 0, { args: [4], self: counter, returned: 4 });
  watched.restore();
  assert.equal(counter.next, original);
  assert.throws(() => watched.restore(), MockError);
});

test("stub() replaces a method until it is disposed of", () => {
  const counter = { next: (by: number): number => by };
  const replaced = stub(counter, "next", () => 9);
  assert.equal(counter.next(1), 9);
  assertSpyCalls(replaced, 1);
  replaced[Symbol.dispose]();
  assert.equal(counter.next(1), 1);
});

test("the helpers return what they are told, and throw the errors among it", async () => {
  assert.equal(returnsArg<string>(1)("a", "b"), "b");
  const next = returnsNext([1, new Error("second")]);
  assert.equal(next(), 1);
  assert.throws(next, /second/);
  assert.throws(next, MockError);
  assert.equal(await resolvesNext([5])(), 5);
});
