import type { SlackCalls } from "./calls.ts";
import { readText, type SlackIdentity } from "./post.ts";
import type { SlackResult } from "./web_client.ts";

/** Where a message of the bot is looked for. */
export interface LostMessageOptions {
  readonly calls: SlackCalls;
  readonly identity: SlackIdentity;
  readonly channel: string;
  /** The post that it answers: it is younger. */
  readonly ts: string;
  /** In this thread; `undefined`: plainly in the conversation. */
  readonly replyTs: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** So many messages behind the post are looked at. */
const MESSAGES_MAX = 100;

/**
 * Looks for a message whose answer was lost, by its words: Slack may have it. That it is not found does
 * not mean that it is not there, so it must not be said again.
 *
 * @returns its `ts`, if there is just one such message of the bot.
 */
export async function findLost(
  text: string,
  options: LostMessageOptions,
): Promise<string | undefined> {
  const { messages } = await behind(options);
  if (!Array.isArray(messages)) return undefined;
  const { userId, botId } = options.identity;
  const words = wordsOf(text);
  const found = messages.filter((message) => {
    const { user, bot_id: bot, text: said } = message ?? {};
    const isOwn = user === userId || (botId !== undefined && bot === botId);
    return isOwn && wordsOf(readText(String(said), userId)) === words;
  });
  return found.length === 1 && words !== "" ? String(found[0].ts) : undefined;
}

function behind(options: LostMessageOptions): Promise<SlackResult> {
  const { calls, channel, ts: oldest, replyTs: ts, signal } = options;
  const args = { channel, oldest, limit: MESSAGES_MAX };
  return ts === undefined
    ? calls.call("conversations.history", args, { signal })
    : calls.call("conversations.replies", { ...args, ts }, { signal });
}

/** Without marks and spaces: Slack tells a Markdown text in marks of its own. */
function wordsOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, "");
}
