import { chatHost } from "./_chat.ts";
import { APART, chatDocs, failureDocs, LEASE } from "./_chat_docs.ts";
import { type WildRow, wildRow } from "./wild_row.ts";

/** The default: a message for a busy thread is refused. */
export const row: WildRow = wildRow({
  id: "chat-drop",
  packages: ["chat", "@chat-adapter/state-memory"],
  use: '`new Chat({ concurrency: "drop" })`, the default; messages come by `processMessage()`',
  promised: {
    DEDUPE_SOUND: chatDocs("Deduplication always runs regardless of strategy"),
    NO_CROSS_SESSION_HOL: APART,
  },
  notPromised: {
    EXACTLY_ONE_OUTCOME: {
      why:
        "what was refused is remembered all the same, so nobody answers when it is delivered again",
      ...chatDocs("the new message is discarded and a LockError is thrown"),
    },
    SINGLE_TURN: LEASE,
    FIFO: { why: "what is refused has no place" },
    FAILURE_RETRYABLE: {
      why: "a message is remembered before it is handled, however that ends",
      ...failureDocs("SDK deduplication can skip redelivered events after a handler fails"),
    },
    NO_STRANDED_PENDING: { why: "nothing waits" },
    EVENTUALLY_IDLE: { why: "not spoken of" },
  },
  remedy: "remember an event when its handler has succeeded, not when it comes",
  asked: ["advance 60000"],
  seenIn: ["https://github.com/getsentry/junior/issues/33"],
  adapter: {
    level: 2,
    globalTimers: true,
    features: ["events"],
    create: (env) => chatHost(env, { concurrency: "drop" }),
  },
});

export default row.adapter;
