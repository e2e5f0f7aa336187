import { steeringHost } from "./_steering_host.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** The turn ends, or does not want it, while the message is on its way to it. */
export const steerLost: CorpusRow = {
  id: "steer-lost",
  bug: "a message is taken out of the queue to steer the turn, which does not take it: it is gone",
  seenIn: "block/buzz #4942, esengine/DeepSeek-Reasonix #6238",
  expected: ["EXACTLY_ONE_OUTCOME", "FUTURE_SETTLES", "ACK_TRUTH"],
  story: ["send a", "send a steer"],
  buggy: steeringHost("steer-lost", "lost"),
  twin: steeringHost("steer-lost"),
};
