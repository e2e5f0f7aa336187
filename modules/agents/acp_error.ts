/**
 * What went wrong with an agent that runs as a child process.
 *
 * - `not_started`: its command could not be run, or it did not answer in time.
 * - `exited`: its process ended in the middle of a turn.
 * - `protocol`: it said what the Agent Client Protocol does not know, or too long a line.
 * - `failed`: it answered with an error of its own.
 * - `unauthorized`: it wants a person to sign in with its own command first.
 * - `too_many`: as many agents run as may, and none became free in time.
 * - `chatter`: it wrote lines that are no messages, which were left out. No turn fails with it: it is
 *   told to `onError` alone.
 */
export type AcpErrorCode =
  | "not_started"
  | "exited"
  | "protocol"
  | "failed"
  | "unauthorized"
  | "too_many"
  | "chatter";

/** What is known of an `AcpError` besides its code. */
export interface AcpErrorOptions extends ErrorOptions {
  /** The last of what the process wrote to its standard error. */
  readonly stderr?: string;
  /** How the process ended: its exit code or its signal. */
  readonly exit?: string;
}

/**
 * A turn failed because of the agent's process. It is never `SessionGoneError`: the transcript is
 * here, and the next message starts the agent again and goes on (`ERROR_CLASS`).
 */
export class AcpError extends Error {
  override readonly name = "AcpError";
  /** Stable code for callers that cross a realm or a wire. */
  readonly code: AcpErrorCode;
  /** The last of what the process wrote to its standard error. */
  readonly stderr: string;
  /** How the process ended, for instance `code 1` or `SIGKILL`. */
  readonly exit: string | undefined;

  constructor(code: AcpErrorCode, message: string, options: AcpErrorOptions = {}) {
    const { stderr = "", exit, ...rest } = options;
    const tail = stderr.trim().split("\n").slice(-STDERR_LINES_SHOWN).join("\n");
    super(tail === "" ? message : `${message}; it wrote: ${tail}`, rest);
    this.code = code;
    this.stderr = stderr;
    this.exit = exit;
  }
}

const STDERR_LINES_SHOWN = 5;
