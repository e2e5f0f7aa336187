import { steeringHost } from "./_steering_host.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** The turn takes it, and then it comes up in the queue once more. */
export const steerTwice: CorpusRow = {
  id: "steer-twice",
  bug: "a message that steered the turn stays in the queue, and runs once more",
  seenIn: "openclaw/openclaw #71306, #34039",
  expected: ["FIFO", "EXACTLY_ONE_OUTCOME"],
  story: ["send a", "send a steer"],
  buggy: steeringHost("steer-twice", "twice"),
  twin: steeringHost("steer-twice"),
};
