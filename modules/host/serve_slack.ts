import { fileBindings, type SlackAuthError, type SlackPost } from "@lanekeeper/slack";
import { join } from "node:path";
import type { HostQueue } from "./create_host.ts";
import type { Logger } from "./logger.ts";
import type { SlackConfig } from "./slack_config.ts";
import { createSlackSurface, type SlackSurface } from "./slack_surface.ts";

/** Options of {@linkcode serveSlack}. */
export interface ServeSlackOptions {
  readonly dataDir: string;
  readonly logger: Logger;
}

/** Slack for the server's host. */
export interface ServedSlack {
  /** For `surfaces` of `createHost()`. */
  create(queue: HostQueue): SlackSurface;
  /**
   * Connects. While Slack cannot be reached the server goes on without it, and this goes on trying.
   *
   * @param signal Its abort ends the wait, at once (`STOP_TERMINATES`)
   * @throws {SlackAuthError} if a token is refused.
   */
  start(signal?: AbortSignal): Promise<void>;
}

/** How long the start of the server waits for Slack, in ms. */
const START_MS = 3_000;

/** Puts Slack together as the command says, and logs what happens to it. */
export function serveSlack(
  { allow, ...config }: SlackConfig,
  { dataDir, logger }: ServeSlackOptions,
): ServedSlack {
  let surface: SlackSurface | undefined;
  let isStarting = true;
  const onFatal = (error: SlackAuthError) => {
    // While it starts the error is what the start fails with: it is told once.
    if (!isStarting) logger.log("error", "Slack is stopped: its token is refused", { error });
  };
  const create = (queue: HostQueue) =>
    surface = createSlackSurface(queue, {
      ...config,
      ...(allow === undefined ? {} : { isAllowed: allowedBy(new Set(allow)) }),
      bindings: fileBindings(join(dataDir, "slack_threads.jsonl")),
      onError: (error, place) => logger.log("error", "A Slack message failed", { ...place, error }),
      onTrouble: (error, { channel, thread }) =>
        logger.log("warn", "Slack could not show something", { channel, thread, error }),
      onFatal,
      observer: {
        ignored: (reason) => logger.log("debug", "A Slack event was left alone", { reason }),
        connected: () => logger.log("info", "Slack is connected"),
        disconnected: (why, retryMs) =>
          logger.log("warn", "Slack is not connected: trying again", {
            why,
            retryMs: Math.round(retryMs),
          }),
        unacknowledged: (error) =>
          logger.log("warn", "A Slack event was not acknowledged and comes again", { error }),
      },
    });
  const start = async (signal?: AbortSignal) => {
    const starting = surface?.slack.start() ?? Promise.resolve();
    const isThere = await within(starting, { ms: START_MS, signal });
    isStarting = false;
    if (isThere) return;
    if (!signal?.aborted) {
      logger.log("warn", "Slack cannot be reached yet: the server goes on without it");
    }
    // A token that turns out to be refused is logged by `onFatal`.
    starting.catch(() => {});
  };
  return { create, start };
}

/** A person is answered everywhere; in a channel all are that are not from outside. */
function allowedBy(allow: ReadonlySet<string>): (post: SlackPost) => boolean {
  return ({ user, channel, isOutside }) => allow.has(user) || (allow.has(channel) && !isOutside);
}

/** Whether it fulfils in time, and before the abort. @throws what it rejects with until then */
async function within(
  promise: Promise<void>,
  { ms, signal }: { ms: number; signal: AbortSignal | undefined },
): Promise<boolean> {
  let giveUp = () => {};
  const late = new Promise<false>((resolve) => giveUp = () => resolve(false));
  const timer = setTimeout(giveUp, ms);
  signal?.addEventListener("abort", giveUp, { once: true });
  if (signal?.aborted) giveUp();
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
}
