import { parseArgs } from "node:util";
import { AGENT_SPECS, type AgentConfig, readAgentConfig } from "./agent_config.ts";
import { LOG_LEVELS, type LogLevel } from "./logger.ts";
import { nonEmpty, oneOf, type OptionSpec, whole } from "./option_spec.ts";
import { readSlackConfig, SLACK_FLAGS, SLACK_HELP, type SlackConfig } from "./slack_config.ts";
import { UsageError } from "./usage_error.ts";

export { UsageError };

/** The configuration of the command. */
export interface Config extends AgentConfig {
  readonly port: number;
  readonly host: string;
  readonly token: string | undefined;
  readonly allowedHosts: readonly string[];
  readonly data: string;
  readonly workDir: string | undefined;
  readonly shutdownMs: number;
  readonly abandonMs: number;
  readonly logLevel: LogLevel;
  /** With `--slack`. */
  readonly slack: SlackConfig | undefined;
}

/** What the command was called for. */
export type Command =
  | { readonly name: "serve"; readonly config: Config }
  | { readonly name: "help" }
  | { readonly name: "version" };

const LOOPBACK = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|::1)$/i;

const SPECS = {
  port: {
    flag: "port",
    env: "LANEKEEPER_PORT",
    value: "PORT",
    fallback: "8420",
    help: "Port to listen on; 0 takes a free one.",
    parse: (text: string, from: string) => whole(text, { from, max: 65_535 }),
  },
  host: {
    flag: "host",
    env: "LANEKEEPER_HOST",
    value: "ADDRESS",
    fallback: "127.0.0.1",
    help: "Address to bind to; any but a loopback address needs --token.",
    parse: nonEmpty,
  },
  token: {
    flag: "token",
    env: "LANEKEEPER_TOKEN",
    value: "TOKEN",
    fallback: undefined,
    help: "What every call must bring; 16 characters or more. Better set it in the environment.",
    // Without its value: a secret has no place in a message.
    parse: (text: string) => {
      if (text.length >= 16) return text;
      throw new UsageError("Cannot use this token: it must have 16 characters or more");
    },
  },
  allowedHosts: {
    flag: "allowed-hosts",
    env: "LANEKEEPER_ALLOWED_HOSTS",
    value: "NAMES",
    fallback: undefined,
    help: "Host names to answer to besides the loopback ones, with commas between.",
    parse: (text: string) =>
      text.toLowerCase().split(",").map((name) => name.trim()).filter(Boolean),
  },
  data: {
    flag: "data",
    env: "LANEKEEPER_DATA",
    value: "DIR",
    fallback: ".lanekeeper",
    help: "Folder for the transcripts. One server at a time owns it.",
    parse: nonEmpty,
  },
  ...AGENT_SPECS,
  workDir: {
    flag: "work-dir",
    env: "LANEKEEPER_WORK_DIR",
    value: "DIR",
    fallback: undefined,
    help: "Where each Slack session has a folder to work in. Default: work in that of --data.",
    parse: nonEmpty,
  },
  shutdownMs: {
    flag: "shutdown-ms",
    env: "LANEKEEPER_SHUTDOWN_MS",
    value: "MS",
    fallback: "30000",
    help: "Deadline over the whole shutdown, in milliseconds.",
    parse: (text: string, from: string) => whole(text, { from, max: 86_400_000 }),
  },
  abandonMs: {
    flag: "abandon-ms",
    env: "LANEKEEPER_ABANDON_MS",
    value: "MS",
    fallback: "5000",
    help: "How long a cancelled turn may go on before it is abandoned, in milliseconds.",
    parse: (text: string, from: string) => whole(text, { from, max: 86_400_000 }),
  },
  logLevel: {
    flag: "log-level",
    env: "LANEKEEPER_LOG_LEVEL",
    value: "LEVEL",
    fallback: "info",
    help: `What is logged on standard error: ${LOG_LEVELS.join(", ")}.`,
    parse: (text: string, from: string) => oneOf(text, { from, allowed: LOG_LEVELS }),
  },
} satisfies Record<string, OptionSpec<unknown>>;

const SPEC_LIST: readonly OptionSpec<unknown>[] = Object.values(SPECS);

/**
 * Reads the command line and the environment; the command line wins.
 *
 * @throws {UsageError} with one line that says what is wrong and what to do.
 */
export function readCommand(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Command {
  const { values, positionals } = parse(args);
  if (values["help"] === true) return { name: "help" };
  if (values["version"] === true) return { name: "version" };
  const [command = "serve", ...rest] = positionals;
  if (command !== "serve") {
    throw new UsageError(
      `Cannot run ${JSON.stringify(command)}: the command is "serve" (see --help)`,
    );
  }
  if (rest.length > 0) {
    throw new UsageError(
      `Cannot use argument ${JSON.stringify(rest[0])}: serve takes options only (see --help)`,
    );
  }
  const read = <T>(spec: OptionSpec<T>): T | undefined => {
    const flag = values[spec.flag];
    if (typeof flag === "string") return spec.parse(flag, `--${spec.flag} ${JSON.stringify(flag)}`);
    const text = env[spec.env] || spec.fallback;
    return text === undefined ? undefined : spec.parse(text, `${spec.env}=${JSON.stringify(text)}`);
  };
  const config: Config = {
    port: read(SPECS.port) as number,
    host: read(SPECS.host) as string,
    token: read(SPECS.token),
    allowedHosts: read<string[]>(SPECS.allowedHosts) ?? [],
    data: read(SPECS.data) as string,
    ...readAgentConfig(read),
    workDir: read(SPECS.workDir),
    shutdownMs: read(SPECS.shutdownMs) as number,
    abandonMs: read(SPECS.abandonMs) as number,
    logLevel: read(SPECS.logLevel) as LogLevel,
    slack: readSlackConfig(values, env),
  };
  if (!LOOPBACK.test(config.host) && config.token === undefined) {
    throw new UsageError(
      `Cannot bind to ${
        JSON.stringify(config.host)
      } without a token: set LANEKEEPER_TOKEN, or bind to 127.0.0.1`,
    );
  }
  return { name: "serve", config };
}

/** The text of `--help`. */
export function helpText(): string {
  const rows = SPEC_LIST.map(({ flag, value, help, env, fallback }) => {
    const defaultText = fallback === undefined ? "" : ` Default: ${fallback}.`;
    return `  --${flag} ${value}`.padEnd(26) + `${help}${defaultText}\n` +
      `${" ".repeat(26)}Environment: ${env}\n`;
  });
  return `Usage: lanekeeper serve [options]

Starts the server with the web chat. Its address is the one line on standard output; logs go to
standard error as JSON lines. SIGTERM or SIGINT lets the running turns finish, a second one ends
the process at once.

Options
${rows.join("")}${SLACK_HELP}  --help                  Shows this text.
  --version               Shows the version.

Exit codes: 0 stopped in order, 1 could not start or had to give something up, 2 wrong usage.
`;
}

function parse(args: readonly string[]) {
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = {
    help: { type: "boolean", short: "h" },
    version: { type: "boolean", short: "v" },
    ...SLACK_FLAGS,
  };
  for (const { flag } of SPEC_LIST) options[flag] = { type: "string" };
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    const reason = (error as Error).message.replace(/\s*\n\s*/g, " ").replace(/\.$/, "");
    throw new UsageError(`${reason} (see --help)`);
  }
}
