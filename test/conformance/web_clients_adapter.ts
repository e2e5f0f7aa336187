import type { Agent, AgentSession } from "@lanekeeper/agents";
import type { BackendHandle, Guarantee, HostAdapter, SimEnv } from "@lanekeeper/harness";
import { createHost, type Host } from "@lanekeeper/host";
import { SessionGoneError } from "@lanekeeper/session-queue";
import { phaseLogger, shutDown, simulatedSession } from "./_simulated_agent.ts";
import { checked, receiptOf, WebClient } from "./_web_client.ts";
import { givenUp } from "./session_queue_adapter.ts";

/**
 * What is promised to clients, and of each session by itself. The story sends a message to a client,
 * whatever session that has by then: what is promised of messages is judged elsewhere.
 */
const PROMISED: readonly Guarantee[] = [
  "SINGLE_TURN",
  "GUARD_WHILE_RUNNING",
  "NO_ORPHAN_GUARD",
  "CAS_ACTIVE_ID",
  "NO_CREATE_LEAK",
  "FUTURE_SETTLES",
  "QUIESCENT_AFTER_STOP",
  "EVENTUALLY_IDLE",
];

/**
 * The clients of the web chat, who have their sessions made, replaced and ended. An agent that throws
 * means here that its session is gone.
 */
const adapter: HostAdapter = {
  name: "web-chat, its clients",
  level: 2,
  policies: { leavesNoTimer: true },
  features: ["reject"],
  guarantees: PROMISED,
  create(env) {
    const ranOn = new Map<string, string>();
    let sessions = 0;
    const host = createHost({
      agent: createAgent(env, ranOn),
      logger: phaseLogger(env),
      newSessionId: () => `s${++sessions}`,
      clock: env.clock,
    });
    host.start();
    const web = new WebClient(host);
    const bindings = new Bindings(env, host, web);
    return {
      async send(client, message, { policy = "enqueue" }) {
        const before = bindings.of(client);
        const body = { message, policy };
        const answer = await web.call(client, {
          method: "POST",
          path: "/api/chat",
          body,
          id: message,
        });
        if (answer.session_connected === false) {
          await bindings.look(client, ranOn.get(message) ?? before);
        }
        return receiptOf(answer);
      },
      async create(client) {
        const answer = await web.call(client, { method: "POST", path: "/api/session" });
        bindings.note(client, checked(answer).session_id ?? undefined);
      },
      async stop(client, body) {
        return givenUp(
          checked(await web.call(client, { method: "POST", path: "/api/stop", body })),
        );
      },
      async end(client) {
        const answer = web.call(client, { method: "DELETE", path: "/api/session" });
        // It is taken from the client at once, and the answer comes when it is over.
        await bindings.look(client, bindings.of(client));
        return givenUp(checked(await answer));
      },
      shutdown: () => shutDown(host, () => web.close()),
      snapshot: () => ({
        sessions: host.queue.snapshot().map(({ session, generation: guard }) => ({
          session,
          guard,
        })),
        held: { requests: web.open },
      }),
    };
  },
};

export default adapter;

/** An agent that throws is one whose session is gone. Notes which session each message ran on. */
function createAgent(env: SimEnv, ranOn: Map<string, string>): Agent {
  const sessionOf = (handle: BackendHandle): AgentSession => {
    const session = simulatedSession(env, handle);
    return {
      ...session,
      async run(turn) {
        for (const { text } of turn.messages) ranOn.set(text, handle.session);
        try {
          return await session.run(turn);
        } catch (error) {
          throw turn.signal.aborted ? error : new SessionGoneError(handle.session);
        }
      },
    };
  };
  return {
    name: "simulated",
    open: async ({ id }) => sessionOf(await env.backend.open(id)),
    resume: (id) => Promise.reject(new SessionGoneError(id)),
  };
}

/** Which session each client has, as the web chat shows it. */
class Bindings {
  readonly #env: SimEnv;
  readonly #host: Host;
  readonly #web: WebClient;
  readonly #sessions = new Map<string, string | undefined>();

  constructor(env: SimEnv, host: Host, web: WebClient) {
    this.#env = env;
    this.#host = host;
    this.#web = web;
  }

  of(client: string): string | undefined {
    return this.#sessions.get(client);
  }

  /** Asks which it is, because of an answer about a session. */
  async look(client: string, about: string | undefined): Promise<void> {
    const answer = await this.#web.call(client, { method: "GET", path: "/api/session" });
    const before = this.of(client);
    // One that is over is forgotten for that, whichever answer it was that made somebody look.
    const isOver = before !== undefined && !this.#host.queue.isConnected(before);
    this.note(client, answer.session_id ?? undefined, isOver ? before : about);
  }

  /** A client that has a session now has it because of that session's own answer. */
  note(client: string, session: string | undefined, about: string | undefined = session): void {
    if (this.#sessions.get(client) === session) return;
    this.#sessions.set(client, session);
    const because = session ?? about;
    this.#env.report({
      kind: "binding",
      client,
      session,
      ...(because === undefined ? {} : { about: because }),
    });
  }
}
