import type { IncomingMessage, ServerResponse } from "node:http";
import type { Arguments } from "./arguments.ts";
import { CHAT_METHODS } from "./chat_methods.ts";
import type { ApiFault, Faults } from "./faults.ts";
import type { Method, MethodContext } from "./method.ts";
import { OTHER_METHODS } from "./other_methods.ts";
import type { ApiCall, Recorder } from "./recorder.ts";
import { SlackError } from "./slack_error.ts";

/** The tokens that are good; a test may take one back. */
export interface Tokens {
  bot: string;
  app: string;
  isRevoked: boolean;
}

/** What {@linkcode WebApi} works with. */
export interface WebApiOptions extends MethodContext {
  readonly recorder: Recorder;
  readonly faults: Faults;
  readonly tokens: Tokens;
}

type Body = Record<string, unknown>;

const METHODS: Readonly<Record<string, Method>> = { ...CHAT_METHODS, ...OTHER_METHODS };
/** Slack's own scopes do not matter here, but clients read the headers. */
const SCOPES = { "x-oauth-scopes": "chat:write", "x-accepted-oauth-scopes": "chat:write" };

/** The Web API: `POST /api/<method>`, its arguments in a form or in JSON. */
export class WebApi {
  readonly #options: WebApiOptions;

  constructor(options: WebApiOptions) {
    this.#options = options;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { recorder, faults } = this.#options;
    const method = new URL(request.url ?? "/", "http://slack").pathname.replace(/^\/api\//, "");
    const body = await readBody(request);
    const { token: inBody, ...args } = body;
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? inBody;
    const call = recorder.call(method, args);
    const fault = faults.take(method);
    if (fault?.kind === "cut") return void request.socket.destroy();
    await faults.pass(method);
    if (fault !== undefined && fault.kind !== "cut-after") return fail(response, { call, fault });
    const answer = this.#answer(method, args, token);
    if (fault?.kind === "cut-after") {
      call.answer = answer;
      return void request.socket.destroy();
    }
    send(response, { call, status: 200, headers: SCOPES, answer });
  }

  #answer(method: string, args: Arguments, token: unknown): Body {
    try {
      this.#checkToken(method, token);
      const known = METHODS[method];
      if (known === undefined) throw new SlackError("unknown_method");
      return { ok: true, ...known(args, this.#options) };
    } catch (error) {
      if (!(error instanceof SlackError)) throw error;
      const { messages } = error;
      const metadata = messages.length === 0 ? {} : { response_metadata: { messages } };
      return { ok: false, error: error.error, ...metadata };
    }
  }

  #checkToken(method: string, token: unknown): void {
    const { bot, app, isRevoked } = this.#options.tokens;
    if (token === undefined || token === "") throw new SlackError("not_authed");
    if (token !== bot && token !== app) throw new SlackError("invalid_auth");
    if (isRevoked) throw new SlackError("token_revoked");
    const wanted = method === "apps.connections.open" ? app : bot;
    if (token !== wanted && method !== "auth.test") throw new SlackError("not_allowed_token_type");
  }
}

function fail(
  response: ServerResponse,
  { call, fault }: { call: ApiCall; fault: Exclude<ApiFault, { kind: "cut" | "cut-after" }> },
): void {
  if (fault.kind === "error") {
    return send(response, { call, status: 200, answer: { ok: false, error: fault.error } });
  }
  if (fault.kind === "ratelimited") {
    const headers = { "retry-after": String(fault.retryAfterS) };
    return send(response, {
      ...{ call, status: 429, headers },
      answer: { ok: false, error: "ratelimited" },
    });
  }
  call.status = fault.status;
  response.writeHead(fault.status, { "content-type": "text/html" });
  response.end("<html><body>Something went wrong</body></html>");
}

function send(
  response: ServerResponse,
  sent: { call: ApiCall; status: number; headers?: Record<string, string>; answer: Body },
): void {
  const { call, status, headers = {}, answer } = sent;
  Object.assign(call, { status, answer });
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(JSON.stringify(answer));
}

async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  const text = Buffer.concat(chunks).toString("utf8");
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("application/json")) return JSON.parse(text === "" ? "{}" : text) as Body;
  return Object.fromEntries(new URLSearchParams(text));
}
