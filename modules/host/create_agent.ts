import {
  createAcpAgent,
  createEchoAgent,
  createOpenAiAgent,
  type StoredAgent,
  type StoredAgentOptions,
} from "@lanekeeper/agents";
import { chooseAgent } from "./agent_config.ts";
import type { Config } from "./config.ts";

/** A process that is killed for not hearing its cancel is gone before its turn is abandoned. */
const CANCEL_SHARE = 0.4;
const KILL_SHARE = 0.2;

/** Makes the agent that the configuration asks for. What it needs is loaded with its first turn. */
export function createAgent(
  config: Config,
  options: Pick<StoredAgentOptions, "dataDir" | "onError">,
): StoredAgent {
  const choice = chooseAgent(config.agent);
  const { turnMs, replyChars: replyCharsMax } = config;
  switch (choice.kind) {
    case "echo":
      return createEchoAgent(options);
    case "acp":
      return createAcpAgent({
        ...options,
        ...{ turnMs, replyCharsMax },
        command: choice.command,
        permissions: config.permissions,
        processesMax: config.processesMax,
        cancelMs: share(config.abandonMs, CANCEL_SHARE),
        killMs: share(config.abandonMs, KILL_SHARE),
      });
    case "openai": {
      const { openaiUrl, openaiKey, systemPrompt, idleMs } = config;
      return createOpenAiAgent({
        ...options,
        ...{ turnMs, idleMs, replyCharsMax },
        model: choice.model,
        ...(openaiUrl === undefined ? {} : { baseUrl: openaiUrl }),
        ...(openaiKey === undefined ? {} : { apiKey: openaiKey }),
        ...(systemPrompt === undefined ? {} : { systemPrompt }),
      });
    }
  }
}

/** In ms: 2,000 and 1,000 of the 5,000 that are the default, and never more. */
function share(abandonMs: number, part: number): number {
  return Math.max(1, Math.floor(Math.min(5_000, abandonMs) * part));
}
