import { test } from "node:test";
import { proofsOf } from "./_proofs.ts";
import drainHandoff, { proceeding } from "./drain_handoff_adapter.ts";
import lockScope, { locked } from "./lock_scope_adapter.ts";
import taskTracker from "./task_tracker_adapter.ts";

const PROOFS = proofsOf([
  [lockScope, { operationsMax: 4, deviationsMax: 1 }, 83_850],
  [locked, { operationsMax: 4 }, 5_831],
  [drainHandoff, { operationsMax: 4 }, 25_670],
  [proceeding, { operationsMax: 4 }, 25_670],
  [drainHandoff, { operationsMax: 3, racy: true }, 3_150],
  [drainHandoff, { operationsMax: 3, sessions: 2 }, 6_013],
  [taskTracker, { operationsMax: 4 }, 39_002],
]);

for (const [name, body] of PROOFS) test(name, body);
