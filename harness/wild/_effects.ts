import { Effect } from "effect";
import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";

/** A turn of the agent as an effect. */
export type Turn = Effect.Effect<string, unknown>;

/** A host whose turns are effects, each in whatever guards those of its session. */
export function effectsHost(
  env: SimEnv,
  guarded: (session: string, turn: Turn) => Turn,
): HostUnderTest {
  let running = 0;
  return {
    send(session, message, { signal }) {
      const turn: Turn = Effect.tryPromise({
        try: (signal) => env.agent(session, message, { signal }),
        catch: (error) => error,
      });
      running++;
      return Effect.runPromise(guarded(session, turn), signal === undefined ? {} : { signal })
        .finally(() => running--);
    },
    snapshot: () => ({ sessions: [], held: { effects: running } }),
  };
}
