import assert from "node:assert/strict";
import { test } from "node:test";
import { readCommand } from "./command.ts";

test("a command is one word alone, in any case, with or without a sign", () => {
  assert.deepEqual(readCommand("stop"), { name: "stop" });
  assert.deepEqual(readCommand("New!"), { name: "new" });
  assert.deepEqual(readCommand("!STATUS"), { name: "status" });
  assert.deepEqual(readCommand("/stop"), { name: "stop" });
  assert.deepEqual(readCommand("help."), { name: "help" });
  assert.deepEqual(readCommand(""), { name: "help" });
});

test("a message that has more than the word, or a slash before it, is for the agent", () => {
  for (
    const text of ["stop it", "/help", "/new", "/compact", "a new one", "status?!x", "stop\nnow"]
  ) {
    assert.deepEqual(readCommand(text), { name: "send", text, policy: undefined });
  }
});

test("a word and a colon say what becomes of a message while its thread is busy", () => {
  assert.deepEqual(readCommand("queue: this"), { name: "send", text: "this", policy: "enqueue" });
  assert.deepEqual(readCommand("Interrupt:\nthat"), {
    name: "send",
    text: "that",
    policy: "interrupt",
  });
  assert.deepEqual(readCommand("collect: and"), { name: "send", text: "and", policy: "collect" });
  assert.deepEqual(readCommand("interrupt: stop"), {
    name: "send",
    text: "stop",
    policy: "interrupt",
  });
  for (const policy of ["steer", "rollback"] as const) {
    assert.deepEqual(readCommand(`${policy}: so`), { name: "send", text: "so", policy });
  }
  assert.deepEqual(readCommand("queue:"), { name: "help" });
});

test("other words and colons are just text, be they names of anything", () => {
  for (const text of ["note: this", "constructor: x", "https://a.test", "toString: y"]) {
    assert.deepEqual(readCommand(text), { name: "send", text, policy: undefined });
  }
  assert.deepEqual(readCommand("now: x", { now: "interrupt" }), {
    name: "send",
    text: "x",
    policy: "interrupt",
  });
});
