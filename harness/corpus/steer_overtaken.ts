import { steeringHost } from "./_steering_host.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** What the turn does not take has lost its place in line. */
export const steerOvertaken: CorpusRow = {
  id: "steer-overtaken",
  bug:
    "a message has no place in line while it is offered to the turn, and runs behind a later one",
  seenIn: "openclaw/openclaw #119794",
  expected: ["FIFO"],
  story: ["send a", "send a steer", "send a"],
  buggy: steeringHost("steer-overtaken", "overtaken"),
  twin: steeringHost("steer-overtaken"),
};
