import { chatHost } from "./_chat.ts";
import { chatDocs, LEASE, MIXED } from "./_chat_docs.ts";
import { type WildRow, wildRow } from "./wild_row.ts";

/** Of the messages of a short while the last one is handled. */
export const row: WildRow = wildRow({
  id: "chat-debounce",
  packages: ["chat", "@chat-adapter/state-memory"],
  use:
    '`new Chat({ concurrency: { strategy: "debounce", debounceMs: 1500 } })`, with the memory state as it is',
  promised: {
    NO_STRANDED_PENDING: chatDocs("only the final message in the burst window is processed"),
  },
  notPromised: {
    SINGLE_TURN: LEASE,
    EXACTLY_ONE_OUTCOME: {
      why: "all but the final message of a burst may be dropped",
      ...chatDocs("Messages that arrive during that window replace the pending message"),
    },
    FIFO: { why: "what is replaced has no place" },
    MERGE_LOSSLESS: MIXED,
    NO_CROSS_SESSION_HOL: { why: "not spoken of" },
  },
  remedy:
    "look at the queue once more when the lock has been released, also after a handler that threw, and take the lock again if something is there",
  foundBefore: [{
    operations: "send a; advance 60000; send a",
    tape: [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    racy: true,
  }],
  seenIn: ["https://github.com/vercel/chat/issues/928"],
  adapter: {
    level: 2,
    globalTimers: true,
    create: (env) =>
      chatHost(env, {
        concurrency: { strategy: "debounce", debounceMs: 1_500 },
      }),
  },
});

export default row.adapter;
