import { type NotPromised, type Quote, quoting } from "./wild_row.ts";

/** Of the page on overlapping messages. */
export const chatDocs = quoting(
  "https://chat-sdk.dev/docs/concurrency",
  "chat/docs/concurrency.mdx",
);

/** Of the page on state adapters. */
export const stateDocs = quoting(
  "https://chat-sdk.dev/docs/state-adapters",
  "chat/docs/state-adapters.mdx",
);

/** Of the page on what a handler throws. */
export const failureDocs = quoting(
  "https://chat-sdk.dev/docs/error-handling",
  "chat/docs/error-handling.mdx",
);

/** Of every strategy that locks. */
export const LEASE: NotPromised = {
  why:
    "the lock is a lease of 30 s that the process renews, for `maxLockLifetimeMs` (10 minutes) and no longer, as is documented; a process that stands still for 30 s, or whose state answers too late, loses it before, which is not spoken of",
  ...chatDocs(
    "After this, renewal stops and the lock lapses at its TTL, so a hung handler cannot block the thread forever",
  ),
};

/** Of every row: in all of them the lock, if there is one, is that of a thread. */
export const APART: Quote = chatDocs("messages in different threads are processed independently");

/** Of what is handed to one handler together. */
export const MIXED: NotPromised = {
  why: "what is handed over is a thread's, by whomever it was written",
  ...chatDocs(
    "Messages that arrived while the previous handler was running, in chronological order",
  ),
};

/** Of what waits for longer than `queueEntryTtlMs`. */
export const EXPIRES: NotPromised = {
  why: "what has waited for 90 s is discarded",
  ...chatDocs(
    "TTL for queued entries in milliseconds. Expired entries are discarded on dequeue",
  ),
};

/** Of the strategy `queue`. */
export const NEVER_LOST: Quote = chatDocs(
  "Never lose messages; handler sees full conversation context",
  "Messages that arrive while a handler is running are enqueued. When the current handler finishes, only the latest queued message is dispatched.",
);

/** Of the strategy `debounce`: what comes while the handler runs is `burst`'s. */
export const NOT_FLUSHED: NotPromised = {
  why:
    "what happens to a message that comes while the handler runs is not spoken of; that it is handled is what sets another strategy apart",
  ...chatDocs(
    "Compared to debounce, burst keeps the earlier messages in context.skipped instead of dropping them, and it flushes queued messages that arrive while the handler is running.",
  ),
};

/** Of the strategy `debounce`. */
export const REPLACED: NotPromised = {
  why: "all but the final message of a burst are dropped",
  ...chatDocs(
    "Messages that arrive during that window replace the pending message, so only the final message in the burst window is processed.",
  ),
};

/** What a host adds to a strategy that queues. */
export const LOOK_AGAIN =
  "look at the queue once more when the lock has been released, also after a handler that threw, and take the lock again if something is there";
