import {
  type HostAdapter,
  type HostUnderTest,
  RejectedError,
  type SimEnv,
  type StopOptions,
} from "./adapter.ts";

/** One turn at a time for each session, in order; a stop cancels the turn and what waits. */
export const goodHost: HostAdapter = {
  name: "good host",
  level: 2,
  features: ["withdraw"],
  create: (env) => new GoodHost(env),
};

/** A host that waits between its look and its claim. */
export const checkThenAct: HostAdapter = {
  name: "check then act",
  create(env) {
    const busy = new Set<string>();
    return {
      async send(session, message) {
        if (busy.has(session)) throw new RejectedError("busy");
        await env.io("look", session);
        busy.add(session);
        try {
          return await env.agent(session, message);
        } finally {
          busy.delete(session);
        }
      },
    };
  },
};

/** The same, but between look and claim there is one microtask: no step comes there at rest. */
export const microtaskRace: HostAdapter = {
  name: "microtask race",
  create(env) {
    const busy = new Set<string>();
    return {
      async send(session, message) {
        if (busy.has(session)) throw new RejectedError("busy");
        await null;
        busy.add(session);
        try {
          return await env.agent(session, message);
        } finally {
          busy.delete(session);
        }
      },
    };
  },
};

interface Waiting {
  readonly message: string;
  readonly signal: AbortSignal | undefined;
  resolve(reply: string): void;
  reject(error: unknown): void;
}

class GoodHost implements HostUnderTest {
  readonly #env: SimEnv;
  readonly #lines = new Map<string, Waiting[]>();
  readonly #turns = new Map<string, { message: string; controller: AbortController }>();
  /** The guard of a session: the same object while one turn follows another. */
  readonly #guards = new Map<string, object>();

  constructor(env: SimEnv) {
    this.#env = env;
  }

  send(session: string, message: string, options: { signal?: AbortSignal }): Promise<string> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      const line = this.#lines.get(session) ?? [];
      this.#lines.set(session, line);
      const withdraw = () => {
        if (this.#turns.get(session)?.message === message) {
          this.#turns.get(session)!.controller.abort(signal?.reason);
        } else if (line.includes(waiting)) {
          line.splice(line.indexOf(waiting), 1);
          waiting.reject(signal?.reason);
        }
      };
      const leave = () => signal?.removeEventListener("abort", withdraw);
      const waiting = {
        message,
        signal,
        resolve: (reply: string) => {
          leave();
          resolve(reply);
        },
        reject: (reason: unknown) => {
          leave();
          reject(reason);
        },
      };
      line.push(waiting);
      signal?.addEventListener("abort", withdraw);
      this.#wake(session);
    });
  }

  stop(session: string, { level, queued }: StopOptions): void {
    const reason = new DOMException("Stopped", "AbortError");
    const waiting = queued === "keep" ? [] : this.#lines.get(session)?.splice(0) ?? [];
    for (const { reject } of waiting) reject(reason);
    // A graceful stop lets the turn come to its end.
    if (level === "immediate") this.#turns.get(session)?.controller.abort(reason);
  }

  snapshot() {
    return {
      sessions: [...this.#lines.keys()].map((session) => ({
        session,
        guard: this.#guards.get(session),
        waiting: this.#lines.get(session)?.map(({ message }) => message) ?? [],
      })),
    };
  }

  #wake(session: string): void {
    if (this.#turns.has(session)) return;
    const next = this.#lines.get(session)?.shift();
    if (next === undefined) return void this.#guards.delete(session);
    if (!this.#guards.has(session)) this.#guards.set(session, {});
    const controller = new AbortController();
    this.#turns.set(session, { message: next.message, controller });
    const over = () => {
      this.#turns.delete(session);
      this.#wake(session);
    };
    this.#env.agent(session, next.message, { signal: controller.signal })
      .then((reply) => (over(), next.resolve(reply)), (error) => (over(), next.reject(error)));
  }
}
