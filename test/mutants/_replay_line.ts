import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../harness/cli/cli.ts", import.meta.url));

/** Runs the printed replay command on the runtime that runs this: the command behind npm's script. */
export function replayLine(line: string): Promise<{ code: number; stdout: string }> {
  const words = wordsOf(line);
  if (words.slice(0, 4).join(" ") !== "npm run check:host --") {
    throw new Error(`No command: ${line}`);
  }
  const flags = "Deno" in globalThis ? ["run", "--allow-all", "--no-check", "--quiet"] : [];
  const args = [...flags, CLI, ...words.slice(4)];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout: stdout + stderr });
    });
  });
}

/** The words of a command as a shell takes them, as far as its quotes are single ones. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|\\'|[^\s'\\])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'/g, "$1").replaceAll("\\'", "'")
  );
}
