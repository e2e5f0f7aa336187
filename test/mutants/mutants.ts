import { DRAIN_HANDOFF } from "./drain_handoff_mutants.ts";
import { HOST_MUTANTS } from "./host_mutants.ts";
import { LOCK_SCOPE } from "./lock_scope_mutants.ts";
import type { Mutant } from "./mutant.ts";
import { SESSION_LANES } from "./session_lanes_mutants.ts";
import { SESSION_QUEUE } from "./session_queue_mutants.ts";
import { SESSION_QUEUE_PARTS } from "./session_queue_parts_mutants.ts";
import { SESSION_STEERING } from "./session_steering_mutants.ts";
import { TASK_TRACKER } from "./task_tracker_mutants.ts";
import { WEB_CHAT } from "./web_chat_mutants.ts";

/** All lines of our modules that keep a guarantee, each broken once. */
export const MUTANTS: readonly Mutant[] = [
  ...LOCK_SCOPE,
  ...TASK_TRACKER,
  ...DRAIN_HANDOFF,
  ...SESSION_QUEUE,
  ...SESSION_LANES,
  ...SESSION_STEERING,
  ...SESSION_QUEUE_PARTS,
  ...HOST_MUTANTS,
  ...WEB_CHAT,
];
