import { type Arguments, messageOf, optional, readable, required, writable } from "./arguments.ts";
import { messageObject } from "./events.ts";
import type { Method } from "./method.ts";
import { SlackError } from "./slack_error.ts";
import { APP_IDS, isOnTop, type Message } from "./workspace.ts";

const PAGE_LENGTH = 1_000;
/** An emoji's name, with a skin tone or without. */
const EMOJI = /^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/;

const authTest: Method = () => ({
  url: "https://lane.slack.example/",
  team: "Lane",
  user: "bot",
  team_id: APP_IDS.team,
  user_id: APP_IDS.botUser,
  bot_id: APP_IDS.bot,
  is_enterprise_install: false,
});

const addReaction: Method = (args, { workspace }) => {
  const { name, message } = reactionOf(args, workspace);
  const found = message.reactions.find((reaction) => reaction.name === name);
  if (found?.users.includes(APP_IDS.botUser)) throw new SlackError("already_reacted");
  if (found === undefined) message.reactions.push({ name, users: [APP_IDS.botUser] });
  else found.users.push(APP_IDS.botUser);
  return {};
};

const removeReaction: Method = (args, { workspace }) => {
  const { name, message } = reactionOf(args, workspace);
  const found = message.reactions.find((reaction) => reaction.name === name);
  const index = found?.users.indexOf(APP_IDS.botUser) ?? -1;
  if (found === undefined || index < 0) throw new SlackError("no_reaction");
  found.users.splice(index, 1);
  if (found.users.length === 0) message.reactions.splice(message.reactions.indexOf(found), 1);
  return {};
};

function reactionOf(
  ...[args, workspace]: [Parameters<Method>[0], Parameters<Method>[1]["workspace"]]
): { name: string; message: Message } {
  const name = required(args, "name");
  if (!EMOJI.test(name)) throw new SlackError("invalid_name");
  if (optional(args, "channel") === undefined) throw new SlackError("no_item_specified");
  const channel = writable(workspace, args);
  if (!/^\d+\.\d{6}$/.test(required(args, "timestamp"))) throw new SlackError("bad_timestamp");
  return { name, message: messageOf({ workspace, channel }, args, "timestamp") };
}

const replies: Method = (args, { workspace }) => {
  const channel = readable(workspace, args);
  if (!channel.isMember) throw new SlackError("not_in_channel");
  const ts = required(args, "ts");
  const root = workspace.find(channel.id, ts);
  if (root === undefined) throw new SlackError("thread_not_found");
  const isWanted = wantedBy(args);
  const all = workspace.thread(channel.id, root.threadTs ?? ts)
    .filter((message) => message === root || isWanted(message));
  return page(all, args);
};

/** The newest first; replies in threads are no part of it. */
const history: Method = (args, { workspace }) => {
  const channel = readable(workspace, args);
  if (!channel.isMember) throw new SlackError("not_in_channel");
  return page(channel.messages.filter(isOnTop).filter(wantedBy(args)).reverse(), args);
};

function wantedBy(args: Arguments): (message: Message) => boolean {
  const [oldest, latest] = [optional(args, "oldest") ?? "0", optional(args, "latest") ?? "9"];
  const isInclusive = optional(args, "inclusive") === "true" || optional(args, "inclusive") === "1";
  return ({ ts }) => isInclusive ? ts >= oldest && ts <= latest : ts > oldest && ts < latest;
}

function page(all: readonly Message[], args: Arguments): Record<string, unknown> {
  const start = Number(optional(args, "cursor") ?? 0);
  const limit = Math.min(Number(optional(args, "limit") ?? PAGE_LENGTH), PAGE_LENGTH);
  const end = start + limit;
  const hasMore = end < all.length;
  return {
    messages: all.slice(start, end).map(messageObject),
    has_more: hasMore,
    ...(hasMore ? { response_metadata: { next_cursor: String(end) } } : {}),
  };
}

const channelInfo: Method = (args, { workspace }) => {
  const { id, name, type, isMember, isArchived } = readable(workspace, args);
  return {
    channel: {
      ...{ id, name, is_channel: type === "channel", is_group: type === "group" },
      ...{ is_im: type === "im", is_mpim: type === "mpim", is_private: type !== "channel" },
      ...{ is_member: isMember, is_archived: isArchived },
    },
  };
};

const userInfo: Method = (args, { workspace }) => {
  const user = workspace.users.get(required(args, "user"));
  if (user === undefined) throw new SlackError("user_not_found");
  const { id, name, isBot, timeZone } = user;
  const profile = { display_name: name, real_name: name };
  return {
    user: {
      ...{ id, team_id: APP_IDS.team, name, real_name: name, profile },
      ...{ is_bot: isBot, deleted: false, tz: timeZone },
    },
  };
};

const fileInfo: Method = (args, { workspace }) => {
  const file = workspace.files.get(required(args, "file"));
  if (file === undefined) throw new SlackError("file_not_found");
  return { file };
};

const setStatus: Method = (args, { workspace }) => {
  const channel = writable(workspace, args, "channel_id");
  messageOf({ workspace, channel }, args, "thread_ts");
  if (args["status"] === undefined) required(args, "status");
  return {};
};

const openConnection: Method = (_, context) => ({ url: context.openConnection() });

/** All but `chat.*`. */
export const OTHER_METHODS: Readonly<Record<string, Method>> = {
  "api.test": () => ({}),
  "auth.test": authTest,
  "apps.connections.open": openConnection,
  "assistant.threads.setStatus": setStatus,
  "conversations.history": history,
  "conversations.info": channelInfo,
  "conversations.replies": replies,
  "files.info": fileInfo,
  "reactions.add": addReaction,
  "reactions.remove": removeReaction,
  "users.info": userInfo,
};
