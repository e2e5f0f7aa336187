import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const FOLDER = new URL("./", import.meta.url);
/** What one agent alone needs: a server with another one does not load it. */
const LAZY = ["openai", "@agentclientprotocol/sdk"];

test("the packages of an agent are loaded with its first turn, and with no other agent", () => {
  const files = readdirSync(FOLDER).filter((name) => /(?<!_test)\.ts$/.test(name));
  const eager: string[] = [];
  const lazy = new Set<string>();
  for (const file of files) {
    const text = readFileSync(new URL(file, FOLDER), "utf8");
    for (const [, kind, name = ""] of text.matchAll(/^import (type )?[^;]*?from "([^"]+)"/gm)) {
      if (kind === undefined && LAZY.includes(name)) eager.push(`${file}: ${name}`);
    }
    for (const [, name = ""] of text.matchAll(/await import\("([^"]+)"\)/g)) lazy.add(name);
  }
  assert.deepEqual(eager, []);
  assert.deepEqual([...lazy].sort(), [...LAZY].sort());
});
