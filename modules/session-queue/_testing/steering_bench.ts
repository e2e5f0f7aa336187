import { type Bench, bench, type QueueOptions } from "../_test_support.ts";
import type { SteerInput } from "../mod.ts";

/** A message on offer to an agent: the test says what the agent answers, and when. */
export interface Offered extends SteerInput<string> {
  readonly turn: string;
  answer(isTaken: boolean): void;
}

/** A queue whose agent can be steered: each offer waits until the test answers it. */
export function withSteering(
  options: Partial<QueueOptions> = {},
): Bench & { offers: Offered[] } {
  const offers: Offered[] = [];
  const b = bench({
    steer: (_handle, input, turn) =>
      new Promise((answer) => offers.push({ ...input, turn: turn.id, answer })),
    ...options,
  });
  return { ...b, offers };
}
