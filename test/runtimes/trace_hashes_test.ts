import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const RUNTIMES = [["node"], ["deno", "run", "--allow-all", "--no-check", "--quiet"], ["bun"]];

function printed([name = "", ...args]: readonly string[]): Promise<string> {
  const command = fileURLToPath(new URL(`node_modules/.bin/${name}`, root));
  const file = fileURLToPath(new URL("trace_hashes.ts", import.meta.url));
  return new Promise((resolve, reject) => {
    execFile(command, [...args, file, "3000"], { timeout: 50_000 }, (error, stdout) => {
      if (error === null) resolve(stdout.trim());
      else reject(error);
    });
  });
}

test("2 times 3,000 random schedules tell the same stories on Node, Deno and Bun", async () => {
  const [node = "", deno, bun] = await Promise.all(RUNTIMES.map(printed));
  assert.match(node, /^\{"schedules":3000,"hashes":\[-?\d+,-?\d+\]\}$/);
  assert.deepEqual({ deno, bun }, { deno: node, bun: node });
});
