import { chatHost } from "./_chat.ts";
import { APART, chatDocs } from "./_chat_docs.ts";
import { type WildRow, wildRow } from "./wild_row.ts";

/** Each message is handled at once, whatever else goes on. */
export const row: WildRow = wildRow({
  id: "chat-concurrent",
  packages: ["chat", "@chat-adapter/state-memory"],
  use: '`new Chat({ concurrency: "concurrent" })`',
  promised: {
    EXACTLY_ONE_OUTCOME: chatDocs(
      "Every message is processed immediately in its own handler invocation",
    ),
    NO_STRANDED_PENDING: chatDocs(
      "Every message is processed immediately in its own handler invocation",
    ),
    NO_CROSS_SESSION_HOL: APART,
  },
  notPromised: {
    SINGLE_TURN: { why: "its documentation says so", ...chatDocs("No locking at all") },
    FIFO: { why: "its documentation says so", ...chatDocs("thread ordering doesn't matter") },
    EVENTUALLY_IDLE: { why: "not spoken of" },
  },
  remedy: "a limit: see chat-concurrent-1",
  adapter: {
    level: 2,
    globalTimers: true,
    create: (env) => chatHost(env, { concurrency: "concurrent" }),
  },
});

export default row.adapter;
