import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import type { Clock } from "@lanekeeper/session-queue";

/** Options of `AgentProcess`. */
export interface AgentProcessOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** How long each step of ending it may take before the next one, in ms. */
  readonly killMs: number;
  /** How much of its standard error is kept, in bytes. */
  readonly stderrBytesMax: number;
}

/** Those that run: they end with this process, however it leaves. */
const running = new Set<AgentProcess>();

function killAll(): void {
  for (const one of running) one.signal("SIGKILL");
}

/** How long a pipe may stay open that a process holds which left the group, in ms. */
const PIPES_MS = 250;

/**
 * A child process that leads a group of its own, so that it ends together with whatever it started.
 *
 * - `end()` closes its input, then sends SIGTERM, then SIGKILL, each to the whole group and `killMs`
 *   apart; `kill()` begins with SIGTERM.
 * - It ends as well when it has closed its input.
 * - However it ends, the rest of its group is killed then, its pipes are closed, and `gone` fulfils.
 *   What left the group on purpose (`setsid`) is out of reach.
 * - It does not outlive this process: it is killed when that exits, and its input ends when that is
 *   killed (or throws on Deno, which tells nobody of its exit then).
 */
export class AgentProcess {
  /** Fulfils once nothing of it is left; never rejects. Says how it ended. */
  readonly gone: Promise<string>;
  readonly #child: ChildProcess;
  readonly #options: AgentProcessOptions;
  readonly #timers = new Set<unknown>();
  #stderr: Buffer = Buffer.alloc(0);
  #exit: string | undefined;
  #ending = 0;

  /**
   * Starts it, without a shell. What the system refuses - a command that is not there, too many open
   * files - is told by `gone`.
   *
   * @throws what the runtime throws at once, for instance for a zero byte in an argument.
   */
  constructor(command: readonly string[], options: AgentProcessOptions) {
    this.#options = options;
    const [file = "", ...args] = command;
    this.#child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env as NodeJS.ProcessEnv,
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    const child = this.#child;
    this.gone = new Promise((resolve) => {
      // First of all: an error that nobody listens for ends the whole server.
      child.on("error", (error) => resolve(this.#gone(error.message)));
      child.once("exit", (code, signal) => {
        this.#exit = signal ?? `code ${code}`;
        this.signal("SIGKILL");
        const done = () => resolve(this.#gone(signal ?? `code ${code}`));
        // What it wrote last is still read; then the pipes end, for nobody is left who holds them.
        this.#after(PIPES_MS, done);
        child.once("close", done);
      });
    });
    // A write to a process that has ended is told by its end.
    for (const stream of this.#pipes) stream.on("error", () => {});
    // One that still runs and reads nothing any more is of no use: no writer is told of that.
    child.stdin?.on("error", () => void this.end());
    child.stderr?.on("data", (chunk: Buffer) => this.#keep(chunk));
    if (running.size === 0) process.on("exit", killAll);
    running.add(this);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Whether it ended, or never began. */
  get isGone(): boolean {
    return this.#exit !== undefined;
  }

  /** Whether its end has begun, by whomever. It may still read, write and answer. */
  get isEnding(): boolean {
    return this.isGone || this.#ending > 0;
  }

  /** The last of its standard error. */
  get stderr(): string {
    return this.#stderr.toString("utf8");
  }

  /** There are no pipes where the system had no file descriptors left for them: then it never began. */
  get stdin(): Writable | undefined {
    return this.#child.stdin ?? undefined;
  }

  get stdout(): Readable | undefined {
    return this.#child.stdout ?? undefined;
  }

  get #pipes(): (Readable | Writable)[] {
    const { stdin, stdout, stderr } = this.#child;
    return [stdin, stdout, stderr].filter((stream) => stream !== null && stream !== undefined);
  }

  /** Lets it end by itself first. Resolves once it is gone. */
  end(): Promise<string> {
    this.#escalate(0);
    return this.gone;
  }

  /** Ends it now. Resolves once it is gone. */
  kill(): Promise<string> {
    this.#escalate(1);
    return this.gone;
  }

  /** Begins a step of ending, unless it or a later one has begun. */
  #escalate(step: number): void {
    if (this.isGone || step < this.#ending) return;
    this.#ending = step + 1;
    if (step === 0) this.stdin?.end();
    else this.signal(step === 1 ? "SIGTERM" : "SIGKILL");
    if (step < 2) this.#after(this.#options.killMs, () => this.#escalate(step + 1));
  }

  /** Sends a signal to the whole group, if anybody is left in it. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // Nobody is left in the group.
    }
  }

  #after(ms: number, fn: () => void): unknown {
    const { clock } = this.#options;
    const timer = clock.setTimeout(() => {
      this.#timers.delete(timer);
      fn();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }

  #gone(exit: string): string {
    this.#exit = exit;
    running.delete(this);
    if (running.size === 0) process.off("exit", killAll);
    for (const timer of this.#timers) this.#options.clock.clearTimeout(timer);
    this.#timers.clear();
    for (const stream of this.#pipes) stream.destroy();
    return exit;
  }

  #keep(chunk: Buffer): void {
    const { stderrBytesMax } = this.#options;
    this.#stderr = Buffer.concat([this.#stderr, chunk]).subarray(-stderrBytesMax);
  }
}
