import { test } from "node:test";
import assert from "node:assert/strict";
import { brokenLinks, traces } from "./text_rules.ts";
import { listTree, readTree } from "./tree.ts";

test("traces() fires on a machine's path and on a registry's host", () => {
  const found = (text: string): string[] => traces({ path: "a.md", text });
  const slash = "/"; // The samples are put together so that this file stays clean itself.
  assert.deepEqual(found(`x\nin ${slash}work/main`), [`a.md:2 names ${slash}work/main`]);
  assert.equal(found(`"${slash}root/.cache"`).length, 1);
  assert.equal(found(`"https:${slash}/registry${"."}npmjs.org/a"`).length, 1);
  assert.deepEqual(
    found("framework/main, ./work/a, https://example.com/work/a, npm's registry"),
    [],
  );
});

test("no file of the tree names a machine's path or a registry's host", () => {
  const files = readTree(/./);
  assert.ok(files.some(({ path }) => path === ".npmrc"));
  assert.deepEqual(files.flatMap(traces), []);
});

test("brokenLinks() fires on a link, an image and an anchor that lead nowhere", () => {
  const text = [
    "# One `two`, three",
    "[good](b.md) [folder](docs/) [web](https://example.com) [here](#one-two-three)",
    "[bad](c.md) ![bad](docs/d.png) [bad](#four) [bad](b.md#five) [good](b.md#b)",
    "[ref]: ../outside.md",
    "```md\n[code](nowhere.md)\n```\n`[code](nowhere.md)`",
  ].join("\n");
  const texts = new Map([["x/a.md", text], ["x/b.md", "# B"], ["x/docs/c.md", ""]]);
  assert.deepEqual(
    brokenLinks({ path: "x/a.md", text }, texts).map((line) => line.split(" ")[3]),
    ["c.md,", "docs/d.png,", "#four,", "b.md#five,", "../outside.md,"],
  );
});

test("every relative link in the tree resolves", () => {
  // A picture has no text, but can be linked to.
  const texts = new Map(listTree().map((path) => [path, ""]));
  for (const { path, text } of readTree(/./)) texts.set(path, text);
  assert.deepEqual(readTree(/\.md$/).flatMap((file) => brokenLinks(file, texts)), []);
});
