import { ACP_PERMISSIONS, type AcpPermissions, splitCommand } from "@lanekeeper/agents";
import { nonEmpty, oneOf, type OptionSpec, whole } from "./option_spec.ts";
import { UsageError } from "./usage_error.ts";

/** What the command was told of the agent. */
export interface AgentConfig {
  /** `echo`, `acp:COMMAND` or `openai:MODEL`. */
  readonly agent: string;
  readonly permissions: AcpPermissions;
  readonly processesMax: number;
  readonly openaiUrl: string | undefined;
  readonly openaiKey: string | undefined;
  readonly systemPrompt: string | undefined;
  readonly turnMs: number;
  readonly idleMs: number;
  readonly replyChars: number;
}

/** Which agent, and with what. */
export type AgentChoice =
  | { readonly kind: "echo" }
  | { readonly kind: "acp"; readonly command: readonly string[] }
  | { readonly kind: "openai"; readonly model: string };

/** The options of the agents. Those of one agent are of no effect with another. */
export const AGENT_SPECS = {
  agent: {
    flag: "agent",
    env: "LANEKEEPER_AGENT",
    value: "AGENT",
    fallback: "echo",
    help: "Which agent runs the turns: echo, acp:COMMAND or openai:MODEL.",
    parse: (text: string, from: string) => {
      chooseAgent(text, from);
      return text;
    },
  },
  permissions: {
    flag: "permissions",
    env: "LANEKEEPER_PERMISSIONS",
    value: "POLICY",
    fallback: "deny",
    help: `What an acp agent may do that asks first: ${ACP_PERMISSIONS.join(", ")}.`,
    parse: (text: string, from: string) => oneOf(text, { from, allowed: ACP_PERMISSIONS }),
  },
  processesMax: {
    flag: "processes-max",
    env: "LANEKEEPER_PROCESSES_MAX",
    value: "N",
    fallback: "16",
    help: "How many processes of an acp agent run at a time.",
    parse: (text: string, from: string) => whole(text, { from, min: 1, max: 10_000 }),
  },
  openaiUrl: {
    flag: "openai-url",
    env: "OPENAI_BASE_URL",
    value: "URL",
    fallback: undefined,
    help: "Where an openai agent's model is, up to the version; OpenAI's own if none is given.",
    parse: nonEmpty,
  },
  openaiKey: {
    flag: "openai-key",
    env: "OPENAI_API_KEY",
    value: "KEY",
    fallback: undefined,
    help: "Key of that endpoint, if it wants one. Better set it in the environment.",
    // Without its value: a secret has no place in a message.
    parse: (text: string) => nonEmpty(text, "this key"),
  },
  systemPrompt: {
    flag: "system-prompt",
    env: "LANEKEEPER_SYSTEM_PROMPT",
    value: "TEXT",
    fallback: undefined,
    help: "What an openai agent's model is told before everything else.",
    parse: nonEmpty,
  },
  turnMs: {
    flag: "turn-ms",
    env: "LANEKEEPER_TURN_MS",
    value: "MS",
    fallback: "1800000",
    help: "How long a turn of an acp or openai agent may take, in milliseconds.",
    parse: (text: string, from: string) => whole(text, { from, min: 1, max: 86_400_000 }),
  },
  idleMs: {
    flag: "idle-ms",
    env: "LANEKEEPER_IDLE_MS",
    value: "MS",
    fallback: "120000",
    help: "How long an openai agent's endpoint may be silent, in milliseconds.",
    parse: (text: string, from: string) => whole(text, { from, min: 1, max: 86_400_000 }),
  },
  replyChars: {
    flag: "reply-chars",
    env: "LANEKEEPER_REPLY_CHARS",
    value: "N",
    fallback: "200000",
    help: "The longest reply of an acp or openai agent, in characters.",
    parse: (text: string, from: string) => whole(text, { from, min: 1, max: 10_000_000 }),
  },
} satisfies Record<string, OptionSpec<unknown>>;

/**
 * Reads the options of the agents.
 *
 * @throws {UsageError} if the agent needs something that is not there.
 */
export function readAgentConfig(read: <T>(spec: OptionSpec<T>) => T | undefined): AgentConfig {
  const config: AgentConfig = {
    agent: read(AGENT_SPECS.agent) as string,
    permissions: read<AcpPermissions>(AGENT_SPECS.permissions) as AcpPermissions,
    processesMax: read(AGENT_SPECS.processesMax) as number,
    openaiUrl: read(AGENT_SPECS.openaiUrl),
    openaiKey: read(AGENT_SPECS.openaiKey),
    systemPrompt: read(AGENT_SPECS.systemPrompt),
    turnMs: read(AGENT_SPECS.turnMs) as number,
    idleMs: read(AGENT_SPECS.idleMs) as number,
    replyChars: read(AGENT_SPECS.replyChars) as number,
  };
  if (chooseAgent(config.agent).kind === "openai") requireEndpoint(config);
  return config;
}

/** @throws {UsageError} if it is none of the agents. */
export function chooseAgent(text: string, from = "this agent"): AgentChoice {
  const [, kind, rest = ""] = /^(echo|acp|openai)(?::([^]*))?$/.exec(text) ?? [];
  if (text === "echo") return { kind: "echo" };
  if (kind === "acp" && rest.trim() !== "") return { kind, command: split(rest, from) };
  if (kind === "openai" && rest.trim() !== "") return { kind, model: rest.trim() };
  throw new UsageError(
    `Cannot use ${from}: it must be one of echo, acp:COMMAND, openai:MODEL`,
  );
}

function split(command: string, from: string): string[] {
  try {
    return splitCommand(command);
  } catch (error) {
    throw new UsageError(`Cannot use ${from}: ${(error as Error).message.split(": ").at(-1)}`);
  }
}

/** The address is not repeated: there may be a password in it. */
function requireEndpoint({ openaiUrl, openaiKey }: AgentConfig): void {
  if (openaiUrl === undefined && openaiKey === undefined) {
    throw new UsageError(
      "Cannot use the openai agent: set OPENAI_API_KEY, or --openai-url for a server without keys",
    );
  }
  const protocol = URL.parse(openaiUrl ?? "https://")?.protocol ?? "";
  if (openaiUrl !== undefined && !/^https?:$/.test(protocol)) {
    throw new UsageError("Cannot use --openai-url: it must be an http or https address");
  }
}
