import { chatHost } from "./_chat.ts";
import { APART, chatDocs, stateDocs } from "./_chat_docs.ts";
import { type WildRow, wildRow } from "./wild_row.ts";

/** A message for a busy thread takes its lock away. */
export const row: WildRow = wildRow({
  id: "chat-force",
  packages: ["chat", "@chat-adapter/state-memory"],
  use: '`new Chat({ onLockConflict: "force" })`',
  standing: chatDocs(
    "The deprecated onLockConflict option continues to work but should be replaced with concurrency.",
  ),
  promised: {
    EXACTLY_ONE_OUTCOME: stateDocs(
      "force-release the existing lock and allow the new message through",
    ),
    NO_CROSS_SESSION_HOL: APART,
  },
  notPromised: {
    SINGLE_TURN: {
      why: "its documentation says so",
      ...stateDocs("two handlers may briefly run concurrently on the same thread"),
    },
    FIFO: { why: "not spoken of" },
    NO_STRANDED_PENDING: { why: "nothing waits" },
    EVENTUALLY_IDLE: { why: "not spoken of" },
  },
  remedy: "cancel the turn that runs, and wait until it has settled",
  adapter: {
    level: 2,
    globalTimers: true,
    create: (env) => chatHost(env, { onLockConflict: "force" }),
  },
});

export default row.adapter;
