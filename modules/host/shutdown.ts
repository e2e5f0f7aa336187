import type { Clock } from "@lanekeeper/session-queue";
import type { Logger } from "./logger.ts";

/** One step of the shutdown. */
export interface ShutdownStep {
  readonly name: string;
  /** Stops one thing. `leftMs` is what is left of the one deadline over all. */
  stop(leftMs: number): Promise<unknown> | unknown;
}

/** What became of one step. */
export interface ShutdownStepReport {
  readonly name: string;
  readonly status: "completed" | "failed" | "timed-out";
  readonly durationMs: number;
}

/** Options of {@linkcode runShutdown}. */
export interface ShutdownOptions {
  /** One deadline over all steps, in ms. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a step has at least, so that the later ones still get their turn when time has run out. */
const STEP_MS_MIN = 250;

/**
 * Stops everything, one after the other in the order given, under one deadline (`SHUTDOWN_ORDER`).
 * A step that fails or takes too long is logged and does not keep the later ones from being taken.
 */
export async function runShutdown(
  steps: readonly ShutdownStep[],
  options: ShutdownOptions,
): Promise<ShutdownStepReport[]> {
  const { deadlineMs, clock, logger } = options;
  const untilMs = clock.now() + deadlineMs;
  const reports: ShutdownStepReport[] = [];
  for (const step of steps) {
    const startMs = clock.now();
    const leftMs = Math.max(untilMs - startMs, STEP_MS_MIN);
    const { status, error } = await take(step, leftMs, clock);
    const report = { name: step.name, status, durationMs: Math.round(clock.now() - startMs) };
    reports.push(report);
    const fields = error === undefined ? report : { ...report, error };
    logger.log(
      status === "completed" ? "debug" : "error",
      `Shutdown: ${step.name} ${status}`,
      fields,
    );
  }
  return reports;
}

function take(
  step: ShutdownStep,
  leftMs: number,
  clock: Clock,
): Promise<{ status: ShutdownStepReport["status"]; error?: unknown }> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => resolve({ status: "timed-out" }), leftMs);
    const done = (result: { status: ShutdownStepReport["status"]; error?: unknown }) => {
      clock.clearTimeout(timer);
      resolve(result);
    };
    (async () => await step.stop(leftMs))().then(
      () => done({ status: "completed" }),
      (error) => done({ status: "failed", error }),
    );
  });
}
