import type { BusyPolicy } from "@lanekeeper/session-queue";

/** What a post asks for: something of the bot itself, or a message for the agent. */
export type Command =
  | { readonly name: "stop" | "new" | "status" | "help" }
  | { readonly name: "send"; readonly text: string; readonly policy: BusyPolicy | undefined };

const COMMANDS = ["stop", "new", "status", "help"] as const;

/**
 * What becomes of a message that begins with one of these words and a colon, if its session is busy:
 * `interrupt: rather do this`. A policy that the queue learns is one more line.
 */
export const POLICY_WORDS: Readonly<Record<string, BusyPolicy>> = {
  queue: "enqueue",
  interrupt: "interrupt",
  collect: "collect",
  steer: "steer",
  rollback: "rollback",
};

const PREFIX = /^([a-z]+):\s*/i;
const WORD = /^([/!]?)([a-z]+)[.!]?$/i;

/**
 * Reads what a person wrote. A command is the whole message and one word: `stop`, not `stop it`. With a
 * slash it is the agent's own (`/help`), but for `/stop`, which is never to be misunderstood.
 */
export function readCommand(
  text: string,
  policyWords: Readonly<Record<string, BusyPolicy>> = POLICY_WORDS,
): Command {
  if (text === "") return { name: "help" };
  const [, sign, word] = WORD.exec(text.toLowerCase()) ?? [];
  const name = COMMANDS.find((one) => one === word && (sign !== "/" || one === "stop"));
  if (name !== undefined) return { name };
  const prefix = PREFIX.exec(text);
  const key = prefix?.[1]?.toLowerCase() ?? "";
  const policy = Object.hasOwn(policyWords, key) ? policyWords[key] : undefined;
  const rest = policy === undefined ? text : text.slice(prefix?.[0].length);
  return rest === "" ? { name: "help" } : { name: "send", text: rest, policy };
}
