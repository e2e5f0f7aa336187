import type { SimEnv } from "@lanekeeper/harness";
import type { OpenSocket, SlackWeb, SocketHandlers } from "@lanekeeper/slack";

/** What Slack has to deliver. */
export interface WirePost {
  readonly session: string;
  /** Names the post: the same for each delivery. */
  readonly event: string;
  readonly text: string;
  readonly user: string;
}

/** An envelope that was not acknowledged. */
interface Owed extends WirePost {
  readonly envelope: string;
}

interface OpenWire {
  readonly handlers: SocketHandlers;
  isOpen: boolean;
}

/** Every thread begins with this post, in a channel of its own. */
const ROOT_TS = "1.000001";

/** The session of a thread, as Slack's surface names it, without what a `new` adds. */
export function slackSession(session: string): string {
  return `slack-T1-C${session.toUpperCase()}-${ROOT_TS}`;
}

/** The name in the story of a session of Slack's surface. */
export function storySession(slack: string): string {
  return /^slack-T1-C(\w+)-/.exec(slack)?.[1]?.toLowerCase() ?? slack;
}

/**
 * Slack without a network: its socket and its Web API as ports of a world. What it delivers and is not
 * acknowledged before its socket is lost it delivers again.
 */
export class SlackWire {
  readonly #env: SimEnv;
  readonly #isAckSlow: boolean;
  readonly #undelivered: (post: WirePost) => void;
  readonly #owed = new Map<string, Owed>();
  /** What finds no socket waits for the next. */
  readonly #waiting: WirePost[] = [];
  #wire: OpenWire | undefined;
  #envelopes = 0;
  #ts = 0;
  #isClosed = false;

  constructor(
    env: SimEnv,
    options: { isAckSlow: boolean; undelivered(post: WirePost): void },
  ) {
    this.#env = env;
    this.#isAckSlow = options.isAckSlow;
    this.#undelivered = options.undelivered;
  }

  /** Nobody connects any more: what is posted is delivered to nobody, or to the next process. */
  close(): void {
    this.#isClosed = true;
    for (const post of this.#waiting.splice(0)) this.#undelivered(post);
  }

  deliver(post: WirePost): void {
    if (this.#wire?.isOpen) this.#send(this.#wire, post);
    else if (this.#isClosed) this.#undelivered(post);
    else this.#waiting.push(post);
  }

  /** The socket is lost. */
  cut(): void {
    if (this.#wire !== undefined) this.#end(this.#wire, "lost");
  }

  readonly openSocket: OpenSocket = (_url, handlers) => {
    const wire: OpenWire = { handlers, isOpen: true };
    this.#wire = wire;
    queueMicrotask(() => {
      if (!wire.isOpen) return;
      handlers.message(JSON.stringify({ type: "hello" }));
      for (const post of this.#waiting.splice(0)) this.#send(wire, post);
    });
    return {
      send: (text) => this.#acknowledged(wire, JSON.parse(text).envelope_id),
      ping: () => {},
      close: () => this.#end(wire, "closed"),
      terminate: () => this.#end(wire, "terminated"),
    };
  };

  #end(wire: OpenWire, why: string): void {
    if (!wire.isOpen) return;
    wire.isOpen = false;
    if (this.#wire === wire) this.#wire = undefined;
    wire.handlers.closed(why);
    const owed = [...this.#owed.values()];
    this.#owed.clear();
    for (const post of owed) this.deliver(post);
  }

  readonly web: SlackWeb = {
    apiCall: async (method, args = {}) => {
      if (method === "auth.test") return { user_id: "UBOT", bot_id: "BBOT", team_id: "T1" };
      if (method === "apps.connections.open") return { url: "wss://slack.invalid" };
      if (method !== "chat.postMessage") return {};
      await this.#posted(String(args["channel"]).slice(1).toLowerCase(), args["markdown_text"]);
      return { ts: `3.${String(++this.#ts).padStart(6, "0")}` };
    },
  };

  async #posted(session: string, text: unknown): Promise<void> {
    const message = /^reply to (m\d+)/.exec(String(text))?.[1];
    if (message !== undefined) return await this.#env.deliver(session, message, String(text));
    await this.#env.io("say", session);
  }

  async #acknowledged(wire: OpenWire, envelope: string): Promise<void> {
    const owed = this.#owed.get(envelope);
    if (this.#isAckSlow) await this.#env.io("ack", owed?.session ?? "");
    if (!wire.isOpen) throw new Error("The socket is closed");
    this.#owed.delete(envelope);
    if (owed !== undefined && /^e\d+$/.test(owed.event)) this.#env.ack(owed.event);
  }

  #send({ handlers }: OpenWire, { session, event, text, user }: WirePost): void {
    const envelope = `v${++this.#envelopes}`;
    this.#owed.set(envelope, { session, event, text, user, envelope });
    const n = Number(/\d+/.exec(event)?.[0] ?? 0);
    const ts = `${event.startsWith("e") ? 2 : 4}.${String(n).padStart(6, "0")}`;
    const channel = `C${session.toUpperCase()}`;
    const inner = { type: "app_mention", channel, user, text, ts, thread_ts: ROOT_TS };
    handlers.message(JSON.stringify({
      envelope_id: envelope,
      type: "events_api",
      payload: { type: "event_callback", team_id: "T1", event: inner },
    }));
  }
}
