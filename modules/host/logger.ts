/** How much a line matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** What a line carries besides its message: plain data, and errors under `error`. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured logs: one line for each event, with fields. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: LogFields): void;
}

/** The levels, the least important first. */
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Options of {@linkcode createLogger}. */
export interface LoggerOptions {
  /** Lines below this are dropped. Default `"info"`. */
  level?: LogLevel;
  /** Takes a line, with its line break. */
  write(line: string): void;
  /** Milliseconds since the epoch. Default `Date.now`. */
  now?(): number;
}

/**
 * Makes a logger that writes JSON lines: `time`, `level`, `message`, then the fields.
 *
 * @example A line
 * ```ts
 * import { createLogger } from "@lanekeeper/host";
 * import assert from "node:assert/strict";
 *
 * let written = "";
 * const logger = createLogger({ write: (line) => written += line, now: () => 0 });
 * logger.log("info", "Listening", { port: 8420 });
 * assert.deepEqual(JSON.parse(written), {
 *   time: "1970-01-01T00:00:00.000Z", level: "info", message: "Listening", port: 8420,
 * });
 * ```
 */
export function createLogger(options: LoggerOptions): Logger {
  const { level: least = "info", write, now = Date.now } = options;
  return {
    log: (level, message, fields = {}) => {
      if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return;
      const line = { time: new Date(now()).toISOString(), level, message };
      // Twice: the line's own fields come first and cannot be replaced.
      write(`${stringify({ ...line, ...fields, ...line })}\n`);
    },
  };
}

/** Never throws: a line that cannot be written must not take the place of what it was to tell. */
function stringify(line: LogFields): string {
  try {
    return JSON.stringify(line, plain);
  } catch {
    const { time, level, message } = line;
    const fields = Object.keys(line).filter((name) => !(name in { time, level, message }));
    return JSON.stringify({ time, level, message, unprintable: fields });
  }
}

/** Errors and big numbers, of which `JSON.stringify` makes nothing. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  const errors = value instanceof AggregateError ? { errors: value.errors } : {};
  return { name, message, stack, ...(cause === undefined ? {} : { cause }), ...errors };
}
