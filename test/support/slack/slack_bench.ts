import { createHost, type Host, type HostOptions } from "@lanekeeper/host";
import { createSlackSurface, type SlackSurface } from "@lanekeeper/host/slack";
import type { Agent, AgentSession } from "@lanekeeper/agents";
import type { SessionQueueObserver } from "@lanekeeper/session-queue";
import type { Slack, SlackOptions as SurfaceOptions, SlackPlace } from "@lanekeeper/slack";
import type { ChatMessage } from "@lanekeeper/web-chat";
import { FakeClock, quiet } from "../fake_clock.ts";
import { assertNone, type Counts, type LogLine } from "../host_bench.ts";
import { ScriptedAgent } from "../scripted_agent.ts";
import { drive, settled, until } from "../settle.ts";
import { type LoopbackSlack, startSlack } from "./loopback_slack.ts";
import { Wire } from "./wire.ts";
import type { Channel, Message } from "./workspace.ts";

/** A message whose handling failed, as it was told of. */
export interface FailedMessage extends SlackPlace {
  readonly error: unknown;
}

/** What a test of Slack works with: the real surface before the real host, and a Slack on loopback. */
export interface SlackBench {
  readonly slack: LoopbackSlack;
  readonly surface: Slack;
  readonly host: Host;
  readonly agent: ScriptedAgent;
  readonly clock: FakeClock;
  readonly wire: Wire;
  /** A public channel with the bot in it. */
  readonly channel: Channel;
  readonly logs: readonly LogLine[];
  /** What the surface told its observer: `started 1`, `duplicate`, `ignored bot` … */
  readonly told: readonly string[];
  /** The failed messages since the last call: a test names each that it expects. */
  failures(): FailedMessage[];
  /** Every event that was sent so far has its acknowledgement. */
  acknowledged(): Promise<void>;
  /** The surface lost its socket and waits: that time passes. @returns whether there was any. */
  passRetry(): boolean;
  /** What the bot said in the thread of a message, as soon as there is so much of it. */
  replies(message: Message, count: number): Promise<string[]>;
  stop(): Promise<void>;
}

/** For tests whose time flies: how long calls and handshakes really take must not meet it. */
export const PATIENT: SurfaceOptions["limits"] & object = {
  ...{ tryMs: 1_000_000_000, callMs: 1_000_000_000 },
  ...{ helloMs: 1_000_000_000, silenceMs: 1_000_000_000, acceptMs: 1_000_000_000 },
};

/** Options of {@linkcode withSlackHost}. */
export interface SlackBenchOptions {
  readonly host?: Partial<HostOptions>;
  readonly surface?: Partial<SurfaceOptions>;
  /** Whether the surface is started. Default `true`. */
  readonly isStarted?: boolean;
  /** Looks at the host's queue. */
  readonly observer?: SessionQueueObserver<ChatMessage, string>;
  /** In the very step in which the agent is asked to run a turn. */
  onRun?(session: string, text: string): void;
}

/**
 * Runs a test on a host with Slack, then fails it if it left anything behind (A15): a task, an
 * acknowledgement, a message, a call, a turn, a timer, a socket, a failure that it did not expect.
 */
export async function withSlackHost(
  test: (bench: SlackBench) => Promise<void>,
  options: SlackBenchOptions = {},
): Promise<void> {
  const slack = await startSlack();
  try {
    const bench = createBench(slack, options);
    if (options.isStarted ?? true) {
      await settled(bench.surface.start(), "the start of Slack");
    }
    await test(bench);
    await assertAtRest(bench);
    await bench.stop();
    await assertStopped(bench);
  } finally {
    await slack.stop();
  }
}

function createBench(slack: LoopbackSlack, options: SlackBenchOptions): SlackBench {
  const clock = new FakeClock();
  const agent = new ScriptedAgent();
  const wire = new Wire(slack.recorder);
  const logs: LogLine[] = [];
  const told: string[] = [];
  const failed: FailedMessage[] = [];
  let retryMs: number | undefined;
  let surface: SlackSurface | undefined;
  const host = createHost({
    agent: options.onRun === undefined ? agent : watched(agent, options.onRun),
    clock,
    logger: { log: (level, message, fields = {}) => void logs.push({ level, message, fields }) },
    ...options.host,
    surfaces: [(queue) =>
      surface = createSlackSurface(queue, {
        botToken: slack.tokens.bot,
        appToken: slack.tokens.app,
        signingSecret: slack.signingSecret,
        apiUrl: slack.apiUrl,
        clock,
        random: () => 0.5,
        openSocket: wire.open,
        observer: {
          ignored: (reason) => void told.push(`ignored ${reason}`),
          acknowledged: ({ text }) => void told.push(`acknowledged ${text}`),
          unacknowledged: () => void told.push("unacknowledged"),
          started: ({ text }) => void told.push(`started ${text}`),
          duplicate: ({ text }) => void told.push(`duplicate ${text}`),
          disconnected: (_why, inMs) => void (retryMs = inMs),
          settled: ({ text }, how) => void told.push(`${how} ${text}`),
        },
        onError: (error, place) => void failed.push({ ...place, error }),
        ...options.surface,
      }), () => ({ ...WITNESS, observer: options.observer ?? {} })],
  });
  host.start();
  const ready = (surface as SlackSurface | undefined)?.slack;
  if (ready === undefined) throw new Error("The host made no surface");
  const channel = slack.channel({ name: "general" });
  return {
    ...{ slack, surface: ready, host, agent, clock, wire, channel, logs, told },
    failures: () => failed.splice(0),
    acknowledged: () =>
      until(() =>
        slack.socket.waiting === 0 && slack.socket.unanswered === 0 &&
        ready.snapshot().acknowledging === 0, "the acknowledgement of everything"),
    passRetry: () => {
      const passed = retryMs;
      retryMs = undefined;
      clock.advance(passed ?? 0);
      return passed !== undefined;
    },
    replies: async ({ channel, ts, threadTs }, count) => {
      const said = () =>
        slack.workspace.read(channel, threadTs ?? ts).filter((line) => line.startsWith("bot: "));
      await until(() => said().length >= count, `${count} replies`);
      return said().map((line) => line.slice("bot: ".length));
    },
    stop: () => drive(clock, host.stop()).then(() => {}),
  };
}

/** A surface that only looks on. */
const WITNESS = {
  name: "witness",
  closeIntake: () => {},
  drain: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

/** The same agent; each of its turns is told of as it begins. */
function watched(agent: Agent, onRun: (session: string, text: string) => void): Agent {
  const watch = (session: AgentSession): AgentSession => ({
    ...session,
    run: (turn) => {
      onRun(session.info.id, turn.messages.map(({ text }) => text).join("+"));
      return session.run(turn);
    },
  });
  return {
    name: agent.name,
    open: async (wanted) => watch(await agent.open(wanted)),
    resume: async (id, resumeOptions) => watch(await agent.resume(id, resumeOptions)),
    close: async () => await agent.close?.(),
  };
}

/** Calls and sockets take their time; what rests does so long before. */
const ROUNDS_MAX = 20_000;

async function assertAtRest({ surface, agent, host, slack, failures }: SlackBench): Promise<void> {
  const failed = failures();
  await assertSoonNone(() => {
    const { tasks, acknowledging, lines, messages, calls, signs } = surface.snapshot();
    return {
      ...{ task: tasks, acknowledgement: acknowledging, line: lines, message: messages },
      ...{ call: calls, sign: signs, turn: agent.running, overlap: agent.overlaps },
      ...{ guard: host.queue.running, "waiting message": host.queue.waiting },
      "held call": agent.held.length,
      "unexpected failure": failed.length,
      "stray acknowledgement": slack.recorder.strayAcks.length,
    };
  });
}

async function assertStopped({ surface, clock, slack, agent, logs }: SlackBench): Promise<void> {
  await assertSoonNone(() => ({
    timer: clock.pending,
    socket: slack.socket.size,
    connection: surface.snapshot().connections,
    handle: agent.handles.length,
    "error in the log": logs.filter(({ level }) => level === "error").length,
  }));
}

async function assertSoonNone(count: () => Counts): Promise<void> {
  const isNone = () => Object.values(count()).every((number) => number === 0);
  for (let round = 0; round < ROUNDS_MAX && !isNone(); round++) await quiet();
  await assertNone(count);
}
