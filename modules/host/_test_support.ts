import type { Agent, AgentSession, AgentTurn, OpenOptions } from "@lanekeeper/agents";
import type { Host, Logger } from "./mod.ts";

/** A turn in the hands of the test. */
export interface Run {
  readonly turn: AgentTurn;
  reply(text: string): void;
}

/** An agent that answers at once, but for messages that begin with `hold`; it notes its calls. */
export class TestAgent implements Agent {
  readonly name = "test";
  readonly log: string[] = [];
  readonly runs: Run[] = [];
  readonly opened: OpenOptions[] = [];
  readonly resumed: { id: string; signal: AbortSignal | undefined }[] = [];
  /** What `requestCancel` does. */
  onCancel: (level: string) => unknown = () => {};

  open(options: OpenOptions): Promise<AgentSession> {
    this.opened.push(options);
    return Promise.resolve(this.#session(options));
  }

  resume(id: string, options: { signal?: AbortSignal | undefined } = {}): Promise<AgentSession> {
    this.resumed.push({ id, signal: options.signal });
    return Promise.resolve(this.#session({ id }));
  }

  close(): Promise<void> {
    this.log.push("end of the agent");
    return Promise.resolve();
  }

  #session({ id, projectId = "default", workingDir = "/" }: OpenOptions): AgentSession {
    return {
      info: { id, projectId, workingDir },
      run: (turn) => {
        const text = turn.messages.map((message) => message.text).join("+");
        if (!text.startsWith("hold")) return Promise.resolve(`re: ${text}`);
        return new Promise((reply, reject) => {
          this.runs.push({ turn, reply });
          turn.signal.addEventListener("abort", () => reject(turn.signal.reason));
        });
      },
      requestCancel: (level) => {
        this.log.push(`cancel ${level}`);
        return this.onCancel(level);
      },
      close: () => {
        this.log.push(`close ${id}`);
        return Promise.resolve();
      },
    };
  }
}

/** A logger that keeps its lines as `level message`, with the fields behind. */
export function notingLogger(): Logger & { readonly lines: [string, object][] } {
  const lines: [string, object][] = [];
  return {
    lines,
    log: (level, message, fields = {}) => void lines.push([`${level} ${message}`, fields]),
  };
}

/** One request of the client `ann`, with its status and its body. */
export async function call(
  host: Host,
  method: string,
  path: string,
  body?: object,
  // deno-lint-ignore no-explicit-any -- whatever the JSON is; the tests compare it as a whole.
): Promise<{ status: number; body: any }> {
  const response = await host.app.request(path, {
    method,
    headers: { "x-client-id": "ann" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}
