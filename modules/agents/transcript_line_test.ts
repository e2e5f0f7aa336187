import assert from "node:assert/strict";
import { test } from "node:test";
import type { TranscriptEntry } from "./agent.ts";
import { decodeEntry, decodeHeader, encodeEntry, encodeHeader } from "./transcript_line.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const HEADER = { id: "s1", projectId: "p", workingDir: "/w", createdAt: "then" };

test("a header is one line, and comes back", () => {
  const line = encodeHeader(HEADER);
  assert.equal(
    line,
    '{"version":1,"id":"s1","project_id":"p","working_dir":"/w","created_at":"then"}\n',
  );
  assert.deepEqual(decodeHeader(bytes(line)), HEADER);
});

test("an entry is one line whatever its text, and comes back", () => {
  const entries: TranscriptEntry[] = [
    { role: "user", turnId: "t", text: "a\nb\r\n\u2028 ü 🚀 \0", at: "now", sender: "ann" },
    { role: "agent", turnId: "t", text: "", at: "now", end: "failed", reason: "no disk" },
    { role: "note", turnId: "", text: "x", at: "now" },
  ];
  for (const entry of entries) {
    const line = encodeEntry(entry);
    assert.equal(line.indexOf("\n"), line.length - 1);
    assert.deepEqual(decodeEntry(bytes(line)), entry);
  }
});

test("half of a surrogate pair does not spoil a line", () => {
  const entry: TranscriptEntry = { role: "user", turnId: "t", text: "\ud83d", at: "now" };
  assert.deepEqual(decodeEntry(bytes(encodeEntry(entry))), entry);
});

test("no prefix of an entry is an entry", () => {
  const whole = bytes(encodeEntry({ role: "user", turnId: "t", text: "é 🚀", at: "now" }));
  for (let length = 0; length < whole.length - 1; length++) {
    assert.equal(decodeEntry(whole.subarray(0, length)), undefined, `${length} bytes`);
  }
});

test("what is no header of version 1 is none", () => {
  const wrong = ["", "1", "null", "[]", "{}", encodeHeader(HEADER).replace(":1", ":2")];
  wrong.push(encodeHeader(HEADER).replace('"/w"', "7"));
  for (const line of wrong) assert.equal(decodeHeader(bytes(line)), undefined, line);
});

test("what is no entry is none; fields that are not known are left out", () => {
  const line = '{"role":"user","turn_id":"t","text":"x","at":"now"';
  assert.equal(decodeEntry(bytes(line.replace("user", "root") + "}")), undefined);
  assert.equal(decodeEntry(bytes(line.replace('"x"', "1") + "}")), undefined);
  const spoiled = bytes(line + "}");
  spoiled[spoiled.lastIndexOf("x".charCodeAt(0))] = 0xff;
  assert.equal(decodeEntry(spoiled), undefined);
  assert.deepEqual(decodeEntry(bytes(`${line},"end":"later","more":1}`)), {
    role: "user",
    turnId: "t",
    text: "x",
    at: "now",
  });
});
