/** A file of a post, by name: the agent is told of it and does not get it. */
export interface SlackFile {
  readonly name: string;
  readonly type: string;
  readonly link: string | undefined;
}

/** A post of a person that may be for the bot. */
export interface SlackPost {
  /** The same for each delivery of the post, also as `message` and as `app_mention`. */
  readonly key: string;
  /** The id of the event that told of it: the same for each delivery of that event, and no other's. */
  readonly event: string | undefined;
  /** The bot's own workspace, whichever one the event names: the same for all posts of a channel. */
  readonly team: string;
  readonly channel: string;
  readonly user: string;
  /** The workspace of the user, as far as the event says. */
  readonly userTeam: string;
  /**
   * Whether the user is from outside (Slack Connect): of another workspace, or of one that cannot be told
   * in a channel that is shared. Another workspace of the bot's own organization is not outside, but
   * for a channel that is shared: nothing tells it from a workspace of the other organization there.
   */
  readonly isOutside: boolean;
  /** Whether its channel is shared with another organization; `undefined`: the event does not say. */
  readonly isShared: boolean | undefined;
  /** When it was posted: with its channel, its name at Slack. */
  readonly ts: string;
  /** The post that began its thread; `undefined` for a post that is in none. */
  readonly threadTs: string | undefined;
  /** Whether it is a direct message. */
  readonly isDirect: boolean;
  /** Whether the bot is named in it. */
  readonly isMention: boolean;
  /**
   * What was written, without the mention of the bot, as Markdown; then the posts that were forwarded with
   * it, and its files by name.
   */
  readonly text: string;
  /** The thread, or the direct conversation, as a session id: see `threadOf`. */
  readonly thread: string;
  /** Where the reply goes: in this thread, or plainly into the conversation. */
  readonly replyTs: string | undefined;
}

/** Who the bot is. */
export interface SlackIdentity {
  readonly userId: string;
  readonly botId: string | undefined;
  /** Its workspace; the organization, where it is installed for all of it. */
  readonly team: string;
  /** The organization of its workspace (Enterprise Grid), if there is one. */
  readonly enterprise: string | undefined;
}

/** How a direct message that is in no thread is taken. */
export type DirectMessages = "conversation" | "threads";

/** Options of {@linkcode readPost}. */
export interface ReadPostOptions {
  readonly identity: SlackIdentity;
  readonly directMessages: DirectMessages;
}

/** What an event is: a post, or why it is none for us. */
export type ReadEvent =
  | { readonly kind: "post"; readonly post: SlackPost }
  | { readonly kind: "ignored"; readonly reason: IgnoredReason };

/** Why an event is not for the bot. */
export type IgnoredReason =
  /** No event of a person's post, or one that cannot be understood. */
  | "irrelevant"
  /** The bot's own, or another bot's. */
  | "bot"
  /** An edit, a delete, a join, … */
  | "subtype"
  /** In a channel, and neither for the bot nor in a thread. */
  | "unaddressed";

/** A post with one of these is a post like any other. */
const SUBTYPES: ReadonlySet<string> = new Set(["file_share", "thread_broadcast"]);
const ID = /^[A-Z0-9]{1,32}$/i;
const TS = /^\d{1,16}\.\d{1,9}$/;
const FILES_MAX = 20;
const FORWARDED_MAX = 10;
const FORWARDED_CHARS_MAX = 4_000;
const EVENT_CHARS_MAX = 64;

/** Reads the payload of an `event_callback`. Whatever Slack sends, it does not throw. */
export function readPost(payload: unknown, options: ReadPostOptions): ReadEvent {
  const { event: inner, ...callback } = fieldsOf(payload);
  const event = fieldsOf(inner);
  const { type, channel, user, ts, subtype } = event;
  if (type !== "message" && type !== "app_mention") return ignored("irrelevant");
  const { identity } = options;
  // Slack writes `null` for what is not there, or leaves it out.
  const threadTs = event["thread_ts"] ?? undefined;
  const isBot = event["bot_id"] != null || subtype === "bot_message";
  if (isBot || user === identity.userId) return ignored("bot");
  if (subtype != null && !SUBTYPES.has(String(subtype))) return ignored("subtype");
  if (event["hidden"] === true) return ignored("subtype");
  if (!isId(channel) || !isId(user) || !isTs(ts)) return ignored("irrelevant");
  if (threadTs !== undefined && !isTs(threadTs)) return ignored("irrelevant");
  const raw = typeof event["text"] === "string" ? event["text"] : "";
  const isDirect = event["channel_type"] === "im" || channel.startsWith("D");
  const isMention = type === "app_mention" || mentions(raw, identity.userId);
  if (!isDirect && !isMention && threadTs === undefined) return ignored("unaddressed");
  const text = [
    readText(raw, identity.userId),
    ...forwardedIn(event["attachments"], identity.userId),
    ...namesOf(event["files"]),
  ].filter(Boolean).join("\n");
  if (text === "" && !isMention) return ignored("irrelevant");
  const isFlat = isDirect && threadTs === undefined && options.directMessages === "conversation";
  const replyTs = isFlat ? undefined : threadTs ?? ts;
  const { team } = identity;
  const eventId = callback["event_id"];
  const shared = callback["is_ext_shared_channel"];
  const isShared = typeof shared === "boolean" ? shared : undefined;
  const userTeam = event["user_team"] ?? event["team"] ?? teamOfFile(event["files"], user);
  const post: SlackPost = {
    key: `${team}-${channel}-${ts}`,
    event: typeof eventId === "string" ? eventId.slice(0, EVENT_CHARS_MAX) : undefined,
    team,
    channel,
    user,
    userTeam: [userTeam, callback["team_id"]].find(isId) ?? team,
    isOutside: isOutside(userTeam, { identity, isShared }),
    isShared,
    ts,
    threadTs,
    isDirect,
    isMention,
    text,
    thread: threadOf({ team, channel, replyTs }),
    replyTs,
  };
  return { kind: "post", post };
}

/** A post with files names no workspace (slack-api-specs #62), but each file does, with whose it is. */
function teamOfFile(files: unknown, user: string): unknown {
  return listOf(files).find((file) => file["user"] === user)?.["user_team"];
}

/** In doubt somebody is from outside. */
function isOutside(
  userTeam: unknown,
  { identity, isShared }: { identity: SlackIdentity; isShared: boolean | undefined },
): boolean {
  const { team, enterprise } = identity;
  if (userTeam == null) return isShared === true;
  if (userTeam === team || userTeam === enterprise) return false;
  // Workspaces of one organization share channels that are not shared with anybody outside.
  return enterprise === undefined || isShared !== false;
}

/**
 * The session of a thread, or of a direct conversation: `slack-TEAM-CHANNEL-TS`, or without the last.
 * It has at most 98 characters, all of them good in a file's name.
 */
export function threadOf(
  { team, channel, replyTs }: Pick<SlackPost, "team" | "channel" | "replyTs">,
): string {
  return `slack-${team}-${channel}${replyTs === undefined ? "" : `-${replyTs}`}`;
}

/** Slack's own markup as Markdown: what it escaped, its links, and who is named. */
export function readText(raw: string, botUserId: string): string {
  return raw
    .replaceAll(mentionOf(botUserId), " ")
    .replace(/<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>/g, (_all, sign: string, what: string, label) => {
      if (sign === "@") return `@${label ?? what}`;
      if (sign === "#") return `#${label ?? what}`;
      if (sign === "!") return label ?? `@${what}`;
      const link = what.replace(/^mailto:|^tel:/, "");
      return label === undefined || label === link ? link : `[${label}](${what})`;
    })
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")
    .replace(/[ \t]+$/gm, "").trim();
}

function mentions(raw: string, botUserId: string): boolean {
  return mentionOf(botUserId).test(raw);
}

function mentionOf(botUserId: string): RegExp {
  return new RegExp(`<@${botUserId}(?:\\|[^<>]*)?>`, "g");
}

/** The posts that somebody forwarded, with what was written in them: Slack sends them as attachments. */
function forwardedIn(attachments: unknown, botUserId: string): string[] {
  return listOf(attachments).filter(({ is_share, message_blocks }) =>
    is_share === true || Array.isArray(message_blocks)
  ).slice(0, FORWARDED_MAX).map((attachment) => {
    const { author_name: author, from_url: link, text, fallback, files } = attachment;
    const from = [author ?? "somebody", link].filter(isText).join(" ");
    const written = readText([text, fallback].find(isText) ?? "", botUserId);
    const shown = written.length > FORWARDED_CHARS_MAX
      ? `${written.slice(0, FORWARDED_CHARS_MAX)}…`
      : written;
    const lines = [`[Forwarded from ${from.slice(0, 700)}]`, shown, ...namesOf(files)];
    return lines.filter(Boolean).join("\n");
  });
}

function namesOf(files: unknown): string[] {
  return listOf(files).slice(0, FILES_MAX).map(({ name, title, mimetype, permalink }) =>
    nameFile({
      name: String(name ?? title ?? "without a name").slice(0, 200),
      type: String(mimetype ?? "unknown type").slice(0, 100),
      link: typeof permalink === "string" ? permalink.slice(0, 500) : undefined,
    })
  );
}

function nameFile({ name, type, link }: SlackFile): string {
  return `[File: ${name} (${type})${link === undefined ? "" : ` ${link}`}]`;
}

function ignored(reason: IgnoredReason): ReadEvent {
  return { kind: "ignored", reason };
}

function isId(value: unknown): value is string {
  return typeof value === "string" && ID.test(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isTs(value: unknown): value is string {
  return typeof value === "string" && TS.test(value);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object" ? value as Record<string, unknown> : {};
}

function listOf(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}
