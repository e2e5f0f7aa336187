import { chatHost } from "./_chat.ts";
import { APART, chatDocs, LEASE, MIXED } from "./_chat_docs.ts";
import { type WildRow, wildRow } from "./wild_row.ts";

/** The same, with its state on another machine. */
export const row: WildRow = wildRow({
  id: "chat-debounce-remote",
  packages: ["chat", "@chat-adapter/state-memory"],
  use:
    '`new Chat({ concurrency: { strategy: "debounce", debounceMs: 1500 } })`, with the memory state behind a network: each call of it takes a step of time, as one of Redis would',
  promised: {
    NO_STRANDED_PENDING: chatDocs("only the final message in the burst window is processed"),
    NO_CROSS_SESSION_HOL: APART,
  },
  notPromised: {
    SINGLE_TURN: LEASE,
    EXACTLY_ONE_OUTCOME: {
      why: "all but the final message of a burst may be dropped",
      ...chatDocs("Messages that arrive during that window replace the pending message"),
    },
    FIFO: { why: "what is replaced has no place" },
    MERGE_LOSSLESS: MIXED,
    EVENTUALLY_IDLE: { why: "not spoken of" },
  },
  remedy:
    "look at the queue once more when the lock has been released, also after a handler that threw, and take the lock again if something is there",
  // Longer than one in which a process stands still, and it is the one that counts.
  foundBefore: [{
    operations: "send a; send a throws; advance 5000; send a; send a",
    tape:
      "3.0.0.2.1.0.5.1.0.0.0.1.0.0.0.1.0.0.0.0.0.0.0.0.5.1.0.2.0.2.2.0.0.1.3.0.0.2.3.1.0.0.6.1.0.1.3.0.1.1.2.0.0.1",
    breaks: "NO_STRANDED_PENDING",
  }],
  seenIn: ["https://github.com/vercel/chat/issues/928"],
  operationsMax: 2,
  isRacy: false,
  adapter: {
    level: 2,
    globalTimers: true,
    policies: { order: "none" },
    create: (env) =>
      chatHost(env, {
        concurrency: { strategy: "debounce", debounceMs: 1_500 },
        isRemote: true,
      }),
  },
});

export default row.adapter;
