import { type WildRow, wildRow } from "./wild_row.ts";

/** A made-up row, for tests of what is made of the real ones: two at a time, and none of it promised well. */
export const smallRow: WildRow = wildRow({
  id: "small",
  packages: ["p-queue"],
  use: "what nobody should use",
  standing: { says: "not at all", source: "https://example.com/one" },
  promised: {
    SINGLE_TURN: {
      says: "one at a time",
      and: ["and again"],
      source: "https://example.com/one",
    },
    EXACTLY_ONE_OUTCOME: { says: "one answer", source: "https://example.com/answer" },
  },
  notPromised: {
    DEDUPE_SOUND: { why: "it is not asked for" },
    STOP_TERMINATES: { why: "there is no stop" },
    NO_STRANDED_PENDING: { why: "not spoken of" },
  },
  remedy: "a queue",
  seenIn: ["https://example.com/issue"],
  adapter: {
    level: 0,
    features: ["events"],
    create: (env) => ({ send: (session, message) => env.agent(session, message) }),
  },
});
