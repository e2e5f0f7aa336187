import { Lru } from "./lru.ts";
import type { SlackBindings } from "./slack_backend.ts";

/** As many as `threadsMax`, in memory: after a restart a thread goes on with its first session. */
export function memoryBindings(threadsMax: number): SlackBindings {
  const threads = new Lru<string>(threadsMax);
  return {
    get: (thread) => threads.get(thread),
    set: (thread, session) => threads.set(thread, session),
  };
}
