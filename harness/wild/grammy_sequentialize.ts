import { sequentialize } from "@grammyjs/runner";
import { Bot, BotError } from "grammy";
import { quoting, type WildRow, wildRow } from "./wild_row.ts";

const docs = quoting(
  "https://grammy.dev/ref/runner/sequentialize",
  "@grammyjs/runner/out/sequentialize.d.ts",
);

/** A bot whose updates of one chat wait for each other. */
export const row: WildRow = wildRow({
  id: "grammy-sequentialize",
  packages: ["@grammyjs/runner", "grammy"],
  use:
    "`bot.use(sequentialize((ctx) => String(ctx.chat.id)))`, then a handler; updates come by `bot.handleUpdate()`",
  promised: {
    SINGLE_TURN: docs("messages inside the same chat are never processed concurrently"),
    FIFO: docs("Correctly order updates with the same chat identifier"),
    NO_STRANDED_PENDING: docs(
      "some updates wait for others to be done processing before running their middleware",
    ),
  },
  notPromised: {
    EXACTLY_ONE_OUTCOME: { why: "an update has no answer" },
    FUTURE_SETTLES: { why: "not spoken of" },
    DEDUPE_SOUND: { why: "an update that comes twice is none of its business" },
    FAILURE_RETRYABLE: { why: "not spoken of" },
    NO_CROSS_SESSION_HOL: { why: "follows from its constraints, but is not said" },
  },
  remedy: "remember the update_id of what has been done",
  adapter: {
    level: 1,
    features: ["events"],
    create(env) {
      const bot = new Bot("1:token", { botInfo: BOT });
      bot.use(sequentialize((ctx) => String(ctx.chat?.id)));
      const names: string[] = [];
      const replies = new Map<string, string>();
      let waiting = 0;
      bot.on("message:text", async (ctx) => {
        const message = ctx.message.text;
        replies.set(message, await env.agent(names[ctx.chat.id - 1]!, message));
      });
      const idOf = (session: string): number => {
        if (!names.includes(session)) names.push(session);
        return names.indexOf(session) + 1;
      };
      return {
        async send(session, message, { event = message }) {
          waiting++;
          try {
            await bot.handleUpdate(updateOf(idOf(session), message, Number(event.slice(1))));
            return replies.get(message);
          } catch (error) {
            throw error instanceof BotError ? error.error : error;
          } finally {
            waiting--;
          }
        },
        snapshot: () => ({ sessions: [], held: { updates: waiting } }),
      };
    },
  },
});

export default row.adapter;

const BOT = {
  id: 1,
  is_bot: true,
  first_name: "bot",
  username: "bot",
  can_join_groups: true,
  can_read_all_group_messages: false,
  supports_inline_queries: false,
  can_connect_to_business: false,
  has_main_web_app: false,
  has_topics_enabled: false,
  allows_users_to_create_topics: false,
  can_manage_bots: false,
  supports_join_request_queries: false,
} as const;

function updateOf(chat: number, text: string, id: number) {
  return {
    update_id: id,
    message: {
      message_id: id,
      date: 0,
      text,
      chat: { id: chat, type: "private" as const, first_name: "somebody" },
      from: { id: 1, is_bot: false, first_name: "somebody" },
    },
  };
}
