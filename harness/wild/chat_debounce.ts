import { chatHost } from "./_chat.ts";
import { APART, LEASE, LOOK_AGAIN, NOT_FLUSHED, REPLACED } from "./_chat_docs.ts";
import { type WildRow, wildRow } from "./wild_row.ts";

/** Of the messages of a short while the last one is handled. */
export const row: WildRow = wildRow({
  id: "chat-debounce",
  packages: ["chat", "@chat-adapter/state-memory"],
  use:
    '`new Chat({ concurrency: { strategy: "debounce", debounceMs: 1500 } })`, with the memory state as it is',
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
  foundBefore: [
    {
      operations: "send a throws; send a",
      tape: "0.1",
      racy: true,
      breaks: "NO_STRANDED_PENDING",
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
        concurrency: { strategy: "debounce", debounceMs: 1_500 },
      }),
  },
});

export default row.adapter;
