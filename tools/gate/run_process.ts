import { spawn } from "node:child_process";

/** Options of {@linkcode runProcess}. */
export interface RunProcessOptions {
  cwd: string;
  /** The process and all that it started is stopped after this many milliseconds. */
  limitMs: number;
  env?: NodeJS.ProcessEnv;
  /** `true` collects what is printed, `false` lets it through. */
  capture: boolean;
}

/** How a process ended. */
export interface ProcessResult {
  /** Its exit code; 1 if it could not start or was killed. */
  readonly code: number;
  /** What it printed, if it was captured: the beginning and the end, if it was much. */
  readonly output: string;
  readonly tookMs: number;
  /** Whether it took longer than its limit. */
  readonly timedOut: boolean;
}

/** How long a process may take to end itself and its children before it is killed. */
const GRACE_MS = 3_000;
/** How much of a process's output is kept from the beginning and from the end. */
const OUTPUT_HALF_CHARS = 10_000;

/** Runs a program to its end, or to its limit. Never rejects: a program that fails is a result. */
export function runProcess(
  command: readonly string[],
  options: RunProcessOptions,
): Promise<ProcessResult> {
  const [program = "", ...args] = command;
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const pipe = options.capture ? "pipe" : "inherit";
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      detached: true, // its own group, so that its children can be stopped with it
      stdio: ["ignore", pipe, pipe],
    });
    const output = new ClippedText();
    child.stdout?.setEncoding("utf8").on("data", (text: string) => output.add(text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => output.add(text));

    let killTimer: NodeJS.Timeout | undefined;
    const stop = (why: string): void => {
      output.add(`\nStopped: ${why}: ${command.join(" ")}\n`);
      signalGroup(child.pid, "SIGTERM");
      killTimer ??= setTimeout(() => signalGroup(child.pid, "SIGKILL"), GRACE_MS);
    };
    let timedOut = false;
    const limitTimer = setTimeout(() => {
      timedOut = true;
      stop(`it took longer than ${(options.limitMs / 1000).toFixed(0)} s`);
    }, options.limitMs);
    let interrupt: NodeJS.Signals | undefined;
    const onSignal = (signal: NodeJS.Signals): void => stop(interrupt = signal);
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal);

    const finish = (code: number): void => {
      clearTimeout(limitTimer);
      clearTimeout(killTimer);
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
      signalGroup(child.pid, "SIGKILL"); // what it left behind
      if (interrupt) process.kill(process.pid, interrupt); // and this process ends as it was told
      const tookMs = performance.now() - startedAt;
      resolve({ code, output: output.toString(), tookMs, timedOut });
    };
    child.once("error", (error) => {
      output.add(`Cannot run ${program}: ${error.message}\n`);
      finish(1);
    });
    child.once("close", (code) => finish(code ?? 1));
  });
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing of the group is left.
  }
}

/** Text of which only the beginning and the end are kept, however much is added. */
class ClippedText {
  #head = "";
  #tail = "";
  #clipped = false;

  add(text: string): void {
    const room = OUTPUT_HALF_CHARS - this.#head.length;
    this.#head += text.slice(0, room);
    this.#tail += text.slice(room);
    if (this.#tail.length <= OUTPUT_HALF_CHARS) return;
    this.#tail = this.#tail.slice(-OUTPUT_HALF_CHARS);
    this.#clipped = true;
  }

  toString(): string {
    return this.#head + (this.#clipped ? "\n[... left out ...]\n" : "") + this.#tail;
  }
}
