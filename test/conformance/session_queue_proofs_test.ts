import { test } from "node:test";
import { CORE, proofsOf, TALK } from "./_proofs.ts";
import sessionQueue, { proceeding } from "./session_queue_adapter.ts";

/** What a message that steers or rolls back may meet. */
const STEERED = [
  "send a",
  "send a steer",
  "send a steer late",
  "send a steer refuses",
  "send a rollback",
  "withdraw a",
  "stop a",
  "stop a keep",
  "end a",
  "shutdown",
];

const PROOFS = proofsOf([
  [sessionQueue, { operationsMax: 4, operations: CORE, deviationsMax: 3 }, 56_042],
  [sessionQueue, { operationsMax: 3, operations: STEERED, deviationsMax: 2 }, 6_405],
  [sessionQueue, { operationsMax: 3, deviationsMax: 1 }, 44_241],
  [sessionQueue, { operationsMax: 2, racy: true }, 23_653],
  [sessionQueue, { operationsMax: 3, operations: TALK, sessions: 2 }, 5_473],
  [proceeding, { operationsMax: 4, operations: CORE, deviationsMax: 2 }, 31_964],
]);

for (const [name, body] of PROOFS) test(name, body);
