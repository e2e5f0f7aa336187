import type { BusyPolicy, SessionQueueLimits } from "./options.ts";
import type { CancelCause, Outcome } from "./outcome.ts";

/** The limits with nothing left open. */
export type ResolvedLimits = Required<SessionQueueLimits>;

const DEFAULTS: ResolvedLimits = {
  waitingMax: 100,
  waitingTotalMax: 100_000,
  waitMs: Infinity,
  collectMax: 20,
  steerMax: 100,
  sessionsMax: 1_000_000,
  tombstonesMax: 10_000,
  openMs: 60_000,
  closeMs: 5_000,
};

/** @throws {RangeError} if a limit is negative, not a number, or not whole where it counts. */
export function resolveLimits(limits: SessionQueueLimits = {}): ResolvedLimits {
  const resolved = { ...DEFAULTS, ...limits };
  for (const [name, value] of Object.entries(resolved)) {
    const whole = name.endsWith("Ms") || value === Infinity || Number.isInteger(value);
    if (!(value >= 0) || !whole) {
      throw new RangeError(
        `Cannot use limit ${name} ${value}: it must be a whole number, 0 or more`,
      );
    }
  }
  return resolved;
}

/** @throws {RangeError} if a time is negative or not a number. */
export function checkMs(name: string, ms: number): number {
  if (ms >= 0) return ms;
  throw new RangeError(`Cannot use ${name} ${ms}: it must be 0 or more`);
}

const POLICIES: ReadonlySet<string> = new Set<BusyPolicy>([
  "enqueue",
  "reject",
  "interrupt",
  "collect",
  "steer",
  "rollback",
]);

/** @throws {TypeError} if it is not one of the policies. */
export function checkPolicy(policy: BusyPolicy): BusyPolicy {
  if (POLICIES.has(policy)) return policy;
  throw new TypeError(
    `Cannot use policy "${policy}": it must be one of ${[...POLICIES].join(", ")}`,
  );
}

/** The outcome of a message that was taken back. */
export function cancelled<R>(cause: CancelCause): Outcome<R> {
  return { status: "cancelled", cause };
}
