// Run by a test as a process of its own, with few file descriptors: takes all that there are, then has an
// agent started, twice. It tells how that ended, and lives on until it has.
import { closeSync, openSync } from "node:fs";
import process from "node:process";
import { AcpLink } from "../_acp_link.ts";
import { AcpError } from "../acp_error.ts";

const [dir = ""] = process.argv.slice(2);

async function start(command: readonly string[]): Promise<unknown> {
  const { setTimeout, clearTimeout } = globalThis;
  try {
    return await AcpLink.start({
      command,
      cwd: dir,
      env: process.env,
      clock: {
        now: () => performance.now(),
        setTimeout: (fn, ms) => setTimeout(fn, ms),
        clearTimeout: (timer) => clearTimeout(timer as number),
      },
      limits: { startMs: 60_000, killMs: 1_000, lineBytesMax: 1_000, stderrBytesMax: 1_000 },
      previous: undefined,
      signal: new AbortController().signal,
      onError: () => {},
    });
  } catch (error) {
    return error;
  }
}

// What is loaded with the first start is loaded while files can be opened.
await start(["no-such-agent"]);
const held: number[] = [];
try {
  for (;;) held.push(openSync(process.execPath, "r"));
} catch {
  // There are no more.
}
const ends = [await start([process.execPath]), await start([process.execPath])];
for (const descriptor of held) closeSync(descriptor);
for (const end of ends) {
  process.stdout.write(`${end instanceof AcpError ? end.code : end}\n`);
}
