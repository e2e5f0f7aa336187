import { row as asyncLock } from "./async_lock.ts";
import { row as asyncLockLimit } from "./async_lock_limit.ts";
import { row as asyncMutex } from "./async_mutex.ts";
import { row as bottleneck } from "./bottleneck.ts";
import { row as chatBurst } from "./chat_burst.ts";
import { row as chatConcurrent } from "./chat_concurrent.ts";
import { row as chatConcurrent1 } from "./chat_concurrent_1.ts";
import { row as chatDebounce } from "./chat_debounce.ts";
import { row as chatDebounceRemote } from "./chat_debounce_remote.ts";
import { row as chatDrop } from "./chat_drop.ts";
import { row as chatForce } from "./chat_force.ts";
import { row as chatQueue } from "./chat_queue.ts";
import { row as chatQueueRemote } from "./chat_queue_remote.ts";
import { row as effectPartitioned } from "./effect_partitioned.ts";
import { row as effectPartitionedYields } from "./effect_partitioned_yields.ts";
import { row as effectSemaphore } from "./effect_semaphore.ts";
import { row as grammySequentialize } from "./grammy_sequentialize.ts";
import { row as pLimit } from "./p_limit.ts";
import { row as pQueue } from "./p_queue.ts";
import { row as pQueueClear } from "./p_queue_clear.ts";
import { row as slackBolt } from "./slack_bolt.ts";
import { row as webLocks } from "./web_locks.ts";
import type { WildRow } from "./wild_row.ts";

/** Published packages, each used as its own documentation says, in the order of the report. */
export const WILD: readonly WildRow[] = [
  asyncLock,
  asyncLockLimit,
  asyncMutex,
  bottleneck,
  effectPartitioned,
  effectPartitionedYields,
  effectSemaphore,
  pLimit,
  pQueue,
  pQueueClear,
  webLocks,
  grammySequentialize,
  slackBolt,
  chatDrop,
  chatForce,
  chatQueue,
  chatQueueRemote,
  chatBurst,
  chatDebounce,
  chatDebounceRemote,
  chatConcurrent,
  chatConcurrent1,
];
