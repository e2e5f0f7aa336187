import type { Clock } from "@lanekeeper/session-queue";
import type { SlackCalls } from "./calls.ts";
import { SlackAuthError, SlackStoppedError } from "./errors.ts";
import type { SlackIdentity } from "./post.ts";

/** Options of {@linkcode whoAmI}. */
export interface WhoAmIOptions {
  readonly calls: SlackCalls;
  readonly clock: Clock;
  /** From 0 to 1, for the spread of waits. */
  random(): number;
  /** Its abort ends the wait for the next try. */
  readonly signal: AbortSignal;
  /** Slack did not answer: it is asked again in so many ms. */
  onTrouble(why: string, retryMs: number): void;
}

const BACKOFF_MS = 1_000;
const BACKOFF_MS_MAX = 30_000;

/**
 * Asks Slack who the bot is until Slack answers: again after 2, 4, 8 … 30 s, as Socket Mode does.
 *
 * @throws {SlackAuthError} if the token is refused; {SlackStoppedError} if it was stopped
 */
export async function whoAmI(options: WhoAmIOptions): Promise<SlackIdentity> {
  const { calls, random, signal, onTrouble } = options;
  for (let failures = 1;; failures++) {
    try {
      const { user_id, bot_id, team_id, enterprise_id } = await calls.call("auth.test", {});
      return {
        userId: String(user_id),
        botId: bot_id == null ? undefined : String(bot_id),
        // A token of a whole organization has no other workspace.
        team: String(team_id ?? enterprise_id),
        enterprise: enterprise_id == null ? undefined : String(enterprise_id),
      };
    } catch (error) {
      if (error instanceof SlackAuthError || error instanceof SlackStoppedError) throw error;
      if (signal.aborted) throw new SlackStoppedError("start");
      const ms = Math.min(BACKOFF_MS * 2 ** failures, BACKOFF_MS_MAX) * (0.5 + random() / 2);
      onTrouble(error instanceof Error ? error.message : String(error), ms);
      await sleep(ms, options);
    }
  }
}

function sleep(ms: number, { clock, signal }: WhoAmIOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clock.clearTimeout(timer);
      reject(new SlackStoppedError("start"));
    };
    const timer = clock.setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
