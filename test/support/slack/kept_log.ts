import { type Logger, LogLevel } from "@slack/web-api";

/** A logger for the clients that keeps what is said, and prints nothing. */
export interface KeptLog extends Logger {
  /** `error: Failed to retrieve …` */
  readonly lines: readonly string[];
}

/** A new {@linkcode KeptLog}. */
export function keptLog(): KeptLog {
  const lines: string[] = [];
  const keep = (level: string) => (...said: unknown[]) =>
    void lines.push(`${level}: ${said.join(" ")}`);
  return {
    lines,
    debug: () => {},
    info: keep("info"),
    warn: keep("warn"),
    error: keep("error"),
    setLevel: () => {},
    getLevel: () => LogLevel.INFO,
    setName: () => {},
  };
}
