import { chatHost } from "./_chat.ts";
import { APART, chatDocs } from "./_chat_docs.ts";
import { type WildRow, wildRow } from "./wild_row.ts";

/** The same with at most one handler at a time for each thread: in one process, and with no lock. */
export const row: WildRow = wildRow({
  id: "chat-concurrent-1",
  packages: ["chat", "@chat-adapter/state-memory"],
  use: '`new Chat({ concurrency: { strategy: "concurrent", maxConcurrent: 1 } })`',
  promised: {
    SINGLE_TURN: chatDocs("Max concurrent handlers per thread"),
    NO_CROSS_SESSION_HOL: APART,
  },
  notPromised: {
    EXACTLY_ONE_OUTCOME: { why: "not spoken of" },
    NO_STRANDED_PENDING: { why: "not spoken of" },
    FIFO: { why: "its documentation says so", ...chatDocs("thread ordering doesn't matter") },
    EVENTUALLY_IDLE: { why: "not spoken of" },
  },
  adapter: {
    level: 2,
    globalTimers: true,
    create: (env) =>
      chatHost(env, {
        concurrency: { strategy: "concurrent", maxConcurrent: 1 },
      }),
  },
});

export default row.adapter;
