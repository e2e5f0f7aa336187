import { chatHost } from "./_chat.ts";
import { chatDocs, LEASE } from "./_chat_docs.ts";
import { type WildRow, wildRow } from "./wild_row.ts";

/** The same, with its state on another machine. */
export const row: WildRow = wildRow({
  id: "chat-debounce-remote",
  packages: ["chat", "@chat-adapter/state-memory"],
  use:
    '`new Chat({ concurrency: { strategy: "debounce", debounceMs: 1500 } })`, with the memory state behind a network: each call of it takes a step of time, as one of Redis would',
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
    NO_CROSS_SESSION_HOL: { why: "not spoken of" },
  },
  remedy:
    "look at the queue once more when the lock has been released, also after a handler that threw, and take the lock again if something is there",
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
