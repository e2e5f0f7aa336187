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
    "the lock is a lease of 30 s that the process renews: one that stands still for longer, or whose state answers too late, loses it; neither is spoken of",
};

/** Of every row: in all of them the lock, if there is one, is that of a thread. */
export const APART: Quote = chatDocs("messages in different threads are processed independently");

/** Of what is handed to one handler together. */
export const MIXED: NotPromised = {
  why: "what is handed over is a thread's, by whomever it was written",
  ...chatDocs("Messages that arrived while the previous handler was running"),
};
