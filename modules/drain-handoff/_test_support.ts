import { FakeClock } from "@lanekeeper/test/fake_clock";
import { DrainHandoff, type DrainHandoffOptions } from "./mod.ts";

/** The turn of one item, whose work the test settles. */
export function turnOf(options: Partial<DrainHandoffOptions<string, string>> = {}) {
  const inbox = ["item"];
  const work = Promise.withResolvers<unknown>();
  const clock = new FakeClock();
  const chain = new DrainHandoff<string, string>({
    next: () => inbox.shift(),
    run: () => work.promise,
    clock,
    ...options,
  });
  chain.wake("key");
  const turn = chain.turnOf("key")!;
  return { chain, clock, inbox, turn, work };
}
