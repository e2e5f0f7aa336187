import { type SessionQueueObserver, systemClock } from "@lanekeeper/session-queue";
import { type DrainOptions, type DrainReport, TaskTracker } from "@lanekeeper/task-tracker";
import { Hono } from "hono";
import { setImmediate } from "node:timers";
import { memoryBindings } from "./bindings.ts";
import { SlackCalls } from "./calls.ts";
import { POLICY_WORDS } from "./command.ts";
import { Conversations } from "./conversations.ts";
import { Dedupe } from "./dedupe.ts";
import { SlackAuthError, SlackStoppedError, type SlackVariable } from "./errors.ts";
import { createHttpEvents } from "./http_events.ts";
import { Intake, placeOf, type SlackPlace } from "./intake.ts";
import { Lines } from "./lines.ts";
import { resolveSlackLimits, type SlackOptions } from "./options.ts";
import { OwnMessages } from "./own_messages.ts";
import { Pace } from "./pace.ts";
import { Participation } from "./participation.ts";
import { readPost, type SlackIdentity, type SlackPost } from "./post.ts";
import { RestingSessions } from "./resting_sessions.ts";
import { Signs } from "./signs.ts";
import type { SlackMessage } from "./slack_backend.ts";
import { openWebSocket } from "./socket.ts";
import { type EnvelopeDelivery, SocketMode } from "./socket_mode.ts";
import { TEXTS } from "./texts.ts";
import { createWebClient } from "./web_client.ts";
import { whoAmI } from "./who_am_i.ts";

/** What it holds, as plain data. */
export interface SlackSnapshot {
  readonly state: Slack["state"];
  /** Connections of Socket Mode. */
  readonly connections: number;
  /** Tracked tasks. */
  readonly tasks: number;
  /** Acknowledgements under way. */
  readonly acknowledging: number;
  /** Threads with a post in line. */
  readonly lines: number;
  /** Messages that have no outcome yet. */
  readonly messages: number;
  /** Calls that wait, and that are under way. */
  readonly calls: number;
  /** Threads with a status. */
  readonly signs: number;
  /** Posts that are remembered against being handled twice. */
  readonly posts: number;
  /** Threads that are known as the bot's or as others'. */
  readonly threads: number;
  /** Sessions whose agent's side may be open. */
  readonly sessions: number;
}

/** Slack, put together. */
export interface Slack {
  readonly state: "new" | "starting" | "ready" | "draining" | "stopped" | "failed";
  /** Whether Socket Mode has a connection. */
  readonly isConnected: boolean;
  /** The route `POST /slack/events`, if there is a signing secret; else it answers 404. */
  readonly app: Hono;
  /** To be told what the queue tells: the pieces of replies come this way. */
  readonly observer: SessionQueueObserver<SlackMessage, string>;
  /** Whether a message of Slack is under way on this session, so that it is made if it is not stored. */
  expects(session: string): boolean;
  /**
   * Finds out who the bot is and connects. While Slack cannot be reached it goes on trying.
   *
   * @throws {SlackAuthError} if a token is refused; {SlackStoppedError} if it was stopped.
   */
  start(): Promise<void>;
  /** Takes no message on from now on; events are still acknowledged, and their senders told. */
  closeIntake(): void;
  /** Waits for all tasks, and cancels them at the deadline (30 s); then nothing starts any more. */
  drain(options?: DrainOptions): Promise<DrainReport>;
  /** Closes the connections, once the last acknowledgements are out. */
  close(): Promise<void>;
  /** All three, once (A8): every call gets the report of the first drain. Safe before `start()`. */
  stop(options?: DrainOptions): Promise<DrainReport>;
  snapshot(): SlackSnapshot;
}

/**
 * Slack as a surface of a host: events in, replies out (A6, A7, A8).
 *
 * When to use: to put a lanekeeper host into a Slack workspace. `@lanekeeper/host` wires it up with
 * `--slack`. When not: for slash commands, buttons or modals, which it acknowledges and leaves alone.
 *
 * Guarantees
 * - `ACK_BEFORE_DEADLINE`, `ACK_TRUTH`: an event is acknowledged before its task starts and never waits
 *   for a handler; one that could not be taken over is not acknowledged, so that Slack delivers again.
 * - `FIFO`, `NO_CROSS_SESSION_HOL`: posts of one thread reach the queue in the order in which they came,
 *   and no thread waits for another.
 * - `DEDUPE_SOUND`, `FAILURE_RETRYABLE`: a post is handled once, however often and in whichever form it
 *   is delivered; one whose handling failed is handled again.
 * - `STALE_EFFECT_FENCED`: nothing of a cancelled turn is posted from the cancel on. `SHUTDOWN_ORDER`:
 *   a reply is delivered inside its turn.
 * - `BOUNDED_STATE`: everything that is kept has a limit. `STOP_TERMINATES`, `QUIESCENT_AFTER_STOP`.
 *
 * @throws {RangeError} if a limit is not a number that makes sense.
 */
export function createSlack(options: SlackOptions): Slack {
  const limits = resolveSlackLimits(options.limits);
  const { backend, clock = systemClock, random = Math.random, observer } = options;
  const onError = options.onError ?? ((error, place) => console.error("Slack:", place, error));
  let state: Slack["state"] = "new";
  let identity: SlackIdentity = { userId: "", botId: undefined, team: "", enterprise: undefined };
  let stopping: Promise<DrainReport> | undefined;
  /** Aborts when no start is wanted any more. */
  const starting = new AbortController();

  const fail = (error: SlackAuthError) => {
    if (state === "failed" || state === "stopped") return;
    state = "failed";
    starting.abort();
    botCalls.close(error);
    appCalls.close(error);
    void socketMode?.stop(error);
    if (options.onFatal === undefined) console.error(error.message);
    else options.onFatal(error);
  };
  const callsOf = (
    variable: SlackVariable,
    token: string,
    web = webOf(options, token, limits.tryMs),
  ) =>
    new SlackCalls({
      web,
      variable,
      clock,
      random,
      waitingMax: limits.callsMax,
      runningMax: limits.callsRunningMax,
      tryMs: limits.tryMs,
      callMs: limits.callMs,
      onAuthError: fail,
    });
  const botCalls = callsOf("SLACK_BOT_TOKEN", options.botToken, options.web?.bot);
  const appCalls = callsOf("SLACK_APP_TOKEN", options.appToken ?? "", options.web?.app);
  const tracker = new TaskTracker<SlackPlace>({
    name: "slack",
    clock,
    tasksMax: limits.tasksMax,
    onError: (error, task) => onError(error, task.context as SlackPlace),
  });
  const lines = new Lines();
  const dedupe = new Dedupe({ ...limits, now: () => clock.now() });
  const bindings = options.bindings ?? memoryBindings(limits.threadsMax);
  const onTrouble = (error: unknown, post: SlackPost) => options.onTrouble?.(error, placeOf(post));
  const whoItIs = () => identity;
  const read = (payload: unknown) =>
    readPost(payload, { identity, directMessages: options.directMessages ?? "conversation" });
  const isAllowed = (post: SlackPost) =>
    options.isAllowed === undefined ? !post.isOutside : options.isAllowed(post);
  const participation = new Participation({
    ...{ calls: botCalls, bindings, onTrouble },
    identity: whoItIs,
    isInvitation: (message, { channel, isShared }) => {
      const event = { ...message, type: "message", channel };
      const found = read({ event, is_ext_shared_channel: isShared });
      return found.kind === "post" && found.post.isMention && isAllowed(found.post);
    },
    threadsMax: limits.threadsMax,
  });
  const signs = new Signs({
    calls: botCalls,
    clock,
    mode: options.sign ?? "status",
    status: options.texts?.status ?? TEXTS.status,
    emoji: options.emoji ?? "eyes",
  });
  const sessions = new RestingSessions({
    openMax: limits.sessionsMax,
    isBusy: (session) => conversations.expects(session),
    rest: (session) => void backend.rest(session),
  });
  const conversations: Conversations = new Conversations({
    ...{ backend, bindings, calls: botCalls, clock, dedupe, participation, sessions, signs },
    identity: whoItIs,
    own: new OwnMessages(),
    support: { mode: options.streaming ?? "stream" },
    texts: { ...TEXTS, ...options.texts },
    policy: options.policy,
    policyWords: options.policyWords ?? POLICY_WORDS,
    threadReplies: options.threadReplies ?? true,
    partMax: limits.partMax,
    streamMs: limits.streamMs,
    paces: {
      edits: new Pace({ clock, gapMs: limits.editGapMs }),
      stream: new Pace({ clock, gapMs: limits.appendGapMs }),
    },
    isDraining: () => state !== "ready",
    onTrouble,
    onDuplicate: (post) => observer?.duplicate?.(placeOf(post)),
  });
  const intake = new Intake({
    ...{ tracker, lines, clock, observer },
    ...{ read, isAllowed },
    accept: options.accept,
    acceptMs: limits.acceptMs,
    handle: (post, handling) => conversations.handle(post, handling),
  });
  const onEnvelope = ({ envelope, acknowledge, release }: EnvelopeDelivery) =>
    void intake.take({
      payload: envelope.type === "events_api" ? envelope.payload : undefined,
      acknowledge,
      release,
    });
  const socketMode = options.appToken === undefined ? undefined : new SocketMode({
    calls: appCalls,
    openSocket: options.openSocket ?? openWebSocket,
    clock,
    random,
    times: limits,
    onEnvelope,
    onFatal: fail,
    onConnected: () => observer?.connected?.(),
    onTrouble: (why, retryMs) => observer?.disconnected?.(why, retryMs),
  });
  const app = options.signingSecret === undefined ? new Hono() : createHttpEvents({
    secret: options.signingSecret,
    wallClockMs: options.wallClockMs ?? Date.now,
    isOpen: () => state === "ready",
    take: (delivery) => intake.take(delivery),
    // No wait but a turn of the event loop, which no clock measures.
    afterAnswer: options.afterAnswer ?? ((fn) => void setImmediate(fn)),
  });

  const start = async () => {
    if (state !== "new") throw new SlackStoppedError("start");
    state = "starting";
    identity = await whoAmI({
      ...{ calls: botCalls, clock, random, signal: starting.signal },
      onTrouble: (why, retryMs) => observer?.disconnected?.(why, retryMs),
    });
    if (isOver()) throw new SlackStoppedError("start");
    state = "ready";
    await socketMode?.start();
  };
  const closeIntake = () => {
    starting.abort();
    if (state !== "failed" && state !== "stopped") state = "draining";
  };
  const isOver = () => state !== "starting";
  const close = async () => {
    starting.abort();
    await socketMode?.stop();
    botCalls.close();
    appCalls.close();
    if (state !== "failed") state = "stopped";
  };
  const stop = async (drainOptions?: DrainOptions) => {
    closeIntake();
    const report = await tracker.drain(drainOptions);
    await close();
    return report;
  };

  return {
    get state() {
      return state;
    },
    get isConnected() {
      return socketMode?.isConnected ?? false;
    },
    app,
    observer: conversations.observer,
    expects: (session) => conversations.expects(session),
    start,
    closeIntake,
    drain: (drainOptions) => tracker.drain(drainOptions),
    close,
    stop: (drainOptions) => stopping ??= stop(drainOptions),
    snapshot: () => ({
      state,
      connections: socketMode?.connections ?? 0,
      tasks: tracker.size,
      acknowledging: intake.pending,
      lines: lines.size,
      messages: conversations.size,
      calls: botCalls.waiting + botCalls.running + appCalls.waiting + appCalls.running,
      signs: signs.size,
      posts: dedupe.size,
      threads: participation.size,
      sessions: sessions.size,
    }),
  };
}

function webOf({ apiUrl }: SlackOptions, token: string, tryMs: number) {
  // A little longer than a try, which is on the clock that was injected.
  return createWebClient(token, { apiUrl, timeoutMs: tryMs + 1_000 });
}
