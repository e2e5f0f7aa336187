import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const COMMANDS = {
  node: ["node"],
  deno: ["deno", "run", "--allow-all", "--no-check", "--quiet"],
  bun: ["bun"],
} as const;

/** What a script of this folder prints on each runtime, all at the same time. */
export async function printedOnAll(
  script: string,
  args: readonly string[] = [],
): Promise<Record<keyof typeof COMMANDS, string>> {
  const [node, deno, bun] = await Promise.all([
    printed(COMMANDS.node, [script, ...args]),
    printed(COMMANDS.deno, [script, ...args]),
    printed(COMMANDS.bun, [script, ...args]),
  ]);
  return { node, deno, bun };
}

function printed(
  [name, ...options]: readonly [string, ...string[]],
  [script = "", ...args]: readonly string[],
): Promise<string> {
  const command = fileURLToPath(new URL(`node_modules/.bin/${name}`, root));
  const file = fileURLToPath(new URL(script, import.meta.url));
  return new Promise((resolve, reject) => {
    execFile(command, [...options, file, ...args], { timeout: 120_000 }, (error, stdout) => {
      if (error === null) resolve(stdout.trim());
      else reject(error);
    });
  });
}
