import assert from "node:assert/strict";
import { test } from "node:test";
import { ECHO_HELP, parseEchoCommand, SLOW_SECONDS_MAX } from "./echo_command.ts";

test("what is no command is said, without the white space around it", () => {
  for (
    const text of [
      "",
      "hello",
      "slow",
      "slowly does it",
      "slow cooking",
      "slow 5s",
      "slow 1e3",
      "slow 12345678901",
      "failing is fine",
      "ignore",
      "ignore cancel culture",
      "ignore cancel 5s",
      "ignore cancellation",
      "gone fishing",
      "help me",
      "please help",
      "fa\u0131l",
    ]
  ) {
    assert.deepEqual(parseEchoCommand(`\n ${text}\t`), { kind: "say", text });
  }
});

test("slow takes a number of seconds and what to say afterwards", () => {
  assert.deepEqual(parseEchoCommand("slow 5"), { kind: "slow", seconds: 5, text: "" });
  assert.deepEqual(parseEchoCommand(" SLOW  0.5 \n a  b"), {
    kind: "slow",
    seconds: 0.5,
    text: "a  b",
  });
});

test("a number of seconds is clamped to 0 and to the maximum", () => {
  assert.equal(SLOW_SECONDS_MAX, 120);
  assert.deepEqual(parseEchoCommand("slow 121"), { kind: "slow", seconds: 120, text: "" });
  assert.deepEqual(parseEchoCommand("slow 120"), { kind: "slow", seconds: 120, text: "" });
  assert.deepEqual(parseEchoCommand("slow -1"), { kind: "slow", seconds: 0, text: "" });
  assert.deepEqual(parseEchoCommand("ignore cancel 999999999"), {
    kind: "ignore-cancel",
    seconds: 120,
  });
});

test("fail takes any text, or none", () => {
  assert.deepEqual(parseEchoCommand("fail"), { kind: "fail", text: "" });
  assert.deepEqual(parseEchoCommand("Fail  out of disk\nnow"), {
    kind: "fail",
    text: "out of disk\nnow",
  });
});

test("ignore cancel takes 10 seconds unless told otherwise", () => {
  assert.deepEqual(parseEchoCommand("ignore cancel"), { kind: "ignore-cancel", seconds: 10 });
  assert.deepEqual(parseEchoCommand("ignore  cancel 2.5 please"), {
    kind: "ignore-cancel",
    seconds: 2.5,
  });
});

test("gone and help stand alone", () => {
  assert.deepEqual(parseEchoCommand(" Gone "), { kind: "gone" });
  assert.deepEqual(parseEchoCommand("HELP\n"), { kind: "help" });
});

test("the help names every word", () => {
  for (const word of ["slow", "fail", "ignore cancel", "gone", "help"]) {
    assert.match(ECHO_HELP, new RegExp(`^${word}( | -)`, "m"));
  }
});

test("a long message is read in no time", () => {
  const text = `slow ${"1".repeat(100_000)} ${" ".repeat(100_000)}x`;
  assert.deepEqual(parseEchoCommand(text), { kind: "say", text });
});
