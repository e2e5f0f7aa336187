import type { BusyPolicy, Clock } from "@lanekeeper/session-queue";
import type { SlackAuthError } from "./errors.ts";
import type { SlackObserver, SlackPlace } from "./intake.ts";
import type { DirectMessages, SlackPost } from "./post.ts";
import type { SlackBackend, SlackBindings } from "./slack_backend.ts";
import type { OpenSocket } from "./socket.ts";
import type { SlackTexts } from "./texts.ts";
import type { SlackWeb } from "./web_client.ts";

/** Options of {@linkcode createSlack}. */
export interface SlackOptions {
  readonly backend: SlackBackend;
  /** `xoxb-…`. */
  readonly botToken: string;
  /** `xapp-…`: with it there is Socket Mode. */
  readonly appToken?: string | undefined;
  /** With it there is the route `POST /slack/events`. */
  readonly signingSecret?: string | undefined;
  /** Default: Slack's own. */
  readonly apiUrl?: string | undefined;
  /** What becomes of a message that finds its session busy. Default: the queue's. */
  readonly policy?: BusyPolicy | undefined;
  /** Words that name a policy for one message. Default `POLICY_WORDS`. */
  readonly policyWords?: Readonly<Record<string, BusyPolicy>>;
  /**
   * Direct messages that are in no thread: one `conversation` that goes on (default), answered plainly;
   * or `threads`, each message the beginning of one.
   */
  readonly directMessages?: DirectMessages;
  /** Whether in a thread that the bot takes part in it needs no mention. Default `true`. */
  readonly threadReplies?: boolean;
  /**
   * How a reply is shown while it grows: by Slack's own `stream` in threads (default) and `edits` where
   * there is none, by `edits` only, or `off`.
   */
  readonly streaming?: "stream" | "edits" | "off";
  /** How it is shown that somebody works: the thread's `status` (default), a `reaction`, or `off`. */
  readonly sign?: "status" | "reaction" | "off";
  /** The reaction's emoji, by name. Default `eyes`. */
  readonly emoji?: string;
  /** What the bot says by itself, in place of the English texts. */
  readonly texts?: Partial<SlackTexts>;
  /** Who may write to the bot, and where. Default: whoever is not from outside. It must not throw. */
  isAllowed?(post: SlackPost): boolean;
  /**
   * Takes an event over before it is acknowledged, for instance into a journal: what it rejects, or does
   * not do within `acceptMs`, is not acknowledged and comes again. It may see an event more than once.
   */
  accept?(event: unknown, signal: AbortSignal): Promise<void>;
  /** What is known of the bot's threads, for instance since a `new`. Default: in memory, of 10,000. */
  readonly bindings?: SlackBindings;
  /**
   * Over HTTP: calls `fn` once the answer to an event is with the server, and its task starts then (A6).
   * It must call it, once, and not throw. Default: in the next turn of the event loop, after the
   * response was returned to whoever called `app.fetch()`. Give another where a server tells when an
   * answer was sent.
   */
  afterAnswer?(fn: () => void): void;
  readonly limits?: SlackLimits;
  readonly clock?: Clock;
  /** Milliseconds since 1970, for signatures. Default `Date.now`. */
  wallClockMs?(): number;
  /** From 0 to 1, for the spread of waits. Default `Math.random`. */
  random?(): number;
  /** The calls with the bot's and with the app's token. Default: those of `@slack/web-api`. */
  readonly web?: { readonly bot: SlackWeb; readonly app: SlackWeb };
  /** Default: a WebSocket of `ws`. */
  readonly openSocket?: OpenSocket;
  readonly observer?: SlackObserver;
  /** The handling of a message failed: told once for each (A6). Default: the console. */
  onError?(error: unknown, place: SlackPlace): void;
  /** Something that is not essential did not work, a sign or a note. Default: nothing. */
  onTrouble?(error: unknown, place: SlackPlace): void;
  /** Slack refused a token for good and was stopped. Told once. Default: the console. */
  onFatal?(error: SlackAuthError): void;
}

/** How many, how long. Times are in ms. */
export interface SlackLimits {
  /** Events under way at a time; one more is not acknowledged and comes again. Default 10,000. */
  readonly tasksMax?: number;
  /** Handled posts that are remembered against being handled twice. Default 10,000. */
  readonly postsMax?: number;
  /** For how long. Default 3,600,000, an hour. */
  readonly horizonMs?: number;
  /** Threads that are known as the bot's or as others'. Default 10,000. */
  readonly threadsMax?: number;
  /** Sessions whose agent's side stays open. Default 1,000. */
  readonly sessionsMax?: number;
  /** How long `accept` may take. Default 2,000; Slack waits for 3 s. */
  readonly acceptMs?: number;
  /** Calls that wait for Slack. Default 1,000. */
  readonly callsMax?: number;
  /** Calls under way at a time. Default 20. */
  readonly callsRunningMax?: number;
  /** How long one try of a call may take. Default 15,000. */
  readonly tryMs?: number;
  /** How long a call may take with its tries and what Slack makes it wait. Default 120,000. */
  readonly callMs?: number;
  /** The longest message of a reply, in characters; Slack takes 12,000. Default 11,500. */
  readonly partMax?: number;
  /** Between two pieces that are shown of one reply. Default 1,200. */
  readonly streamMs?: number;
  /**
   * Between two edits that show pieces, of whichever replies. Default 1,200: Slack grants 50 calls of
   * `chat.update` a minute to all of them together.
   */
  readonly editGapMs?: number;
  /**
   * Between two pieces of streams, of whichever replies. Default 600: Slack grants 100 calls of
   * `chat.appendStream` a minute to all of them together.
   */
  readonly appendGapMs?: number;
  /** From the opening of a socket to Slack's hello. Default 10,000. */
  readonly helloMs?: number;
  /**
   * Without a sign of life from Slack before a socket is dropped. Default 45,000. `Infinity`: it is not
   * watched, for sockets that tell by themselves when their other side is gone.
   */
  readonly silenceMs?: number;
  /** For the last acknowledgements of a socket that closes. Default 5,000. */
  readonly retireMs?: number;
  /** For the handshake of a close. Default 1,000. */
  readonly closeMs?: number;
}

const DEFAULTS: Required<SlackLimits> = {
  tasksMax: 10_000,
  postsMax: 10_000,
  horizonMs: 3_600_000,
  threadsMax: 10_000,
  sessionsMax: 1_000,
  acceptMs: 2_000,
  callsMax: 1_000,
  callsRunningMax: 20,
  tryMs: 15_000,
  callMs: 120_000,
  partMax: 11_500,
  streamMs: 1_200,
  editGapMs: 1_200,
  appendGapMs: 600,
  helloMs: 10_000,
  silenceMs: 45_000,
  retireMs: 5_000,
  closeMs: 1_000,
};

/** The shortest `partMax`: a part has room for the marks of a code block and something in it. */
const PART_MIN = 2_000;

/** @throws {RangeError} if a limit is not a number that makes sense. */
export function resolveSlackLimits(limits: SlackLimits = {}): Required<SlackLimits> {
  const resolved = { ...DEFAULTS, ...limits };
  for (const [name, value] of Object.entries(resolved)) {
    const least = name === "partMax" ? PART_MIN : name.endsWith("Ms") ? 0 : 1;
    const most = name === "partMax" ? 12_000 : 2 ** 31 - 1;
    const isNever = name === "silenceMs" && value === Infinity;
    if (isNever || (value >= least && value <= most)) continue;
    throw new RangeError(
      `Cannot use limit ${name} ${value}: it must be a number from ${least} to ${most}`,
    );
  }
  return resolved;
}
