import type { Host } from "@lanekeeper/host";

/** An answer of the app, read to its end. */
export interface Answer {
  readonly status: number;
  // deno-lint-ignore no-explicit-any -- whatever the JSON is; the tests compare it as a whole.
  readonly body: any;
}

/** Options of {@linkcode TestClient.request}. */
export interface TestRequestOptions {
  /** Sent as JSON; a text as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One client of a host: it calls the app in-process, without a socket (A15). */
export class TestClient {
  readonly name: string;
  /** Requests that have no answer yet. */
  pending = 0;
  readonly #app: Host["app"];

  constructor(app: Host["app"], name: string) {
    this.#app = app;
    this.name = name;
  }

  async request(method: string, path: string, options: TestRequestOptions = {}): Promise<Answer> {
    const { body, headers } = options;
    this.pending++;
    try {
      const response = await this.#app.request(path, {
        method,
        headers: { "x-client-id": this.name, ...headers },
        ...(body === undefined
          ? {}
          : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json() };
    } finally {
      this.pending--;
    }
  }

  /** `POST /api/chat`. */
  chat(message: string, more: object = {}): Promise<Answer> {
    return this.request("POST", "/api/chat", { body: { message, ...more } });
  }

  /** `POST /api/session`: a new one, or with `session_id` a stored one. */
  open(body: object = {}): Promise<Answer> {
    return this.request("POST", "/api/session", { body });
  }

  /** `GET /api/session`. */
  look(): Promise<Answer> {
    return this.request("GET", "/api/session");
  }

  /** `DELETE /api/session`. */
  end(): Promise<Answer> {
    return this.request("DELETE", "/api/session");
  }

  /** `POST /api/stop`. */
  stop(body: object = {}): Promise<Answer> {
    return this.request("POST", "/api/stop", { body });
  }
}
