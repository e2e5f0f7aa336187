/** A reaction, a person's or the bot's, by the name of its emoji. */
export interface Reaction {
  readonly name: string;
  readonly users: string[];
}

/** A file that a message carries; only what an app is told about it. */
export interface SlackFile {
  readonly id: string;
  readonly name: string;
  readonly mimetype: string;
  readonly size: number;
  readonly url_private: string;
  readonly user: string;
}

/** A message as the workspace keeps it. */
export interface Message {
  readonly channel: string;
  readonly ts: string;
  /** Of a reply, and of the first message of a thread once it has replies. */
  threadTs: string | undefined;
  /** Empty for a `bot_message` of a webhook. */
  readonly user: string;
  readonly botId: string | undefined;
  readonly subtype: string | undefined;
  text: string;
  blocks: readonly unknown[] | undefined;
  readonly files: readonly SlackFile[];
  readonly reactions: Reaction[];
  editedTs: string | undefined;
  /** Whether the app still may append to it. */
  isStreaming: boolean;
  readonly isBroadcast: boolean;
}

/** A channel, a private one, or a direct message with one person. */
export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly type: "channel" | "group" | "im" | "mpim";
  /** Whether the bot is in it. */
  isMember: boolean;
  isArchived: boolean;
  readonly messages: Message[];
}

/** Somebody who may write; the bot is one, too. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly isBot: boolean;
  readonly timeZone: string;
}

/** What {@linkcode Workspace.add} takes. */
export interface NewMessage {
  readonly channel: string;
  readonly user: string;
  readonly text: string;
  readonly threadTs?: string | undefined;
  readonly botId?: string | undefined;
  readonly subtype?: string | undefined;
  readonly blocks?: readonly unknown[] | undefined;
  readonly files?: readonly SlackFile[];
  readonly isStreaming?: boolean;
  readonly isBroadcast?: boolean;
}

/** The ids of the one app that is installed. */
export interface AppIds {
  readonly team: string;
  readonly app: string;
  readonly bot: string;
  readonly botUser: string;
}

export const APP_IDS: AppIds = {
  team: "T0LANE",
  app: "A0LANE",
  bot: "B0LANE",
  botUser: "U0LANE",
};

/**
 * The state of a workspace: who is there, which channels, what was said. It knows nothing of HTTP or
 * of sockets. A test reads in it what a person would see.
 */
export class Workspace {
  readonly channels: Map<string, Channel> = new Map();
  readonly users: Map<string, User> = new Map();
  readonly files: Map<string, SlackFile> = new Map();
  readonly #startS: number;
  #stamps = 0;
  #ids = 0;

  constructor(startS: number) {
    this.#startS = startS;
    const { botUser } = APP_IDS;
    this.users.set(botUser, { id: botUser, name: "bot", isBot: true, timeZone: "Etc/UTC" });
  }

  /** A new time stamp: unique, and in the order of the calls. */
  stamp(): string {
    return `${this.#startS}.${String(++this.#stamps).padStart(6, "0")}`;
  }

  /** An id as Slack has them: a letter for the kind, then what makes it unique. */
  id(prefix: string): string {
    return `${prefix}0${String(++this.#ids).padStart(6, "0")}`;
  }

  addChannel(options: Partial<Pick<Channel, "id" | "name" | "type" | "isMember">> = {}): Channel {
    const { type = "channel" } = options;
    const { id = this.id({ channel: "C", group: "G", im: "D", mpim: "G" }[type]) } = options;
    const { name = id.toLowerCase(), isMember = true } = options;
    const channel: Channel = { id, name, type, isMember, isArchived: false, messages: [] };
    this.channels.set(id, channel);
    return channel;
  }

  addUser(name: string): User {
    const user = { id: this.id("U"), name, isBot: false, timeZone: "Europe/Amsterdam" };
    this.users.set(user.id, user);
    return user;
  }

  addFile(name: string, user: string): SlackFile {
    const id = this.id("F");
    const url = `https://files.example/${APP_IDS.team}-${id}/${name}`;
    const file = { id, name, mimetype: "text/plain", size: 12, url_private: url, user };
    this.files.set(id, file);
    return file;
  }

  add(message: NewMessage): Message {
    const channel = this.channels.get(message.channel);
    if (channel === undefined) throw new Error(`Cannot post: there is no ${message.channel}`);
    const added: Message = {
      ...{ botId: undefined, subtype: undefined, blocks: undefined, files: [], reactions: [] },
      ...{ threadTs: undefined, editedTs: undefined, isStreaming: false, isBroadcast: false },
      ...message,
      ts: this.stamp(),
    };
    channel.messages.push(added);
    const parent = added.threadTs === undefined ? undefined : this.find(channel.id, added.threadTs);
    if (parent !== undefined) parent.threadTs = parent.ts;
    return added;
  }

  /** Every stream ends by itself, as at Slack after some minutes: what it said so far stays. */
  endStreams(): void {
    for (const { messages } of this.channels.values()) {
      for (const message of messages) message.isStreaming = false;
    }
  }

  find(channel: string, ts: string): Message | undefined {
    return this.channels.get(channel)?.messages.find((message) => message.ts === ts);
  }

  remove(message: Message): void {
    const messages = this.channels.get(message.channel)?.messages;
    const index = messages?.indexOf(message) ?? -1;
    if (index >= 0) messages?.splice(index, 1);
  }

  /** The first message of a thread and its replies, oldest first. */
  thread(channel: string, threadTs: string): readonly Message[] {
    const messages = this.channels.get(channel)?.messages ?? [];
    return messages.filter(({ ts, threadTs: of }) => ts === threadTs || of === threadTs);
  }

  /** What a person reads in a channel, or in one of its threads: `ann: hello`. */
  read(channel: string, threadTs?: string): string[] {
    const messages = threadTs === undefined
      ? this.channels.get(channel)?.messages.filter(isOnTop) ?? []
      : this.thread(channel, threadTs);
    return messages.map(({ user, text }) => `${this.users.get(user)?.name ?? "webhook"}: ${text}`);
  }
}

/** Whether a message is seen in its channel, and not only in a thread. */
export function isOnTop({ ts, threadTs, isBroadcast }: Message): boolean {
  return threadTs === undefined || threadTs === ts || isBroadcast;
}
