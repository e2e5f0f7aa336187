import type { Agent, AgentSession, SessionInfo } from "@lanekeeper/agents";
import {
  type BusyPolicy,
  type Clock,
  SessionEndedError,
  SessionGoneError,
  SessionQueue,
  type SessionQueueLimits,
  type StopAllReport,
  systemClock,
} from "@lanekeeper/session-queue";
import {
  type AccessOptions,
  type BackendState,
  type ChatBackend,
  type ChatMessage,
  createWebChat,
  SessionBoard,
  type WebChat,
  type WebChatEnv,
} from "@lanekeeper/web-chat";
import { Hono } from "hono";
import type { Logger } from "./logger.ts";
import { runShutdown, type ShutdownStep, type ShutdownStepReport } from "./shutdown.ts";
import { composeObservers, type HostObserver, type HostSurface } from "./surface.ts";

/** Options of {@linkcode createHost}. */
export interface HostOptions {
  /** What runs the turns. */
  readonly agent: Agent;
  /** Default: nothing is logged. */
  readonly logger?: Logger;
  /** What becomes of a message that finds its session busy. Default `"enqueue"`. */
  readonly policy?: BusyPolicy;
  readonly limits?: SessionQueueLimits;
  /** How long a cancelled turn may go on before it is `abandoned`, in ms. Default 5,000. */
  readonly abandonAfterMs?: number;
  readonly access?: AccessOptions;
  /** The longest message of the web chat, in characters. Default 32,000. */
  readonly messageLengthMax?: number;
  /** Names a new session. Default `crypto.randomUUID`. */
  newSessionId?(): string;
  /**
   * Names message number `n`. Default `m1`, `m2`, …, which is enough while no agent stores them beyond
   * the life of this host.
   */
  newMessageId?(n: number): string;
  readonly clock?: Clock;
  /**
   * Sessions that no client of the web chat gets, beside those that the surfaces own: for instance those
   * of a surface that is off. Default: none.
   */
  isReserved?(session: string): boolean;
  /** Directories in which no new session of the web chat works. Default: none. */
  isPrivateDir?(path: string): boolean | Promise<boolean>;
  /** Surfaces beside the web chat: each is given the queue once. Default: none. */
  readonly surfaces?: readonly ((queue: HostQueue) => HostSurface)[];
}

/** Options of {@linkcode Host.stop}. */
export interface HostStopOptions {
  /**
   * One deadline over the whole shutdown, in ms. Default 30,000. Of it the turns have what is left
   * when `abandonAfterMs` and 2 s are taken off, and a quarter at least.
   */
  readonly deadlineMs?: number;
  /** What a transport does last, for instance to close its server. */
  readonly transports?: readonly ShutdownStep[];
}

/** What became of the shutdown. */
export interface HostStopReport {
  readonly steps: readonly ShutdownStepReport[];
  /** What became of the turns; `undefined` if that step did not end in time. */
  readonly turns: StopAllReport | undefined;
  /** Sessions whose turn still runs. */
  readonly running: readonly string[];
}

/** The queue of a host. */
export type HostQueue = SessionQueue<ChatMessage, string, AgentSession>;

/** Everything put together. */
export interface Host {
  readonly state: BackendState | "stopped";
  /** The web chat: give `app.fetch` to a server, or call `app.request()` in a test (A15). */
  readonly app: WebChat["app"];
  /** The sessions, for surfaces of one's own. */
  readonly queue: HostQueue;
  /** Takes work from now on. */
  start(): void;
  /**
   * Stops everything once, in order (A14); safe before `start()` and twice. Every call gets the report
   * of the first one, whose options count.
   */
  stop(options?: HostStopOptions): Promise<HostStopReport>;
}

/** What the turns leave of the one deadline for the steps after them, at most. */
const TAIL_MS = 2_000;

/**
 * Puts the modules together: an agent, one queue, the web chat, and the shutdown.
 *
 * When to use: to run lanekeeper inside a process of your own. To just run it, use the command.
 *
 * Guarantees
 * - `SHUTDOWN_ORDER`: intake closes (503), turns finish with the delivery of their replies, agents
 *   end, transports close, under one deadline.
 * - All of `SessionQueue` and of `createWebChat`: nothing is decided here.
 *
 * @example In a test, without a socket
 * ```ts
 * import type { Agent } from "@lanekeeper/agents";
 * import { createHost } from "@lanekeeper/host";
 * import assert from "node:assert/strict";
 *
 * const agent: Agent = {
 *   name: "yes",
 *   open: ({ id }) => Promise.resolve({
 *     info: { id, projectId: "default", workingDir: "/" },
 *     run: () => Promise.resolve("yes"),
 *     close: () => Promise.resolve(),
 *   }),
 *   resume: (id) => agent.open({ id }),
 * };
 * const host = createHost({ agent });
 * host.start();
 * const headers = { "x-client-id": "me" };
 * await host.app.request("/api/session", { method: "POST", headers });
 * const body = JSON.stringify({ message: "are you there?" });
 * const answer = await host.app.request("/api/chat", { method: "POST", headers, body });
 * assert.equal((await answer.json()).response, "yes");
 * await host.stop();
 * ```
 */
export function createHost(options: HostOptions): Host {
  const { agent, logger, clock = systemClock } = options;
  const board = new SessionBoard();
  const surfaces: HostSurface[] = [];
  const observers: HostObserver[] = [board];
  const queue = createQueue(options, surfaces, {
    observer: options.surfaces === undefined ? board : composeObservers(observers),
  });
  for (const create of options.surfaces ?? []) {
    const surface = create(queue);
    surfaces.push(surface);
    if (surface.observer !== undefined) observers.push(surface.observer);
  }
  let state: Host["state"] = "starting";
  let stopping: Promise<HostStopReport> | undefined;

  const backend: ChatBackend = {
    get state() {
      return state === "stopped" ? "draining" : state;
    },
    agent: agent.name,
    isPrivateDir: (path) => options.isPrivateDir?.(path) ?? false,
    create: async (wanted) => {
      const id = (options.newSessionId ?? (() => crypto.randomUUID()))();
      await queue.create(id, {
        open: (session, signal) => agent.open({ id: session, ...wanted, signal }),
      });
      return describe(queue, id);
    },
    belongsElsewhere: (session) =>
      options.isReserved?.(session) === true || surfaces.some(({ owns }) => owns?.(session)),
    resume: async (session) => {
      await queue.resume(session);
      return describe(queue, session);
    },
    isEnded: (session) => queue.isEnded(session),
    find: (session) => queue.isConnected(session) ? queue.handleOf(session)?.info : undefined,
    send: (session, message, sendOptions) => queue.send(session, message, sendOptions),
    stop: (session, stopOptions) => queue.stop(session, stopOptions),
    end: (session) => queue.end(session),
    transcript: async (session) => await queue.handleOf(session)?.transcript?.() ?? [],
    counts: () => ({ sessions: queue.size, running: queue.running, waiting: queue.waiting }),
  };
  const chat = createWebChat({
    backend,
    board,
    every: (fn, ms) => every(clock, fn, ms),
    onError: (error, place) => logger?.log("error", "A request failed", { ...place, error }),
    ...(options.access === undefined ? {} : { access: options.access }),
    ...(options.messageLengthMax === undefined
      ? {}
      : { messageLengthMax: options.messageLengthMax }),
  });

  const stop = async ({ deadlineMs = 30_000, transports = [] }: HostStopOptions) => {
    let turns: StopAllReport | undefined;
    const steps: ShutdownStep[] = [
      {
        name: "intake",
        stop: () => {
          state = "draining";
          board.draining();
          for (const surface of surfaces) surface.closeIntake();
          // In this very step, for surfaces of one's own; the next step says until when.
          void queue.stopAll({ deadlineMs: Infinity });
        },
      },
      {
        name: "turns",
        stop: async (leftMs) => {
          turns = await queue.stopAll({ deadlineMs: leftMs - turnsTailMs(options, leftMs) });
        },
      },
      ...surfaces.map(({ name, drain }) => ({ name, stop: drain })),
      { name: "agent", stop: () => agent.close?.() },
      { name: "streams", stop: () => chat.closeStreams() },
      ...surfaces.map(({ name, close }) => ({ name: `${name} connections`, stop: close })),
      ...transports,
    ];
    const quiet: Logger = { log: () => {} };
    const reports = await runShutdown(steps, { deadlineMs, clock, logger: logger ?? quiet });
    state = "stopped";
    const running = queue.snapshot().filter((session) => session.generation !== undefined);
    return { steps: reports, turns, running: running.map(({ session }) => session) };
  };

  return {
    get state() {
      return state;
    },
    app: withSurfaces(chat.app, surfaces),
    queue,
    start: () => {
      if (state === "starting") state = "ready";
    },
    stop: (stopOptions = {}) => stopping ??= stop(stopOptions),
  };
}

/** The routes of the surfaces, and behind them the web chat. */
function withSurfaces(chat: WebChat["app"], surfaces: readonly HostSurface[]): WebChat["app"] {
  const apps = surfaces.flatMap(({ app }) => app === undefined ? [] : [app]);
  if (apps.length === 0) return chat;
  const all = new Hono<WebChatEnv>();
  for (const app of apps) all.route("/", app);
  return all.all("*", (c) => chat.fetch(c.req.raw, c.env));
}

function createQueue(
  options: HostOptions,
  surfaces: readonly HostSurface[],
  { observer }: { observer: HostObserver },
): HostQueue {
  const { agent, logger, policy, limits, abandonAfterMs, clock } = options;

  return new SessionQueue<ChatMessage, string, AgentSession>({
    run: (turn) =>
      turn.handle.run({
        id: turn.id,
        messages: turn.inputs.map(({ message }) => message),
        signal: turn.signal,
        emit: (text) => turn.emit(text),
      }),
    resume: (session, signal) => {
      const isExpected = surfaces.some((surface) => surface.expects?.(session));
      return isExpected ? resumeOrOpen(agent, session, signal) : agent.resume(session, { signal });
    },
    close: (handle) => handle.close(),
    requestCancel: (handle, level) => handle.requestCancel?.(level),
    steer: (handle, { message, signal }) => handle.steer?.(message, { signal }) ?? false,
    rollback: (handle, turn) => handle.rollback?.(turn.id),
    observer,
    onError: (error, where) =>
      logger?.log("error", `${where.action} of a session failed`, { ...where, error }),
    ...(options.newMessageId === undefined ? {} : { messageId: options.newMessageId }),
    ...(policy === undefined ? {} : { policy }),
    ...(limits === undefined ? {} : { limits }),
    ...(abandonAfterMs === undefined ? {} : { abandonAfterMs }),
    ...(clock === undefined ? {} : { clock }),
  });
}

/** What is stored is resumed; what is not is made, in the same flight (`NO_CREATE_LEAK`). */
async function resumeOrOpen(
  agent: Agent,
  session: string,
  signal: AbortSignal,
): Promise<AgentSession> {
  try {
    return await agent.resume(session, { signal });
  } catch (error) {
    if (!(error instanceof SessionGoneError)) throw error;
    return await agent.open({ id: session, signal });
  }
}

/**
 * What must be left when the turns' own time is over: to give up those that ignore their cancel, and
 * for the later steps. Never more than three quarters, so that a short deadline still is one for turns.
 */
function turnsTailMs({ abandonAfterMs = 5_000 }: HostOptions, leftMs: number): number {
  return Math.min(TAIL_MS + abandonAfterMs, leftMs * 0.75);
}

/** Calls `fn` every `ms` on the host's clock, until the function that this returns is called. */
function every(clock: Clock, fn: () => void, ms: number): () => void {
  let timer = clock.setTimeout(tick, ms);
  function tick(): void {
    timer = clock.setTimeout(tick, ms);
    fn();
  }
  return () => clock.clearTimeout(timer);
}

function describe(queue: HostQueue, session: string): SessionInfo {
  const handle = queue.handleOf(session);
  if (handle === undefined) throw new SessionEndedError(session, "resume");
  return handle.info;
}
