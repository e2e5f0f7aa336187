import { Lru } from "./lru.ts";
import type { SlackBindings, SlackThread } from "./slack_backend.ts";

/** As many as `threadsMax`, in memory: after a restart a thread goes on with its first session. */
export function memoryBindings(threadsMax: number): SlackBindings {
  const threads = new Lru<SlackThread>(threadsMax);
  return {
    get: (thread) => threads.get(thread),
    set: (thread, known) => threads.set(thread, known),
  };
}
