import { createHmac } from "node:crypto";
import type { EventCallback } from "./events.ts";

/** Where requests go: the `fetch` of an app, or any function like it. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

/** How a request is signed, and what its headers say. */
export interface RequestOptions {
  /** Seconds since 1970. Default now. */
  readonly timestampS?: number;
  readonly retryNum?: number;
  /** Default `http_timeout` for a retry. */
  readonly retryReason?: string;
  /** Instead of the right one; `null` leaves the header out. */
  readonly signature?: string | null;
}

/** The `v0` signature of a body. */
export function signature(
  body: string,
  { secret, timestampS }: { secret: string; timestampS: number },
): string {
  const hmac = createHmac("sha256", secret).update(`v0:${timestampS}:${body}`);
  return `v0=${hmac.digest("hex")}`;
}

/** The Events API over HTTP: signs requests as Slack does and gives them to a handler. */
export class HttpEvents {
  readonly #secret: string;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** A signed request, for a handler of one's own. */
  request(url: string, body: unknown, options: RequestOptions = {}): Request {
    const { timestampS = Math.floor(Date.now() / 1000), retryNum } = options;
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const signed = signature(text, { secret: this.#secret, timestampS });
    const sent = options.signature === undefined ? signed : options.signature;
    const headers: Record<string, string> = {
      "content-type": "application/json",
      "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
      "x-slack-request-timestamp": String(timestampS),
    };
    if (sent !== null) headers["x-slack-signature"] = sent;
    if (retryNum !== undefined) {
      headers["x-slack-retry-num"] = String(retryNum);
      headers["x-slack-retry-reason"] = options.retryReason ?? "http_timeout";
    }
    return new Request(url, { method: "POST", headers, body: text });
  }

  /** Delivers one event and returns what was answered. */
  async deliver(
    { handler, url }: { handler: FetchHandler; url: string },
    callback: EventCallback,
    options: RequestOptions = {},
  ): Promise<Response> {
    return await handler(this.request(url, callback, options));
  }

  /** What Slack asks for when an address is entered; whether the answer is the challenge. */
  async verifyUrl(
    { handler, url }: { handler: FetchHandler; url: string },
    challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P",
  ): Promise<boolean> {
    const body = { token: "legacy-verification-token", challenge, type: "url_verification" };
    const response = await handler(this.request(url, body));
    const text = await response.text();
    return response.ok && (text === challenge || text === JSON.stringify({ challenge }));
  }
}
