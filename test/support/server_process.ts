import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Answer } from "./test_client.ts";

const CLI = fileURLToPath(new URL("../../modules/host/cli.ts", import.meta.url));
/** A process that hangs is killed then: a limit, and nothing that a test waits for. */
const LIFE_MS = 60_000;
/** How often a condition is asked for; each time costs a request. */
const POLLS_MAX = 20_000;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@linkcode Servers.run} and {@linkcode Servers.start}. */
export interface ProcessOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A server process that answers. */
export interface ServerProcess {
  readonly pid: number;
  /** As it printed it. */
  readonly address: string;
  /** All that it printed so far. */
  stdout(): string;
  readonly exited: Promise<Exit>;
  kill(signal: NodeJS.Signals): void;
  /** Closes the pipe of its log, as a reader that ends does. */
  closeLog(): void;
  /** One request of a client. */
  call(client: string, method: string, path: string, body?: object): Promise<Answer>;
  /** Asks for `path`, as any client or as this one, until its answer is as wanted. */
  poll(path: string, isWanted: (answer: Answer) => boolean, client?: string): Promise<Answer>;
}

/** What the tests of the process work with. */
export interface Servers {
  /** The folder that the data folder is in; it is removed at the end. */
  readonly dir: string;
  readonly dataDir: string;
  /** A command that ends by itself. */
  run(options?: ProcessOptions): Promise<Exit>;
  /** The server on a free port and the data folder, once it has printed where it is ready. */
  start(options?: ProcessOptions): Promise<ServerProcess>;
}

/** Runs a test with processes and a data folder; what still runs at its end is killed. */
export async function withServers(test: (servers: Servers) => Promise<void>): Promise<void> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), "lanekeeper-server-")));
  const dataDir = join(dir, "data");
  await mkdir(dataDir);
  const children: { child: ChildProcess; exited: Promise<Exit> }[] = [];
  const launch = (options: ProcessOptions) => {
    const launched = spawnCommand(options);
    children.push(launched);
    return launched;
  };
  try {
    await test({
      ...{ dir, dataDir },
      run: (options = {}) => launch(options).exited,
      start: async ({ args = [], ...options } = {}) => {
        const serve = ["serve", "--port", "0", "--data", dataDir, ...args];
        const { child, exited, stdout } = launch({ ...options, args: serve });
        const address = await readAddress(child, { exited, stdout });
        return serverOf(child, { address, exited, stdout });
      },
    });
  } finally {
    for (const { child } of children) child.kill("SIGKILL");
    await Promise.all(children.map(({ exited }) => exited));
    await rm(dir, { recursive: true, force: true });
  }
}

/** The command on the runtime that the test itself runs on. */
function spawnCommand({ args = [], env = {}, cwd }: ProcessOptions) {
  const runtime = "Deno" in globalThis ? ["run", "--allow-all", "--no-check"] : [];
  const { PATH = "", HOME = "", TMPDIR = "", DENO_DIR } = process.env;
  const child = spawn(process.execPath, [...runtime, CLI, ...args], {
    // Nothing of the environment in which the tests run: it may hold options of its own.
    env: {
      ...{ PATH, HOME, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      ...(TMPDIR === "" ? {} : { TMPDIR }),
      ...(DENO_DIR === undefined ? {} : { DENO_DIR }),
      ...env,
    },
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIFE_MS,
    killSignal: "SIGKILL",
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => stdout += chunk);
  child.stderr.on("data", (chunk) => stderr += chunk);
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, exited, stdout: () => stdout };
}

/** Waits for the line on standard output, or for the end of the process. */
function readAddress(
  child: ChildProcess,
  { exited, stdout }: { exited: Promise<Exit>; stdout(): string },
): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", () => {
      const found = /^lanekeeper is ready at (http:\S+)\n/.exec(stdout());
      if (found?.[1] !== undefined) resolve(found[1]);
    });
    void exited.then((exit) => reject(new Error(`The server ended: ${JSON.stringify(exit)}`)));
  });
}

function serverOf(
  child: ChildProcess,
  server: Pick<ServerProcess, "address" | "exited" | "stdout">,
): ServerProcess {
  const call: ServerProcess["call"] = async (client, method, path, body) => {
    const response = await fetch(`${server.address}${path}`, {
      method,
      headers: { "x-client-id": client },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
  return {
    ...server,
    pid: child.pid as number,
    // Not child.kill(): on Deno the exit is then told as that signal's, whatever its code was.
    kill: (signal) => void (child.pid !== undefined && process.kill(child.pid, signal)),
    closeLog: () => void child.stderr?.destroy(),
    call,
    poll: async (path, isWanted, client = "anybody") => {
      for (let count = 0; count < POLLS_MAX; count++) {
        const answer = await call(client, "GET", path);
        if (isWanted(answer)) return answer;
      }
      throw new Error(`${path} was not as wanted in ${POLLS_MAX} answers`);
    },
  };
}
