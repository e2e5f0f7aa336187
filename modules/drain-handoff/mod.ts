export { type Clock, systemClock } from "./clock.ts";
export {
  DrainHandoff,
  type DrainHandoffObserver,
  type DrainHandoffOptions,
  type GuardSnapshot,
  type OnAbandon,
  type QuietOptions,
} from "./drain_handoff.ts";
export {
  type Guard,
  StaleTurnError,
  type Turn,
  type TurnEnd,
  type TurnState,
  type WorkEnd,
} from "./turn.ts";
