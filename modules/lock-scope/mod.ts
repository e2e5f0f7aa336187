/**
 * Keyed claims with owner tokens, Web Locks, single-flight and compare-and-set state.
 *
 * @module
 */
export { Cell, type Versioned } from "./cell.ts";
export {
  Claim,
  ClaimHeldError,
  ClaimLostError,
  Claims,
  type ClaimSnapshot,
  type ClaimsOptions,
  type Guard,
} from "./claims.ts";
export { type Clock, systemClock } from "./clock.ts";
export type { HoldLimit, LongHold } from "./hold_watch.ts";
export {
  type LockInfo,
  LockManager,
  type LockManagerOptions,
  type LockManagerSnapshot,
  LockQueueFullError,
} from "./lock_manager.ts";
export type { Lock, LockGrantedCallback, LockMode, LockOptions } from "./lock_request.ts";
export { SingleFlight, type SingleFlightOptions } from "./single_flight.ts";
