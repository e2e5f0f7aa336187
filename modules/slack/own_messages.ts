import { Lru } from "./lru.ts";

/** So many messages are remembered, and of so many channels the newest. */
const MESSAGES_MAX = 10_000;

/**
 * The messages that this process has made and whose `ts` it knows, so that none of them is taken for one
 * whose answer was lost.
 */
export class OwnMessages {
  readonly #known = new Lru<true>(MESSAGES_MAX);
  readonly #newest = new Lru<string>(MESSAGES_MAX);

  add(channel: string, ts: string): void {
    this.#known.set(`${channel} ${ts}`, true);
    if (isAfter(ts, this.#newest.get(channel) ?? "0")) this.#newest.set(channel, ts);
  }

  has(channel: string, ts: string): boolean {
    return this.#known.get(`${channel} ${ts}`) !== undefined;
  }

  /** The newest of a channel: what is said from now on is behind it, by Slack's own clock. */
  newest(channel: string): string | undefined {
    return this.#newest.get(channel);
  }
}

/** Whether a message is younger than another one, by their `ts`. */
export function isAfter(ts: string, other: string): boolean {
  return Number(ts) > Number(other);
}
