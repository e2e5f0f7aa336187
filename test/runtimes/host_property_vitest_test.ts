import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));

test("hostProperty() works under Vitest", async () => {
  const vitest = fileURLToPath(new URL("vitest.mjs", import.meta.resolve("vitest/package.json")));
  const { code, output } = await run([vitest, "run", "--root", folder, "--reporter", "tap-flat"]);
  assert.equal(code, 0, output);
  assert.deepEqual(output.match(/^(not )?ok \d+/gm), ["ok 1", "ok 2"], output);
});

function run(args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    // Vitest must not take itself for a part of this test run, nor colour its output.
    const { NODE_TEST_CONTEXT: _, FORCE_COLOR: __, ...env } = process.env;
    const options = { cwd: folder, timeout: 50_000, env: { ...env, NO_COLOR: "1" } };
    execFile(process.execPath, [...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}
