import { chatHost } from "./_chat.ts";
import { APART, EXPIRES, LEASE, LOOK_AGAIN, MIXED, NEVER_LOST } from "./_chat_docs.ts";
import { type WildRow, wildRow } from "./wild_row.ts";

/** The same, as it is used in production: with its state on another machine. */
export const row: WildRow = wildRow({
  id: "chat-queue-remote",
  packages: ["chat", "@chat-adapter/state-memory"],
  use:
    '`new Chat({ concurrency: "queue" })`, with the memory state behind a network: each call of it takes a step of time, as one of Redis would',
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
  foundBefore: [{
    operations: "send a; send a; send b; advance 60000; send b; send b; send a",
    tape:
      "0.1.0.1.0.1.1.0.2.1.1.0.1.0.2.0.0.0.0.0.0.0.0.0.5.6.0.1.0.0.6.0.0.0.5.0.2.0.0.1.0.3.3.0.4.0.2.0.0.0.3.0.1.0.0.4.0.0.0.0.0.0.0.0.0.0.1.3.0.0.0.0.0.0.2.0.1.0.1.0.0.2.0.0.1",
    breaks: "SINGLE_TURN",
  }],
  seenIn: ["https://github.com/vercel/chat/issues/928"],
  operationsMax: 2,
  isRacy: false,
  adapter: {
    level: 2,
    globalTimers: true,
    create: (env) => chatHost(env, { concurrency: "queue", isRemote: true, joins: true }),
  },
});

export default row.adapter;
