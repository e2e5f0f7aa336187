import { SlackError } from "./slack_error.ts";
import { APP_IDS, type Channel, type Message, type Workspace } from "./workspace.ts";

/** The arguments of a call; in a form all of them are texts, blocks as JSON. */
export type Arguments = Readonly<Record<string, unknown>>;

/** Of `text`: longer ones are cut off without an error by chat.postMessage. */
export const TEXT_LENGTH_MAX = 40_000;
/** Of `text` for chat.update, in bytes. */
export const UPDATE_BYTES_MAX = 4_000;
/** Of `markdown_text`, and of all markdown blocks of a message together. */
export const MARKDOWN_LENGTH_MAX = 12_000;
const BLOCKS_MAX = 50;
const SECTION_LENGTH_MAX = 3_000;

/** @throws {SlackError} `invalid_arguments`, which names the field. */
export function required(args: Arguments, name: string): string {
  const value = args[name];
  if (value !== undefined && value !== "") return String(value);
  throw new SlackError("invalid_arguments", [`[ERROR] missing required field: ${name}`]);
}

export function optional(args: Arguments, name: string): string | undefined {
  const value = args[name];
  return value === undefined || value === "" ? undefined : String(value);
}

/** The channel of a call that writes: the bot must be in it. */
export function writable(workspace: Workspace, args: Arguments, name = "channel"): Channel {
  const channel = readable(workspace, args, name);
  if (!channel.isMember) throw new SlackError("not_in_channel");
  if (channel.isArchived) throw new SlackError("is_archived");
  return channel;
}

export function readable(workspace: Workspace, args: Arguments, name = "channel"): Channel {
  const channel = workspace.channels.get(required(args, name));
  if (channel === undefined) throw new SlackError("channel_not_found");
  return channel;
}

/** A message by its `ts`. */
export function messageOf(
  { workspace, channel }: { workspace: Workspace; channel: Channel },
  args: Arguments,
  name = "ts",
): Message {
  const message = workspace.find(channel.id, required(args, name));
  if (message === undefined) throw new SlackError("message_not_found");
  return message;
}

/** A message of the app itself. */
export function ownMessage(
  place: { workspace: Workspace; channel: Channel },
  args: Arguments,
  error: string,
): Message {
  const message = messageOf(place, args);
  if (message.botId !== APP_IDS.bot) throw new SlackError(error);
  return message;
}

/** What a message says: `text`, `blocks` or `markdown_text`, checked as Slack checks them. */
export interface Content {
  readonly text: string;
  readonly blocks: readonly unknown[] | undefined;
}

/** @throws {SlackError} */
export function contentOf(args: Arguments): Content {
  const [text, markdown] = [optional(args, "text"), optional(args, "markdown_text")];
  const blocks = blocksOf(args);
  if (markdown !== undefined) {
    if (text !== undefined || blocks !== undefined) throw new SlackError("markdown_text_conflict");
    return { text: checkedMarkdown(markdown), blocks: undefined };
  }
  if (text === undefined && blocks === undefined && args["attachments"] === undefined) {
    throw new SlackError("no_text");
  }
  return { text: text ?? "", blocks };
}

export function checkedMarkdown(text: string): string {
  if (text.length > MARKDOWN_LENGTH_MAX) throw new SlackError("msg_too_long");
  return text;
}

/** @throws {SlackError} `invalid_blocks_format` or `invalid_blocks`, with what is wrong where. */
export function blocksOf(args: Arguments): readonly unknown[] | undefined {
  const value = args["blocks"];
  if (value === undefined || value === "") return undefined;
  const blocks = typeof value === "string" ? parsed(value) : value;
  if (!Array.isArray(blocks)) throw new SlackError("invalid_blocks_format");
  const wrong = blocks.length > BLOCKS_MAX
    ? [`[ERROR] no more than ${BLOCKS_MAX} items allowed [json-pointer:/blocks]`]
    : blocks.flatMap(wrongIn);
  if (wrong.length > 0) throw new SlackError("invalid_blocks", wrong);
  if (markdownLength(blocks) > MARKDOWN_LENGTH_MAX) throw new SlackError("msg_blocks_too_long");
  return blocks;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SlackError("invalid_blocks_format");
  }
}

interface BlockLike {
  readonly type?: unknown;
  readonly text?: { readonly text?: unknown } | string;
  readonly elements?: unknown;
}

const BLOCK_TYPES = "actions context context_actions divider file header image input markdown " +
  "rich_text section task_card plan table video";

function wrongIn(block: BlockLike | null, index: number): string[] {
  const at = `[json-pointer:/blocks/${index}`;
  if (typeof block !== "object" || block === null) return [`[ERROR] must be an object ${at}]`];
  if (!BLOCK_TYPES.split(" ").includes(String(block.type))) {
    return [`[ERROR] unsupported type: ${String(block.type)} ${at}/type]`];
  }
  if (block.type === "actions" && !Array.isArray(block.elements)) {
    return [`[ERROR] missing required field: elements ${at}]`];
  }
  if (block.type !== "section") return [];
  const text = typeof block.text === "object" ? String(block.text.text ?? "") : "";
  if (text === "") return [`[ERROR] must be more than 0 characters ${at}/text/text]`];
  if (text.length <= SECTION_LENGTH_MAX) return [];
  return [`[ERROR] must be less than ${SECTION_LENGTH_MAX + 1} characters ${at}/text/text]`];
}

function markdownLength(blocks: readonly BlockLike[]): number {
  const texts = blocks.filter(({ type }) => type === "markdown").map(({ text }) => String(text));
  return texts.reduce((sum, text) => sum + text.length, 0);
}
