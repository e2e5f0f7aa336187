/** A schedule that failed. Its message is the labelled schedule, what replays it, and the cause. */
export class ScheduleError extends Error {
  override readonly name = "ScheduleError";
  /** The steps taken, in order. */
  readonly schedule: readonly string[];
  /** One number for each choice, to give to `replay`. */
  readonly tape: readonly number[];

  /** @ignore */
  constructor(cause: unknown, schedule: readonly string[], tape: readonly number[]) {
    const lines = schedule.map((line, at) => `  ${String(at + 1).padStart(3)}. ${line}`);
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    const replay = `Replay with tape [${tape.join(", ")}]`;
    super(["Schedule failed", ...lines, replay, why].join("\n"), { cause });
    this.schedule = schedule;
    this.tape = tape;
  }
}

/** The same choices led elsewhere: the world is not deterministic, or it is not the tape's world. */
export class DivergedError extends Error {
  override readonly name = "DivergedError";

  /** @ignore */
  constructor(expected: string, found: string) {
    super(`Cannot follow the tape: expected ${expected}, found ${found}`);
  }
}
