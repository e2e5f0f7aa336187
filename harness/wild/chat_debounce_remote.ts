import { chatHost } from "./_chat.ts";
import { APART, LEASE, LOOK_AGAIN, NOT_FLUSHED, REPLACED } from "./_chat_docs.ts";
import { type WildRow, wildRow } from "./wild_row.ts";

/** The same, with its state on another machine. */
export const row: WildRow = wildRow({
  id: "chat-debounce-remote",
  packages: ["chat", "@chat-adapter/state-memory"],
  use:
    '`new Chat({ concurrency: { strategy: "debounce", debounceMs: 1500 } })`, with the memory state behind a network: each call of it takes a step of time, as one of Redis would',
  promised: {
    NO_CROSS_SESSION_HOL: APART,
  },
  notPromised: {
    SINGLE_TURN: LEASE,
    EXACTLY_ONE_OUTCOME: REPLACED,
    NO_STRANDED_PENDING: NOT_FLUSHED,
    FIFO: { why: "what is replaced has no place" },
    EVENTUALLY_IDLE: { why: "not spoken of" },
  },
  remedy: LOOK_AGAIN,
  // It comes while the handler runs; in shorter ones a process stands still.
  foundBefore: [{
    operations: "send a throws; send a",
    tape: "0.1.0.1.0.1.0.1.0.2.0.0.0.1.0.1.0.0.0.1.0.1.0.1.0.1",
    racy: true,
    breaks: "NO_STRANDED_PENDING",
    isWhole: true,
  }],
  seenIn: ["https://github.com/vercel/chat/issues/928"],
  operationsMax: 2,
  isRacy: false,
  adapter: {
    level: 2,
    globalTimers: true,
    create: (env) =>
      chatHost(env, {
        concurrency: { strategy: "debounce", debounceMs: 1_500 },
        isRemote: true,
      }),
  },
});

export default row.adapter;
