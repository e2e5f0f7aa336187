import type { SlackCalls } from "./calls.ts";
import { isAfter, type OwnMessages } from "./own_messages.ts";
import { readText, type SlackIdentity } from "./post.ts";
import type { SlackResult } from "./web_client.ts";

/** Where a message of the bot is looked for. */
export interface LostMessageOptions {
  readonly calls: SlackCalls;
  readonly identity: SlackIdentity;
  readonly channel: string;
  /** What is known already is not the lost one. */
  readonly own: OwnMessages;
  /** The `ts` of a message that was there before the lost call: the lost one is younger. */
  readonly since: string;
  /** In this thread; `undefined`: plainly in the conversation. */
  readonly replyTs: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** So many messages behind `since` are looked at. */
const MESSAGES_MAX = 100;

/**
 * Looks for a message whose answer was lost, by its words: Slack may have it. That it is not found does
 * not mean that it is not there, so it must not be said again. A message that is known already is another
 * one, however equal its words are.
 *
 * @returns its `ts`, if there is just one such message of the bot.
 */
export async function findLost(
  text: string,
  options: LostMessageOptions,
): Promise<string | undefined> {
  const { messages } = await behind(options);
  if (!Array.isArray(messages)) return undefined;
  const { identity: { userId, botId }, own, channel, since } = options;
  const words = wordsOf(text);
  const found = messages.filter((message) => {
    const { user, bot_id: bot, text: said, ts } = message ?? {};
    const isOwn = user === userId || (botId !== undefined && bot === botId);
    const isNew = isAfter(String(ts), since) && !own.has(channel, String(ts));
    return isOwn && isNew && wordsOf(readText(String(said), userId)) === words;
  });
  if (found.length !== 1 || words === "") return undefined;
  const ts = String(found[0].ts);
  own.add(channel, ts);
  return ts;
}

function behind(options: LostMessageOptions): Promise<SlackResult> {
  const { calls, channel, since: oldest, replyTs: ts, signal } = options;
  const args = { channel, oldest, limit: MESSAGES_MAX };
  return ts === undefined
    ? calls.call("conversations.history", args, { signal })
    : calls.call("conversations.replies", { ...args, ts }, { signal });
}

/** Without marks and spaces: Slack tells a Markdown text in marks of its own. */
function wordsOf(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, "");
}
