import { boundedStack, boundedState } from "./bounds.ts";
import { cancelLevel, cancelNotSticky, cancelTarget, stopClearsAll } from "./cancel.ts";
import { ackBeforeDeadline, dedupeSound, failureRetryable } from "./delivery.ts";
import {
  atomicClaim,
  guardIdentityChain,
  guardWhileRunning,
  noOrphanGuard,
  ownerOnlyRelease,
} from "./guards.ts";
import { eventuallyIdle, futureSettles, noCrossSessionHol, noStrandedPending } from "./liveness.ts";
import { lockNarrow, lockStable } from "./locks.ts";
import type { Oracle } from "./oracle.ts";
import { ackTruth, exactlyOneOutcome, mergeLossless } from "./outcomes.ts";
import {
  casActiveId,
  errorClass,
  noCreateLeak,
  noGlobalCwd,
  noResurrection,
  resumeFidelity,
} from "./sessions.ts";
import { quiescentAfterStop, shutdownOrder, stopTerminates } from "./shutdown.ts";
import { fifo, replySessionMatch, singleTurn, staleEffectFenced } from "./turns.ts";

/**
 * An oracle for each guarantee, in the order in which several breaches of one schedule are told: the
 * cause before what follows from it. The first is the headline.
 */
export const ORACLES = {
  SINGLE_TURN: singleTurn,
  ATOMIC_CLAIM: atomicClaim,
  GUARD_WHILE_RUNNING: guardWhileRunning,
  NO_ORPHAN_GUARD: noOrphanGuard,
  OWNER_ONLY_RELEASE: ownerOnlyRelease,
  GUARD_IDENTITY_CHAIN: guardIdentityChain,
  LOCK_STABLE: lockStable,
  LOCK_NARROW: lockNarrow,
  EXACTLY_ONE_OUTCOME: exactlyOneOutcome,
  ACK_TRUTH: ackTruth,
  FIFO: fifo,
  MERGE_LOSSLESS: mergeLossless,
  STOP_CLEARS_ALL: stopClearsAll,
  CANCEL_TARGET: cancelTarget,
  CANCEL_NOT_STICKY: cancelNotSticky,
  CANCEL_LEVEL: cancelLevel,
  STALE_EFFECT_FENCED: staleEffectFenced,
  REPLY_SESSION_MATCH: replySessionMatch,
  NO_RESURRECTION: noResurrection,
  CAS_ACTIVE_ID: casActiveId,
  NO_CREATE_LEAK: noCreateLeak,
  ERROR_CLASS: errorClass,
  DEDUPE_SOUND: dedupeSound,
  FAILURE_RETRYABLE: failureRetryable,
  ACK_BEFORE_DEADLINE: ackBeforeDeadline,
  RESUME_FIDELITY: resumeFidelity,
  NO_GLOBAL_CWD: noGlobalCwd,
  BOUNDED_STACK: boundedStack,
  BOUNDED_STATE: boundedState,
  FUTURE_SETTLES: futureSettles,
  STOP_TERMINATES: stopTerminates,
  QUIESCENT_AFTER_STOP: quiescentAfterStop,
  SHUTDOWN_ORDER: shutdownOrder,
  NO_STRANDED_PENDING: noStrandedPending,
  NO_CROSS_SESSION_HOL: noCrossSessionHol,
  EVENTUALLY_IDLE: eventuallyIdle,
} as const satisfies Record<string, Oracle>;

/** The name of a guarantee. */
export type Guarantee = keyof typeof ORACLES;

/** All guarantees, the most telling first. */
export const GUARANTEES: readonly Guarantee[] = Object.keys(ORACLES) as Guarantee[];
