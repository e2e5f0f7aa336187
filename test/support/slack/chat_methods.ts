import {
  type Arguments,
  checkedMarkdown,
  contentOf,
  optional,
  ownMessage,
  readable,
  required,
  TEXT_LENGTH_MAX,
  UPDATE_BYTES_MAX,
  writable,
} from "./arguments.ts";
import { changedEvent, deletedEvent, messageEvent, messageObject } from "./events.ts";
import type { Method, MethodContext } from "./method.ts";
import { SlackError } from "./slack_error.ts";
import { APP_IDS, type Message } from "./workspace.ts";

const OWN = { user: APP_IDS.botUser, botId: APP_IDS.bot };

const postMessage: Method = (args, { workspace, announce }) => {
  const channel = writable(workspace, args);
  const { text, blocks } = contentOf(args);
  const message = workspace.add({
    ...OWN,
    channel: channel.id,
    text: text.slice(0, TEXT_LENGTH_MAX),
    blocks,
    threadTs: optional(args, "thread_ts"),
    isBroadcast: optional(args, "reply_broadcast") === "true",
  });
  announce(messageEvent(workspace, message));
  return { channel: channel.id, ts: message.ts, message: messageObject(message) };
};

const update: Method = (args, { workspace, announce }) => {
  const channel = readable(workspace, args);
  const message = ownMessage({ workspace, channel }, args, "cant_update_message");
  if (message.isStreaming) throw new SlackError("streaming_state_conflict");
  const { text, blocks } = contentOf(args);
  const isTooLong = new TextEncoder().encode(optional(args, "text")).length > UPDATE_BYTES_MAX;
  if (isTooLong) throw new SlackError("msg_too_long");
  const previous = messageObject(message);
  Object.assign(message, { text, blocks, editedTs: workspace.stamp() });
  announce(changedEvent(workspace, message, previous));
  return { channel: channel.id, ts: message.ts, text, message: messageObject(message) };
};

const remove: Method = (args, { workspace, announce }) => {
  const channel = readable(workspace, args);
  const message = ownMessage({ workspace, channel }, args, "cant_delete_message");
  workspace.remove(message);
  announce(deletedEvent(workspace, message));
  return { channel: channel.id, ts: message.ts };
};

const startStream: Method = (args, { workspace }) => {
  const channel = writable(workspace, args);
  const threadTs = channel.type === "im"
    ? required(args, "thread_ts")
    : optional(args, "thread_ts");
  if (channel.type !== "im") {
    for (const name of ["recipient_team_id", "recipient_user_id"]) {
      if (optional(args, name) === undefined) throw new SlackError(`missing_${name}`);
    }
  }
  const text = streamed(args) ?? "";
  const message = workspace.add({ ...OWN, channel: channel.id, text, threadTs, isStreaming: true });
  return { channel: channel.id, ts: message.ts };
};

const appendStream: Method = (args, context) => {
  const message = streaming(args, context);
  const text = streamed(args);
  if (text === undefined) required(args, "markdown_text");
  message.text += text ?? "";
  return { channel: message.channel, ts: message.ts };
};

const stopStream: Method = (args, context) => {
  const message = streaming(args, context);
  message.text += streamed(args) ?? "";
  if (args["blocks"] !== undefined) message.blocks = contentOf({ blocks: args["blocks"] }).blocks;
  message.isStreaming = false;
  context.announce(messageEvent(context.workspace, message));
  return { channel: message.channel, ts: message.ts, message: messageObject(message) };
};

function streaming(args: Arguments, { workspace }: MethodContext): Message {
  const channel = writable(workspace, args);
  const message = ownMessage({ workspace, channel }, args, "message_not_owned_by_app");
  if (!message.isStreaming) throw new SlackError("message_not_in_streaming_state");
  return message;
}

/** What `markdown_text`, or `chunks` with text in them, adds to a stream. */
function streamed(args: Arguments): string | undefined {
  const text = optional(args, "markdown_text");
  const chunks = args["chunks"];
  if (chunks === undefined) return text === undefined ? undefined : checkedMarkdown(text);
  const list: unknown = typeof chunks === "string" ? JSON.parse(chunks) : chunks;
  if (!Array.isArray(list)) throw new SlackError("invalid_chunks");
  const texts = list.filter(({ type }) => type === "markdown_text").map((chunk) => chunk.text);
  return checkedMarkdown((text ?? "") + texts.join(""));
}

/** `chat.*`. */
export const CHAT_METHODS: Readonly<Record<string, Method>> = {
  "chat.postMessage": postMessage,
  "chat.update": update,
  "chat.delete": remove,
  "chat.startStream": startStream,
  "chat.appendStream": appendStream,
  "chat.stopStream": stopStream,
};
