/** Something that may happen now. */
export interface Step {
  /** What it is called in a schedule. Of the steps enabled at one time, no two have the same. */
  readonly label: string;
  /** Makes it happen. Synchronous: what it sets off goes on by itself. A throw is a failure. */
  readonly run: () => void;
  /** Whose step it is. A schedule goes on with the actor of the step before unless told otherwise. */
  readonly actor?: string;
  /** Empty or absent for what concerns everybody. */
  readonly session?: string;
}

/**
 * A small closed system: the code under test, and all that may happen to it as labelled steps.
 * Nothing in it may depend on the real time, on chance or on anything outside.
 */
export interface World {
  /** What may happen now, the oldest first, always in the same order for the same past. */
  enabled(): readonly Step[];
  /** Told which step is taken next, from 1. */
  taking?(step: Step, number: number): void;
  /** Called whenever the world has come to rest between two steps. A throw is a failure. */
  check?(): void;
  /**
   * Called when it is at rest and no step is enabled: for a world that something outside may move. When
   * it fulfils with `true` the schedule goes on.
   */
  isMoving?(): Promise<boolean>;
  /** Called when it is at rest and no step is enabled any more. A throw is a failure. */
  finish?(): void;
  /** Called instead of `finish()` when a schedule is given up: nothing of it is judged. */
  release?(): void;
}
