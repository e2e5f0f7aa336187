import { type NotPromised, quoting } from "./wild_row.ts";

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

/** Of every strategy that locks. */
export const LEASE: NotPromised = {
  why:
    "the lock is a lease of 30 s that the process renews: one that stands still for longer, or whose state answers too late, loses it",
  ...chatDocs("renewal stops and the lock lapses at its TTL"),
};

/** Of what is handed to one handler together. */
export const MIXED: NotPromised = {
  why: "what is handed over is a thread's, by whomever it was written",
  ...chatDocs("Messages that arrived while the previous handler was running"),
};
