import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** One request, as the server got it. */
export interface ChatRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

/** A chat endpoint on loopback that fails on demand. */
export interface ChatServer {
  readonly baseUrl: string;
  readonly requests: ChatRequest[];
  /** What happened, in order: `request 1`, `closed 1` (its connection), and what a test adds. */
  readonly events: string[];
  /** Called with each event, in its very step. */
  onEvent: (event: string) => void;
  /** Connections that are open. */
  connections(): number;
  stop(): Promise<void>;
}

/**
 * What the last words of a person ask of the server; anything else is repeated, word by word. A word
 * that ends in a number does so for as many requests, then it answers.
 */
const WORDS: Readonly<Record<string, (answer: Answer) => void>> = {
  hold: (answer) => answer.piece("one "),
  silent: () => {},
  break: (answer) => answer.piece("one ", () => answer.socket.destroy()),
  half: (answer) => answer.piece("one ", () => answer.end()),
  empty: (answer) => answer.raw(": nothing\n\n", () => answer.end()),
  malformed: (answer) => answer.raw("data: {oops\n\n", () => answer.end()),
  odd: (answer) => answer.raw("data: 5\n\ndata: null\n\ndata: {}\n\n", () => answer.finish("stop")),
  json: (answer) => answer.refuse(200, { choices: [] }),
  done: (answer) =>
    answer.piece(
      "one",
      () => answer.raw("data: [DO", () => setImmediate(() => answer.raw("NE]\n\n", answer.end))),
    ),
  decoy: (answer) => answer.piece("\ndata: [DONE]", answer.end),
  whole: (answer) =>
    answer.refuse(200, { choices: [{ message: { content: "one" }, finish_reason: "length" }] }),
  wholly: (answer) => answer.refuse(200, { choices: [{ message: { content: "one" } }] }),
  quota: (answer) => answer.refuse(200, { error: { message: "no quota" } }),
  pretty: (answer) => answer.refuse(200, "{" + `\n${" ".repeat(1024)}`.repeat(1024)),
  told: (answer) => answer.raw('data: {"error":{"message":"out of memory"}}\n\n', answer.end),
  length: (answer) => answer.piece("one", () => answer.finish("length")),
  filter: (answer) => answer.piece("one", () => answer.finish("content_filter")),
  late: (answer) => answer.piece("one", () => answer.finish("stop", () => answer.socket.destroy())),
  line: (answer) => answer.raw("data: " + "x".repeat(2 * 1024 * 1024)),
  flood: (answer) => answer.flood(),
  // Six bytes of JSON each.
  book: (answer) =>
    answer.raw(
      event({ delta: { content: "\x01".repeat(150_000) } }),
      () => answer.piece("\x01".repeat(150_000), () => answer.finish("stop")),
    ),
  endless: (answer) => answer.floodError(),
  unauthorized: (answer) =>
    answer.refuse(401, { error: { message: `Wrong key: ${answer.authorization}.` } }),
  forbidden: (answer) => answer.refuse(403, { error: { message: "not for you" } }),
  missing: (answer) => answer.refuse(404, { error: { message: "no such model" } }),
  wrong: (answer) => answer.refuse(400, { error: { message: "too\nlong" } }),
  limit: (answer) =>
    answer.refuse(429, { error: { message: "slow down" } }, { "retry-after": "7" }),
  patience: (answer) => answer.refuse(429, {}, { "retry-after": "3600" }),
  down: (answer) => answer.refuse(503, "<html>down</html>"),
};

/** Starts a server; the test that did stops it. */
export async function startChatServer(): Promise<ChatServer> {
  const sockets = new Set<Socket>();
  const seen = new Map<string, number>();
  const add = (event: string) => {
    chat.events.push(event);
    chat.onEvent(event);
  };
  const server = createServer(async (request, response) => {
    const number = chat.requests.length + 1;
    request.socket.once("close", () => add(`closed ${number}`));
    const told = await readBody(request);
    chat.requests.push(told);
    add(`request ${number}`);
    const answer = new Answer(request, response);
    // Messages in a row arrive as one: the last paragraph is what was said last.
    const text = told.messages.at(-1)?.content.split("\n\n").at(-1) ?? "";
    // Where it has a sender, it begins with that.
    const [, word = "", times] = /^(?:U\d+: )?([a-z]+)(?: (\d+))?$/.exec(text) ?? [];
    const count = (seen.get(text) ?? 0) + 1;
    seen.set(text, count);
    const isOver = times !== undefined && count > Number(times);
    const perform = isOver ? undefined : WORDS[word];
    if (perform) perform(answer);
    else answer.say(text === "history" ? JSON.stringify(told.messages) : `You said: ${text}`);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const chat: ChatServer = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests: [],
    events: [],
    onEvent: () => {},
    connections: () => sockets.size,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return chat;
}

async function readBody(request: IncomingMessage): Promise<ChatRequest> {
  let text = "";
  for await (const chunk of request) text += chunk;
  const { model, messages } = JSON.parse(text);
  return { url: request.url ?? "", headers: request.headers, model, messages };
}

/** One answer, byte by byte. */
class Answer {
  readonly socket: Socket;
  readonly authorization: string | undefined;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.socket = request.socket;
    this.authorization = request.headers.authorization?.replace("Bearer ", "");
    this.#response = response;
  }

  readonly end = (): void => void this.#response.end();

  raw(text: string, then?: () => void): void {
    if (!this.#response.headersSent) {
      this.#response.writeHead(200, { "content-type": "text/event-stream" });
    }
    this.#response.write(text, then);
  }

  piece(content: string, then?: () => void): void {
    this.raw(event({ index: 0, delta: { role: "assistant", content }, finish_reason: null }), then);
  }

  finish(reason: string, then: () => void = this.end): void {
    const last = event({ index: 0, delta: {}, finish_reason: reason });
    this.raw(`${last}data: [DONE]\n\n`, then);
  }

  say(text: string): void {
    for (const word of text.match(/\s*\S+/g) ?? []) this.piece(word);
    this.finish("stop");
  }

  refuse(status: number, body: unknown, headers: Record<string, string> = {}): void {
    this.#response.writeHead(status, { "content-type": "application/json", ...headers });
    this.#response.end(typeof body === "string" ? body : JSON.stringify(body));
  }

  /** An error of lines without an end. */
  floodError(): void {
    this.#response.writeHead(500, { "content-type": "text/plain" });
    this.flood();
  }

  /** Until the other side has enough. */
  flood(): void {
    if (this.socket.destroyed || this.socket.writableEnded) return;
    this.piece("word ".repeat(200), () => setImmediate(() => this.flood()));
  }
}

function event(choice: object): string {
  const chunk = { id: "c1", object: "chat.completion.chunk", created: 0, model: "m" };
  return `data: ${JSON.stringify({ ...chunk, choices: [choice] })}\n\n`;
}
