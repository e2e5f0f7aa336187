import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSessionId, InvalidSessionIdError } from "./session_id.ts";

test("a session id names one file in one folder", () => {
  for (const id of ["a", "-", "_.", "A.b-C_9", "a..b", "x".repeat(128), crypto.randomUUID()]) {
    assertSessionId(id);
  }
});

test("what could name another file is refused", () => {
  const wrong = ["", ".", "..", ".a", "../a", "a/b", "a\\b", "a b", "a\n", "a\0", "é", "a:b"];
  for (const id of [...wrong, "x".repeat(129)]) {
    assert.throws(() => assertSessionId(id), InvalidSessionIdError, JSON.stringify(id));
  }
});

test("a value of another type is refused, also one that looks like an id as text", () => {
  for (const id of [undefined, null, 7, ["a"], {}]) {
    const isRefused = { name: "InvalidSessionIdError", code: "invalid_session_id" };
    assert.throws(() => assertSessionId(id as string), isRefused);
  }
});

test("the error shows the start of the id, quoted", () => {
  assert.throws(() => assertSessionId("../" + "x".repeat(1_000)), (error: Error) => {
    assert.match(error.message, /^Cannot use "\.\.\/x+" as a session id: /);
    assert.ok(error.message.length < 200);
    return true;
  });
});
