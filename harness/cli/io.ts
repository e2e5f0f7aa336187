/** Where the command writes to. */
export interface CliStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Everything outside that the command uses, beside files. */
export interface CliIo {
  /** The result. */
  readonly stdout: CliStream;
  /** The progress, and what went wrong. */
  readonly stderr: CliStream;
  /** What relative paths are relative to. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when it shall stop; the reason is the name of the signal, such as `SIGINT`. */
  readonly signal: AbortSignal;
  /** What nobody caught so far: rejections without a handler, and throws in timers. */
  readonly strays: readonly unknown[];
  /** The time in ms, from any beginning. */
  now(): number;
  /** Ends the process if it is kept busy for so many ms. Returns what stops the watch. */
  watchStalls(limitMs: number): () => void;
  /** A seed for a search that was not given one. */
  randomSeed(): number;
}

/** Wrong usage: one line that says what to do. The command ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What the command ends with. */
export const EXIT = {
  clean: 0,
  broken: 1,
  usage: 2,
  adapter: 3,
  /** A fault of the command itself. */
  broke: 70,
} as const;

/** The exit code after a signal, as a shell has it. */
export function exitCodeOf(signal: unknown): number {
  return signal === "SIGTERM" ? 143 : 130;
}
