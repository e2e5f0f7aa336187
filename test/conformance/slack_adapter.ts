import { createHost, type HostQueue } from "@lanekeeper/host";
import { createSlackSurface, type SlackSurface } from "@lanekeeper/host/slack";
import {
  type HostAdapter,
  type HostOutcome,
  type HostUnderTest,
  type Receipt,
  RejectedError,
  type SimEnv,
} from "@lanekeeper/harness";
import type { Outcome } from "@lanekeeper/session-queue";
import { phaseLogger, shutDown, simulatedAgent, simulatedSession } from "./_simulated_agent.ts";
import { givenUp } from "./session_queue_adapter.ts";
import { slackSession, SlackWire, storySession } from "./_slack_wire.ts";

/**
 * The composed host through its Slack surface: posts that are delivered, and delivered again, over a
 * socket that may be lost; replies in their threads; `stop` as a word of a person.
 *
 * A thread's session is made when it is needed, so there is no `create`; and what ends one is `new`,
 * after which the thread goes on with another session: so there is no `end`.
 */
const adapter: HostAdapter = {
  name: "slack",
  level: 2,
  policies: { leavesNoTimer: true },
  features: ["events", "interrupt", "collect", "reject"],
  // A chain of so many turns through all of Slack takes minutes: `npm run check:host` has the time.
  without: ["BOUNDED_STACK"],
  create: (env) => createUnderTest(env, { isAckSlow: false, losesSocket: false }),
};

export default adapter;

/**
 * The same for a socket that takes its time to be told, and is lost with the agent's side: what was not
 * acknowledged then is delivered again. While there is no socket nothing can be acknowledged, and what
 * is on its way to the queue is there for no stop. One whose acknowledgement was lost has not been taken
 * on: it comes again, behind those that were.
 */
export const lossy: HostAdapter = {
  ...adapter,
  name: "slack, over a slow socket that is lost",
  policies: { order: "acceptance" },
  without: ["BOUNDED_STACK", "ACK_BEFORE_DEADLINE", "STOP_CLEARS_ALL", "CANCEL_TARGET"],
  create: (env) => createUnderTest(env, { isAckSlow: true, losesSocket: true }),
};

const POSTS_MAX = 50;
const THREADS_MAX = 50;
/** A call of the world ends by itself, and can not be cut off as a real one is. */
const CALL_MS = 2 ** 31 - 1;
const WORDS = { interrupt: "interrupt", collect: "collect", reject: "reject" } as const;

async function createUnderTest(
  env: SimEnv,
  options: { isAckSlow: boolean; losesSocket: boolean },
): Promise<HostUnderTest> {
  const told = new Deliveries();
  const wire = new SlackWire(env, {
    ...options,
    undelivered: ({ text, event }) => {
      told.refused(text, "draining");
      told.stopLost(event);
    },
  });
  let surface: SlackSurface | undefined;
  const host = createHost({
    agent: {
      ...simulatedAgent(env),
      open: async ({ id }) =>
        simulatedSession(env, await env.backend.open(storySession(id)), { id }),
      resume: async (id) => await simulatedAgent(env).resume(storySession(id)),
    },
    logger: phaseLogger(env),
    clock: env.clock,
    surfaces: [(queue) =>
      surface = createSlackSurface(watched(queue, told), {
        botToken: "xoxb-simulated",
        appToken: "xapp-simulated",
        web: { bot: wire.web, app: wire.web },
        openSocket: wire.openSocket,
        clock: env.clock,
        random: () => env.random(),
        sign: "off",
        policyWords: WORDS,
        limits: {
          silenceMs: Infinity,
          tryMs: CALL_MS,
          callMs: CALL_MS,
          postsMax: POSTS_MAX,
          threadsMax: THREADS_MAX,
        },
        observer: {
          // While it drains nothing is taken on, the same post or another: its sender is told once.
          duplicate: ({ text }) =>
            told.refused(text, surface?.slack.state === "ready" ? "duplicate" : "draining"),
          settled: ({ text }) => told.refused(text, "draining"),
        },
        onError: () => {},
      })],
  });
  host.start();
  const slack = surface!.slack;
  await slack.start();
  let commands = 0;
  return {
    send(session, message, { event = message, sender, policy }) {
      const word = policy === undefined || policy === "supersede" ? "" : `${policy}: `;
      const receipt = told.expect(message);
      const post = { session, event, text: `${word}${message}`, user: sender.toUpperCase() };
      wire.deliver(post);
      return receipt;
    },
    async stop(session, stopOptions) {
      // The word has no levels. Those of the page, where every session can be seen, act on the queue.
      const isWord = stopOptions.level === "immediate" && stopOptions.queued !== "keep";
      if (!isWord || options.losesSocket) {
        return givenUp(await host.queue.stop(slackSession(session), stopOptions));
      }
      const event = `c${++commands}`;
      const report = told.expectStop(session, event);
      wire.deliver({ session, event, text: "stop", user: "S1" });
      return givenUp(await report);
    },
    disconnect(session) {
      if (options.losesSocket) wire.cut();
      return host.queue.disconnect(slackSession(session));
    },
    shutdown: () =>
      shutDown(host, () => {
        wire.close();
        return env.io("close the server");
      }),
    snapshot: () => {
      const { tasks, acknowledging, lines, messages, calls, posts, threads } = slack.snapshot();
      return {
        sessions: host.queue.snapshot().map(({ session, generation, waiting }) => ({
          session: storySession(session),
          guard: generation,
          waiting: waiting.map((id) => told.nameOf(id)),
        })),
        held: { tasks, acknowledging, lines, messages, calls },
        state: {
          posts: { size: posts, max: POSTS_MAX },
          threads: { size: threads, max: THREADS_MAX },
        },
      };
    },
  };
}

/** What a stop did, as far as it counts here. */
interface Stopped {
  readonly running?: string;
}

/** What became of each delivery of a message. */
class Deliveries {
  readonly #open = new Map<
    string,
    { resolve(receipt: Receipt): void; reject(error: Error): void }
  >();
  readonly #names = new Map<string, string>();
  /** Stops that the queue was not asked for yet, oldest first. */
  readonly #stops: { session: string; event: string; resolve(report: Stopped): void }[] = [];

  /** A message is given to Slack. */
  expect(message: string): Promise<Receipt> {
    return new Promise((resolve, reject) => this.#open.set(message, { resolve, reject }));
  }

  /** It reached the queue. */
  sent(text: string, receipt: ReturnType<HostQueue["send"]>): void {
    const { accepted, reason = "invalid", outcome, id } = receipt;
    if (accepted) this.#names.set(id, /m\d+$/.exec(text)?.[0] ?? text);
    const over = outcome.then((ended) => this.#ended(id, ended));
    const given: Receipt = accepted ? { accepted, outcome: over } : { accepted, reason };
    this.#open.get(text)?.resolve(given);
    this.#open.delete(text);
  }

  /** After that its id is forgotten: those that were merged into it end in the same step. */
  #ended(id: string, outcome: Outcome<string>): HostOutcome {
    const { status } = outcome;
    const told: HostOutcome = status === "completed"
      ? { status, reply: outcome.value }
      : status === "merged"
      ? { status, by: this.nameOf(outcome.into), reply: outcome.value }
      : status === "superseded"
      ? { status, by: this.nameOf(outcome.by) }
      : status === "cancelled"
      ? { status, cause: outcome.cause }
      : { status };
    queueMicrotask(() => this.#names.delete(id));
    return told;
  }

  /** It did not. */
  refused(text: string, reason: string): void {
    const message = /m\d+$/.exec(text)?.[0] ?? "";
    this.#open.get(message)?.reject(new RejectedError(reason));
    this.#open.delete(message);
  }

  /** A stop is given to Slack. */
  expectStop(session: string, event: string): Promise<Stopped> {
    return new Promise((resolve) => this.#stops.push({ session, event, resolve }));
  }

  /** The queue was asked for the oldest of a session: that is over when its report is there. */
  stopping(session: string, report: Promise<Stopped>): void {
    const at = this.#stops.findIndex((stop) => stop.session === session);
    const [stop] = this.#stops.splice(at, at < 0 ? 0 : 1);
    report.then((stopped) => stop?.resolve(stopped));
  }

  /** It never will be. */
  stopLost(event: string): void {
    const at = this.#stops.findIndex((stop) => stop.event === event);
    if (at >= 0) this.#stops.splice(at, 1)[0]?.resolve({});
  }

  /** The message of this id. */
  nameOf(id: string): string {
    return this.#names.get(id) ?? id;
  }
}

/** The queue, and whoever wants to know what is asked of it. */
function watched(queue: HostQueue, told: Deliveries): HostQueue {
  const asked: Partial<HostQueue> = {
    send: (session, message, options) => {
      const receipt = queue.send(session, message, options);
      told.sent(message.text, receipt);
      return receipt;
    },
    stop: (session, options) => {
      const report = queue.stop(session, options);
      told.stopping(storySession(session), report);
      return report;
    },
  };
  return new Proxy(queue, {
    get: (target, name) => {
      const value: unknown = Reflect.get(asked, name) ?? Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
