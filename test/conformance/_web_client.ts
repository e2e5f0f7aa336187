import { type HostOutcome, type Receipt, RejectedError } from "@lanekeeper/harness";
import type { Host } from "@lanekeeper/host";

/** What the web chat answers, with its status; which field is there depends on the route. */
export interface Answer {
  readonly status: number;
  readonly error?: string;
  readonly session_id?: string | null;
  /** Of a chat: `false` if the client has no session any more. */
  readonly session_connected?: boolean;
  readonly in_flight?: boolean;
  readonly reason?: string;
  readonly response?: string;
  readonly outcome?: HostOutcome["status"];
  readonly cause?: string;
  /** Of a stop and an end. */
  readonly running?: string;
  readonly ended?: boolean;
}

/** A request to the web chat. */
export interface WebRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: object;
  /** The name of a chat's message. */
  readonly id?: string;
}

/** Sends requests to the web chat of a host, without a socket, and knows which are not answered. */
export class WebClient {
  readonly #host: Host;
  readonly #open = new Set<Promise<unknown>>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** How many requests wait for their answer. */
  get open(): number {
    return this.#open.size;
  }

  async call(client: string, { method, path, body, id }: WebRequest): Promise<Answer> {
    const answer = this.#host.app.request(path, {
      method,
      headers: { "x-client-id": client, ...(id === undefined ? {} : { "x-message-id": id }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const request = Promise.resolve(answer);
    this.#open.add(request);
    const { status } = await request;
    const fields = await (await request).json();
    this.#open.delete(request);
    return { status, ...fields };
  }

  /** As a server closes: once each request has its answer. */
  async close(): Promise<void> {
    await Promise.all(this.#open);
  }
}

/** What the answer to a chat says of its message. @throws {RejectedError} if it was not taken on */
export function receiptOf(answer: Answer): Receipt {
  const { outcome: status = "rejected", response: reply, cause } = answer;
  if (status === "rejected") {
    throw new RejectedError(answer.reason ?? (answer.in_flight ? "busy" : "ended"));
  }
  const outcome: HostOutcome = { status, reply, ...(cause === undefined ? {} : { cause }) };
  return { accepted: true, outcome: Promise.resolve(outcome) };
}

/** @throws {Error} if the web chat did not do what it was asked for */
export function checked(answer: Answer): Answer {
  if (answer.status !== 200) throw new Error(answer.error);
  if (answer.ended === false) throw new Error("There is no session to end");
  return answer;
}
