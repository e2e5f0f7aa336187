import { chatHost } from "./_chat.ts";
import { APART, EXPIRES, LEASE, LOOK_AGAIN, MIXED, NEVER_LOST } from "./_chat_docs.ts";
import { type WildRow, wildRow } from "./wild_row.ts";

/** Messages for a busy thread are queued, and handed over together. */
export const row: WildRow = wildRow({
  id: "chat-queue",
  packages: ["chat", "@chat-adapter/state-memory"],
  use: '`new Chat({ concurrency: "queue" })`, with the memory state as it is',
  promised: {
    NO_STRANDED_PENDING: NEVER_LOST,
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
  asked: ["advance 60000"],
  seenIn: ["https://github.com/vercel/chat/issues/928"],
  adapter: {
    level: 2,
    globalTimers: true,
    create: (env) => chatHost(env, { concurrency: "queue", joins: true }),
  },
});

export default row.adapter;
