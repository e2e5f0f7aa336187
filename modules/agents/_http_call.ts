import { type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Clock } from "@lanekeeper/session-queue";

/** Options of `HttpCall`. */
export interface HttpCallOptions {
  readonly clock: Clock;
  /** How long the other side may take to confirm that the connection is closed, in ms. */
  readonly lingerMs: number;
  /** The longest line of an answer, in bytes: a reader by lines keeps one in memory. */
  readonly lineBytesMax: number;
  /** The longest body of an answer that is none of 200 to 299, in bytes: a client reads it whole. */
  readonly errorBytesMax: number;
  /** Told of each piece of the answer. */
  onData?(chunk: Uint8Array): void;
}

const NEWLINE = 10;
const STATUS_WITHOUT_BODY = [204, 205, 304];

/**
 * One request over one connection, in the shape of `fetch`, for a client that has to know when the
 * connection is closed: after an abort of `fetch` itself only Node has closed it by the time that the
 * body rejects, and no runtime tells when.
 *
 * - {@linkcode hangUp} ends our side, and resolves when the other side has ended its own; after
 *   `lingerMs` the connection is destroyed. An abort of the signal hangs up.
 * - No connection is kept for later, none is reused, and no redirect is followed.
 */
export class HttpCall {
  readonly #options: HttpCallOptions;
  #request: ClientRequest | undefined;
  #closed: Promise<void> = Promise.resolve();
  #hangingUp = false;

  constructor(options: HttpCallOptions) {
    this.#options = options;
  }

  /** As the global `fetch`, for one request with a text as its body. */
  readonly fetch = (
    input: string | URL | Request,
    init: RequestInit = {},
  ): Promise<Response> => {
    if (this.#request) return Promise.reject(new Error("Cannot send: this call was made already"));
    const url = new URL(input instanceof Request ? input.url : input);
    const send = url.protocol === "https:" ? requestHttps : requestHttp;
    const request = this.#request = send(url, {
      method: init.method ?? "GET",
      headers: Object.fromEntries(new Headers(init.headers)),
      agent: false,
    });
    this.#closed = new Promise((resolve) => request.once("close", () => resolve()));
    return this.#answer(request, init);
  };

  /** Closes the connection. Idempotent; resolves once it is closed, also when it was before. */
  async hangUp(): Promise<void> {
    const request = this.#request;
    if (request && !this.#hangingUp) {
      this.#hangingUp = true;
      const { clock, lingerMs } = this.#options;
      const { socket } = request;
      const isConnected = socket !== null && socket !== undefined && !socket.connecting;
      // The end of our side alone: the other side then ends its own, and that is the confirmation.
      if (isConnected) socket.end();
      else request.destroy();
      const timer = clock.setTimeout(() => request.destroy(), lingerMs);
      void this.#closed.then(() => clock.clearTimeout(timer));
    }
    await this.#closed;
  }

  #answer(request: ClientRequest, { signal, body }: RequestInit): Promise<Response> {
    return new Promise((resolve, reject) => {
      let fail = reject;
      const onAbort = () => {
        fail(signal?.reason);
        void this.hangUp();
      };
      const forget = () => signal?.removeEventListener("abort", onAbort);
      void this.#closed.then(forget);
      request.on("error", (error) => fail(error));
      request.once("response", (message) => {
        if (this.#hangingUp) return void message.resume();
        const stream = this.#body(message, (failBody) => fail = failBody);
        const status = message.statusCode ?? 0;
        resolve(
          new Response(STATUS_WITHOUT_BODY.includes(status) ? null : stream, {
            status,
            headers: headersOf(message),
          }),
        );
      });
      signal?.addEventListener("abort", onAbort, { once: true });
      if (signal?.aborted) return onAbort();
      request.end(typeof body === "string" ? body : undefined);
    });
  }

  #body(
    message: IncomingMessage,
    onFail: (fail: (error: unknown) => void) => void,
  ): ReadableStream<Uint8Array> {
    let isOver = false;
    let bytes = 0;
    let lineBytes = 0;
    const { statusCode = 0 } = message;
    const isError = statusCode < 200 || statusCode > 299;
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const fail = (error: unknown) => {
          if (isOver) return;
          isOver = true;
          controller.error(error);
          // What still comes until the other side has ended is for nobody.
          message.resume();
        };
        onFail(fail);
        message.on("error", fail);
        message.on("close", () => fail(new Error("The connection was closed")));
        message.on("end", () => {
          if (isOver) return;
          isOver = true;
          controller.close();
        });
        message.on("data", (chunk: Buffer) => {
          if (isOver) return;
          this.#options.onData?.(chunk);
          const newline = chunk.lastIndexOf(NEWLINE);
          lineBytes = newline < 0 ? lineBytes + chunk.length : chunk.length - newline - 1;
          bytes += chunk.length;
          const { lineBytesMax, errorBytesMax } = this.#options;
          if (isError && bytes > errorBytesMax) {
            fail(
              new RangeError(
                `An answer of status ${statusCode} is longer than ${errorBytesMax} bytes`,
              ),
            );
            return void this.hangUp();
          }
          if (lineBytes > lineBytesMax) {
            fail(new RangeError(`A line of the answer is longer than ${lineBytesMax} bytes`));
            return void this.hangUp();
          }
          controller.enqueue(new Uint8Array(chunk));
          if ((controller.desiredSize ?? 1) <= 0) message.pause();
        });
      },
      pull: () => void message.resume(),
      cancel: () => {
        isOver = true;
        message.resume();
        void this.hangUp();
      },
    });
  }
}

function headersOf({ headers }: IncomingMessage): Headers {
  const plain = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  return plain;
}
