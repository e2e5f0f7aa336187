import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { closeFence, cutMarkdown, splitMarkdown } from "./split_markdown.ts";

const words = (count: number, word = "word") => Array(count).fill(word).join(" ");

test("a text that fits is one part, as it is", () => {
  assert.deepEqual(splitMarkdown("short\n", 100), ["short\n"]);
  assert.equal(cutMarkdown("x".repeat(100), { max: 100 }), undefined);
});

test("a long text is cut between paragraphs, else between lines, else between words", () => {
  const paragraphs = `${words(12)}\n\n${words(6)}\nmore\n\n${words(20)}`;
  assert.deepEqual(splitMarkdown(paragraphs, 130)[0], `${words(12)}\n\n${words(6)}\nmore`);
  const lines = Array(12).fill(words(4)).join("\n");
  assert.deepEqual(splitMarkdown(lines, 120)[0], Array(5).fill(words(4)).join("\n"));
  assert.deepEqual(splitMarkdown(words(40), 70)[0], words(11));
});

test("a word that is longer than a part is cut, and never in the middle of a character", () => {
  const parts = splitMarkdown("🙂".repeat(100), 51);
  assert.equal(parts.join(""), "🙂".repeat(100));
  for (const part of parts) assert.ok(part.length <= 51 && part.isWellFormed(), part);
});

test("a code block that fits into a part is not cut: the part before ends early", () => {
  const block = `\`\`\`ts\n${Array(6).fill("const a = 1;").join("\n")}\n\`\`\``;
  const [first, second] = splitMarkdown(`Look:\n${block}\nThat is it.`, 100);
  assert.equal(first, "Look:");
  assert.equal(second, `${block}\nThat is it.`);
});

test("a code block that does not fit is closed, and opened again as it was", () => {
  const lines = Array.from({ length: 30 }, (_, n) => `line ${n};`);
  const parts = splitMarkdown(`~~~js\n${lines.join("\n")}\n~~~\nafter`, 120);
  assert.ok(parts.length > 2);
  for (const part of parts.slice(0, -1)) {
    assert.match(part, /^~~~js\n[^~]*\n~~~$/);
  }
  assert.match(parts.at(-1)!, /^~~~js\n[^~]*\n~~~\nafter$/);
  assert.equal(parts.join("\n").replaceAll(/^~~~(js)?$\n?/gm, ""), `${lines.join("\n")}\nafter`);
});

test("what was shown already is in the first part", () => {
  const text = `${words(5)}\n\n${words(30)}`;
  assert.equal(cutMarkdown(text, { max: 100 })?.part, words(5));
  const cut = cutMarkdown(text, { max: 100, min: 82 });
  assert.ok(cut!.part.length >= 82, cut!.part);
});

test("a code block that is still open is closed for being shown", () => {
  assert.equal(closeFence("a\n```ts\nconst"), "a\n```ts\nconst\n```");
  assert.equal(closeFence("a\n```ts\nconst\n```"), "a\n```ts\nconst\n```");
  assert.equal(closeFence("````\n```\n"), "````\n```\n````");
  assert.equal(closeFence("one `code` and ```more```"), "one `code` and ```more```");
});

test("any text: no part is too long, none is cut within a word, each is whole Markdown, nothing is lost", () => {
  const line = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.array(fc.string({ minLength: 1, maxLength: 9 })).map((a) => a.join(" ")),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom("```", "```ts", "~~~", "", "# a heading", "- a point"),
    },
  );
  const text = fc.array(line, { maxLength: 60 }).map((lines) => lines.join("\n"));
  fc.assert(fc.property(text, fc.integer({ min: 60, max: 300 }), (whole, max) => {
    const parts = splitMarkdown(whole, max);
    for (const part of parts) assert.ok(part.length <= max, `${part.length} > ${max}`);
    for (const part of parts.slice(0, -1)) assert.equal(closeFence(part), part);
    const seen = (texts: readonly string[]) =>
      texts.join("\n").replaceAll(/^ {0,3}(`{3,}|~{3,}).*$/gm, "").split(/\s+/).filter(Boolean);
    assert.deepEqual(seen(parts), seen([whole]));
  }));
});
