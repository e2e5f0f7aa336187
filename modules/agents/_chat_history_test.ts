import assert from "node:assert/strict";
import { test } from "node:test";
import { chatHistory, historyAsText } from "./_chat_history.ts";
import type { TranscriptEntry } from "./agent.ts";

const entry = (role: TranscriptEntry["role"], text: string, turnId = "t"): TranscriptEntry => ({
  ...{ role, turnId, text, at: "" },
});
const limits = { messagesMax: 10, charsMax: 100 };

test("notes and replies of which nothing was said are left out, and one side's messages joined", () => {
  const entries = [
    entry("user", "a"),
    entry("agent", ""),
    entry("note", "torn"),
    { ...entry("user", "b"), sender: "ann" },
    entry("agent", "c"),
  ];
  assert.deepEqual(chatHistory(entries, { turnId: "x", limits }), [
    { role: "user", content: "a\n\nann: b" },
    { role: "assistant", content: "c" },
  ]);
});

test("a history that was cut begins with a message of a person", () => {
  const entries = ["a", "b", "c"].flatMap((text) => [entry("user", text), entry("agent", text)]);
  const cut = chatHistory(entries, { turnId: "x", limits: { messagesMax: 3, charsMax: 100 } });
  assert.deepEqual(cut.map(({ content }) => content), ["c", "c"]);
  assert.deepEqual(chatHistory([entry("agent", "a")], { turnId: "x", limits }), []);
});

test("what is beyond the characters is left out whole, but for the running turn", () => {
  const roles = ["user", "agent", "user"] as const;
  const entries = roles.map((role) => entry(role, role.repeat(12)));
  const kept = chatHistory(entries, { turnId: "x", limits });
  assert.deepEqual(kept, [{ role: "user", content: "user".repeat(12) }]);
  const now = [entry("user", "x".repeat(200), "now"), entry("user", "y".repeat(200), "now")];
  assert.equal(chatHistory(now, { turnId: "now", limits })[0]?.content.length, 402);
});

test("the history as a text names both sides, leaves out the running turn and counts", () => {
  const entries = [entry("user", "a"), entry("agent", "b"), entry("user", "c", "now")];
  assert.deepEqual(historyAsText(entries, { turnId: "now", limits }), {
    text: "User: a\n\nYou: b",
    messages: 2,
  });
});
