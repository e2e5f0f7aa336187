import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CliIo } from "./io.ts";
import { main } from "./main.ts";

/** What a command gave. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder in which commands run. */
export interface Folder {
  readonly path: string;
  /** Writes a file, and gives its name. */
  write(name: string, text: string): Promise<string>;
  read(name: string): Promise<string>;
  /** The command, in this process. */
  run(args: readonly string[], io?: Partial<CliIo>): Promise<Ran>;
}

/** Runs a test with a folder, which is deleted afterwards. */
export async function withFolder(test: (folder: Folder) => Promise<void>): Promise<void> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "lanekeeper-check-")));
  try {
    await test({
      path,
      write: async (name, text) => {
        await writeFile(join(path, name), text);
        return name;
      },
      read: (name) => readFile(join(path, name), "utf8"),
      run: (args, io) => runMain(args, { cwd: path, ...io }),
    });
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

/** The command with streams that keep what is written, and a time that stands still. */
export async function runMain(args: readonly string[], io: Partial<CliIo> = {}): Promise<Ran> {
  const [stdout, stderr] = [new Kept(), new Kept()];
  const code = await main(args, {
    stdout,
    stderr,
    cwd: "/",
    env: {},
    signal: new AbortController().signal,
    strays: [],
    now: () => 0,
    watchStalls: () => () => {},
    randomSeed: () => 7,
    ...io,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** A stream that keeps what is written to it. */
export class Kept {
  text = "";

  write(text: string): void {
    this.text += text;
  }
}

/** The body of a module whose default export is an adapter. */
export function adapterModule(host: string, fields = ""): string {
  return `export default { name: "tiny", ${fields} create(env) { ${host} } };\n`;
}

/** One turn at a time for each session. */
export const CHAIN = adapterModule(`
  const tails = new Map();
  return {
    send(session, message) {
      const run = () => env.agent(session, message);
      const tail = (tails.get(session) ?? Promise.resolve()).then(run, run);
      tails.set(session, tail);
      return tail;
    },
  };
`);

/** All turns at once. */
export const NAIVE = adapterModule(
  "return { send: (session, message) => env.agent(session, message) };",
);

/** Few schedules, for tests that are about something else. */
export const FEW = ["--runs", "30", "--operations", "1", "--guarantee", "SINGLE_TURN"];
