import { chatHost } from "./_chat.ts";
import { APART, chatDocs, EXPIRES, LEASE, LOOK_AGAIN, MIXED } from "./_chat_docs.ts";
import { type WildRow, wildRow } from "./wild_row.ts";

/** Messages of a short while are handed over together. */
export const row: WildRow = wildRow({
  id: "chat-burst",
  packages: ["chat", "@chat-adapter/state-memory"],
  use:
    '`new Chat({ concurrency: { strategy: "burst", debounceMs: 1000 } })`, with the memory state as it is',
  promised: {
    NO_STRANDED_PENDING: chatDocs(
      "Compared to debounce, burst keeps the earlier messages in context.skipped instead of dropping them, and it flushes queued messages that arrive while the handler is running.",
    ),
    NO_CROSS_SESSION_HOL: APART,
  },
  notPromised: {
    EXACTLY_ONE_OUTCOME: EXPIRES,
    SINGLE_TURN: LEASE,
    FIFO: { why: "the order of messages that are not handed over together is not spoken of" },
    MERGE_LOSSLESS: MIXED,
    EVENTUALLY_IDLE: { why: "not spoken of" },
  },
  remedy: LOOK_AGAIN,
  // The first is one in which the message arrives while the handler runs, as is promised.
  foundBefore: [
    {
      operations: "send a throws; send a",
      tape: "0.1",
      racy: true,
      breaks: "NO_STRANDED_PENDING",
      isWhole: true,
    },
    {
      operations: "send a; advance 60000; advance 60000; send a",
      tape: "0",
      breaks: "EXACTLY_ONE_OUTCOME",
    },
    {
      operations: "send a; advance 60000; send a",
      tape: "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1",
      racy: true,
      breaks: "SINGLE_TURN",
    },
  ],
  seenIn: ["https://github.com/vercel/chat/issues/928"],
  adapter: {
    level: 2,
    globalTimers: true,
    create: (env) =>
      chatHost(env, {
        concurrency: { strategy: "burst", debounceMs: 1_000 },
        joins: true,
      }),
  },
});

export default row.adapter;
