import { changedEvent, deletedEvent, messageEvent, messageObject } from "./events.ts";
import { mentionEvent, type SlackEvent } from "./events.ts";
import { APP_IDS, type Channel, type Message, type User, type Workspace } from "./workspace.ts";

/** Where and how a person writes. */
export interface PostOptions {
  /** A channel or its id. */
  readonly channel: Channel | string;
  /** Answers in the thread of this message, or of this `ts`. */
  readonly thread?: Message | string;
  /** Names the app at the beginning: Slack then tells of the message twice. */
  readonly mention?: boolean;
  /** Names of files that are uploaded with it. */
  readonly files?: readonly string[];
  /** A reply that is shown in the channel as well. */
  readonly broadcast?: boolean;
  /** `app_mention` is told before `message`; Slack promises no order. */
  readonly mentionFirst?: boolean;
}

/** The events that one thing a person did is told by. */
export type Announce = (...events: SlackEvent[]) => void;

/** Somebody of the workspace: a test writes, edits and deletes as them. */
export class Person {
  readonly id: string;
  readonly name: string;
  readonly #workspace: Workspace;
  readonly #announce: Announce;
  #home: Channel | undefined;

  constructor(user: User, options: { workspace: Workspace; announce: Announce }) {
    this.id = user.id;
    this.name = user.name;
    this.#workspace = options.workspace;
    this.#announce = options.announce;
  }

  /** The direct messages between this person and the app. */
  get directMessages(): Channel {
    return this.#home ??= this.#workspace.addChannel({ type: "im", name: this.name });
  }

  /** Writes a message. */
  post(text: string, options: PostOptions): Message {
    const { mention = false, files = [], broadcast = false, mentionFirst = false } = options;
    const channel = typeof options.channel === "string" ? options.channel : options.channel.id;
    const threadTs = typeof options.thread === "object"
      ? options.thread.threadTs ?? options.thread.ts
      : options.thread;
    const message = this.#workspace.add({
      ...{ channel, user: this.id, threadTs, isBroadcast: broadcast },
      text: mention ? `<@${APP_IDS.botUser}> ${text}` : text,
      subtype: files.length > 0 ? "file_share" : broadcast ? "thread_broadcast" : undefined,
      files: files.map((name) => this.#workspace.addFile(name, this.id)),
    });
    const told = [messageEvent(this.#workspace, message)];
    // Slack tells of a mention only where the app would not be told of every message anyway: no DM.
    if (mention && this.#workspace.channels.get(channel)?.type !== "im") {
      told.push(mentionEvent(this.#workspace, message));
    }
    this.#announce(...(mentionFirst ? told.reverse() : told));
    return message;
  }

  /** Writes to the app alone. */
  direct(text: string, options: Omit<PostOptions, "channel"> = {}): Message {
    return this.post(text, { ...options, channel: this.directMessages });
  }

  edit(message: Message, text: string): void {
    const previous = messageObject(message);
    message.text = text;
    message.editedTs = this.#workspace.stamp();
    this.#announce(changedEvent(this.#workspace, message, previous));
  }

  delete(message: Message): void {
    this.#workspace.remove(message);
    this.#announce(deletedEvent(this.#workspace, message));
  }
}
