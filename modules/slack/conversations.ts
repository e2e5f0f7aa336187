import {
  type BusyPolicy,
  type Clock,
  type Outcome,
  type Receipt,
  SessionGoneError,
  type SessionQueueObserver,
  type TurnInfo,
} from "@lanekeeper/session-queue";
import type { SlackCalls } from "./calls.ts";
import { type Command, readCommand } from "./command.ts";
import type { Dedupe, DedupeClaim } from "./dedupe.ts";
import type { Place } from "./lines.ts";
import type { OwnMessages } from "./own_messages.ts";
import type { Pace } from "./pace.ts";
import type { StreamSupport } from "./part_writer.ts";
import type { Participation } from "./participation.ts";
import type { SlackIdentity, SlackPost } from "./post.ts";
import { Reply } from "./reply.ts";
import { ReplyWriter } from "./reply_writer.ts";
import type { RestingSessions } from "./resting_sessions.ts";
import type { GrowthKind } from "./shown_message.ts";
import type { Signs } from "./signs.ts";
import type { SlackBackend, SlackBindings, SlackMessage } from "./slack_backend.ts";
import type { SlackTexts } from "./texts.ts";

/** What the conversations need. */
export interface ConversationsOptions {
  readonly backend: SlackBackend;
  readonly bindings: SlackBindings;
  readonly calls: SlackCalls;
  readonly clock: Clock;
  readonly dedupe: Dedupe;
  readonly identity: () => SlackIdentity;
  readonly own: OwnMessages;
  readonly participation: Participation;
  readonly sessions: RestingSessions;
  readonly signs: Signs;
  readonly support: StreamSupport;
  readonly texts: SlackTexts;
  /** Default of the messages that name none; `undefined`: the queue's. */
  readonly policy: BusyPolicy | undefined;
  readonly policyWords: Readonly<Record<string, BusyPolicy>>;
  /** Whether a thread that the bot takes part in needs no mention. */
  readonly threadReplies: boolean;
  readonly partMax: number;
  readonly streamMs: number;
  readonly paces: Readonly<Record<GrowthKind, Pace>>;
  /** Whether no message is taken on any more. */
  isDraining(): boolean;
  onTrouble(error: unknown, post: SlackPost): void;
  onDuplicate?(post: SlackPost): void;
}

/** What is done with one post. */
interface Handling {
  readonly place: Place;
  /** The cancel of its task. */
  readonly signal: AbortSignal;
}

/**
 * What a post becomes: a message of its thread's session, a command, or nothing; and what the person
 * is told of how it ended.
 *
 * `FIFO`: from the turn in the thread's line to `backend.send()` there is no wait but the one for
 * whether the thread is the bot's, and nobody overtakes that.
 */
export class Conversations {
  readonly #options: ConversationsOptions;
  /** Of the messages that are under way, by `keyOf` their session and id. */
  readonly #replies = new Map<string, Reply>();
  /** Sessions with a message under way, and how many. */
  readonly #underWay = new Map<string, number>();

  constructor(options: ConversationsOptions) {
    this.#options = options;
  }

  /** How many messages are under way. */
  get size(): number {
    return this.#replies.size;
  }

  /** Whether a message of Slack is under way on this session. */
  expects(session: string): boolean {
    return this.#underWay.has(session);
  }

  /** Looks at the queue: pieces of replies come this way. */
  readonly observer: SessionQueueObserver<SlackMessage, string> = {
    started: (turn) => {
      for (const reply of this.#repliesOf(turn)) reply.started();
    },
    emitted: (turn, data) => this.#replies.get(keyOf(turn))?.push(data),
    stopping: (turn, level) => {
      if (level !== "immediate") return;
      for (const reply of this.#repliesOf(turn)) reply.freeze(undefined);
    },
  };

  /** @throws what the agent threw, or the reason of the signal: the task has failed, or is cancelled. */
  async handle(post: SlackPost, { place, signal }: Handling): Promise<void> {
    if (!place.isReached) await place.reach(signal);
    const isOurs = this.#isOurs(post, signal);
    if (!(typeof isOurs === "boolean" ? isOurs : await isOurs)) return;
    // One synchronous step from here to the receipt.
    signal.throwIfAborted();
    const { dedupe, participation, onDuplicate } = this.#options;
    const claim = dedupe.claim(post.key, post.event);
    if (claim === undefined) return onDuplicate?.(post);
    try {
      const command = readCommand(post.text, this.#options.policyWords);
      participation.join(post, { isMessage: command.name === "send" });
      await (command.name === "send"
        ? this.#send(post, command, { place, signal, claim })
        : this.#answer(post, command.name, { place, claim }));
    } finally {
      claim.free(); // unless it was kept
    }
  }

  #isOurs(post: SlackPost, signal: AbortSignal): boolean | Promise<boolean> {
    if (post.isMention || post.isDirect) return true;
    return this.#options.threadReplies && this.#options.participation.in(post, signal);
  }

  #sessionOf(thread: string): string {
    return this.#options.bindings.get(thread)?.session ?? thread;
  }

  async #send(
    post: SlackPost,
    command: Extract<Command, { name: "send" }>,
    { place, signal, claim }: Handling & { claim: DedupeClaim },
  ): Promise<void> {
    const { texts, sessions } = this.#options;
    if (this.#options.isDraining()) {
      place.leave();
      return await this.#say(post, texts.draining);
    }
    const reply = this.#reply(post);
    const receipt = this.#place(post, command, { reply, signal });
    const { session } = receipt;
    if (receipt.accepted) {
      this.#replies.set(keyOf(receipt), reply);
      reply.accepted(this.#options.signs.begin(post));
    }
    this.#underWay.set(session, (this.#underWay.get(session) ?? 0) + 1);
    sessions.use(session);
    place.leave();
    const outcome = await receipt.outcome;
    // In the very step of the outcome: what comes now is a duplicate, or is tried again.
    if (isHandled(outcome)) claim.keep();
    else claim.free();
    this.#replies.delete(keyOf(receipt));
    this.#left(session);
    await reply.end(outcome);
    await this.#tell(post, outcome);
    if (outcome.status === "failed") throw outcome.error;
    if (outcome.status === "cancelled") signal.throwIfAborted();
  }

  /** Sends it; to a new session if the thread's was ended by somebody. */
  #place(
    post: SlackPost,
    { text, policy = this.#options.policy }: Extract<Command, { name: "send" }>,
    { reply, signal }: { reply: Reply; signal: AbortSignal },
  ): Receipt<string> {
    const { backend, participation } = this.#options;
    // The queue is always told who wrote it (`MERGE_LOSSLESS`), the agent where there are several.
    const messageOf = () => participation.isShared(post) ? { text, sender: post.user } : { text };
    const send = () =>
      backend.send(this.#sessionOf(post.thread), messageOf(), {
        sender: post.user,
        signal,
        deliver: (value, turnSignal) => reply.deliver(value, turnSignal),
        ...(policy === undefined ? {} : { policy }),
      });
    const receipt = send();
    if (receipt.reason !== "ended") return receipt;
    this.#renew(post, [post.user]);
    return send();
  }

  /** The thread goes on with a session that never was, with messages of these people. */
  #renew(post: SlackPost, people: readonly string[]): void {
    this.#options.bindings.set(post.thread, { session: `${post.thread}_${post.ts}`, people });
  }

  async #answer(
    post: SlackPost,
    name: "stop" | "new" | "status" | "help",
    { place, claim }: { place: Place; claim: DedupeClaim },
  ): Promise<void> {
    let text: string;
    try {
      // What it does is begun in this step; only the answer waits.
      const answer = this.#command(post, name);
      place.leave();
      text = await answer;
    } catch (error) {
      await this.#say(post, this.#options.texts.failed);
      throw error;
    }
    claim.keep();
    await this.#say(post, text);
  }

  #command(post: SlackPost, name: "stop" | "new" | "status" | "help"): string | Promise<string> {
    const { backend, texts } = this.#options;
    const session = this.#sessionOf(post.thread);
    if (name === "help") return texts.help;
    if (name === "status") return texts.describe(backend.look(session));
    if (name === "new") {
      this.#renew(post, []);
      this.#options.sessions.forget(session);
      // At once: who asks for a new conversation does not wait for the old one.
      return backend.end(session, { deadlineMs: 0 }).then(() => texts.started);
    }
    return backend.stop(session, {}).then(({ running, discarded }) => {
      if (running === "none" && discarded === 0) return texts.nothingToStop;
      return running === "asked" || running === "abandoned"
        ? texts.stopUnderWay(discarded)
        : texts.stoppedAll(discarded);
    });
  }

  #repliesOf({ session, messages }: TurnInfo): Reply[] {
    return messages.flatMap((id) => this.#replies.get(keyOf({ session, id })) ?? []);
  }

  #reply(post: SlackPost): Reply {
    const { calls, own, clock, identity, support, partMax, streamMs, paces, texts } = this.#options;
    const onTrouble = (error: unknown) => this.#options.onTrouble(error, post);
    const writer = new ReplyWriter({
      ...{ calls, own, clock, identity, support, partMax, streamMs, paces, onTrouble },
      target: post,
    });
    return new Reply({ writer, texts, onTrouble });
  }

  /** Tells the person in plain words how a message ended that got no reply. */
  async #tell(post: SlackPost, outcome: Outcome<string>): Promise<void> {
    const text = this.#words(outcome);
    if (text !== undefined) await this.#say(post, text);
  }

  #words(outcome: Outcome<string>): string | undefined {
    const { texts } = this.#options;
    switch (outcome.status) {
      case "failed":
        return outcome.error instanceof SessionGoneError ? texts.gone : texts.failed;
      case "cancelled":
        // Whoever stopped it, or ended the session, was told; a drain tells nobody.
        return outcome.cause === "withdrawn" || outcome.cause === "draining"
          ? texts.draining
          : undefined;
      case "rejected":
        return outcome.reason === "ended" ? texts.gone : texts[outcome.reason];
      case "expired":
      case "abandoned":
      case "superseded":
        return texts[outcome.status];
      default:
        return undefined;
    }
  }

  async #say(post: SlackPost, text: string): Promise<void> {
    const { channel, replyTs } = post;
    try {
      const { ts } = await this.#options.calls.call("chat.postMessage", {
        channel,
        ...(replyTs === undefined ? {} : { thread_ts: replyTs }),
        markdown_text: text,
      });
      this.#options.own.add(channel, String(ts));
    } catch (error) {
      this.#options.onTrouble(error, post);
    }
  }

  #left(session: string): void {
    const left = (this.#underWay.get(session) ?? 1) - 1;
    if (left > 0) this.#underWay.set(session, left);
    else this.#underWay.delete(session);
    this.#options.sessions.rest();
  }
}

/** The id alone is not enough: another session may have a message with the same one. */
function keyOf({ session, id }: { readonly session: string; readonly id: string }): string {
  return JSON.stringify([session, id]);
}

/** Whether another delivery of the post would be a duplicate. */
function isHandled(outcome: Outcome<string>): boolean {
  if (outcome.status === "failed" || outcome.status === "rejected") return false;
  // Who stopped it does not want it to come back; a drain only had no time for it.
  return outcome.status !== "cancelled" || outcome.cause === "stopped" || outcome.cause === "ended";
}
