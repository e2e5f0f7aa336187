import type { TranscriptEntry } from "./agent.ts";

/** One message, as a model is told. */
export interface HistoryMessage {
  readonly role: "user" | "assistant";
  readonly content: string;
}

/** How much of a transcript a model is told. */
export interface HistoryLimits {
  readonly messagesMax: number;
  readonly charsMax: number;
}

/**
 * The last of what was said, for a model: as many whole messages as the limits allow, and always all
 * of the running turn.
 *
 * - Notes are left out, and replies of which nothing was said.
 * - Messages of one side in a row become one: some models refuse two.
 * - It begins with a message of a person.
 */
export function chatHistory(
  entries: readonly TranscriptEntry[],
  { turnId, limits }: { readonly turnId: string; readonly limits: HistoryLimits },
): HistoryMessage[] {
  const said = entries.filter(({ role, text }) =>
    role === "user" || (role === "agent" && text !== "")
  );
  const kept: TranscriptEntry[] = [];
  let chars = 0;
  for (const entry of said.toReversed()) {
    chars += entry.text.length;
    const fits = kept.length < limits.messagesMax && chars <= limits.charsMax;
    if (!fits && entry.turnId !== turnId) break;
    kept.unshift(entry);
  }
  const first = kept.findIndex(({ role }) => role === "user");
  return joined(first < 0 ? [] : kept.slice(first));
}

/** What of a transcript is told to whoever does not remember it, as one text. */
export function historyAsText(
  entries: readonly TranscriptEntry[],
  options: { readonly turnId: string; readonly limits: HistoryLimits },
): { readonly text: string; readonly messages: number } {
  const earlier = entries.filter(({ turnId }) => turnId !== options.turnId);
  const history = chatHistory(earlier, options);
  const lines = history.map(({ role, content }) =>
    `${role === "user" ? "User" : "You"}: ${content}`
  );
  return { text: lines.join("\n\n"), messages: history.length };
}

function joined(entries: readonly TranscriptEntry[]): HistoryMessage[] {
  const messages: { role: HistoryMessage["role"]; content: string }[] = [];
  for (const { role, text, sender } of entries) {
    const side = role === "user" ? "user" : "assistant";
    const content = side === "user" && sender !== undefined ? `${sender}: ${text}` : text;
    const last = messages.at(-1);
    if (last?.role === side) last.content += `\n\n${content}`;
    else messages.push({ role: side, content });
  }
  return messages;
}
