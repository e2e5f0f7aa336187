import assert from "node:assert/strict";
import {
  type ProcessOptions,
  type ServerProcess,
  type Servers,
  withServers,
} from "../server_process.ts";
import { until } from "../settle.ts";
import { type LoopbackSlack, withSlack } from "./loopback_slack.ts";
import type { Channel, Message } from "./workspace.ts";

/** What a test of the real server with `--slack` works with. */
export interface SlackServer {
  readonly slack: LoopbackSlack;
  readonly server: ServerProcess;
  /** A public channel with the bot in it. */
  readonly channel: Channel;
}

/** The real command with `--slack`, for this Slack. */
export function slackOptions(
  slack: LoopbackSlack,
  { args = [], env = {}, ...rest }: ProcessOptions = {},
): ProcessOptions {
  return {
    ...rest,
    args: ["--slack", "--slack-api-url", slack.apiUrl, ...args],
    env: { SLACK_BOT_TOKEN: slack.tokens.bot, SLACK_APP_TOKEN: slack.tokens.app, ...env },
  };
}

/**
 * Runs a test with the real server, connected to a Slack of its own.
 *
 * When to use: for what only the process shows: its options, its signals, its children. When not: for
 * what Slack does by itself; `withSlackHost` is quicker and has a clock.
 */
export function withSlackServer(
  run: (bench: SlackServer) => Promise<void>,
  options: ProcessOptions | ((servers: Servers) => ProcessOptions) = {},
): Promise<void> {
  return withSlack((slack) =>
    withServers(async (servers) => {
      const channel = slack.channel({ name: "general" });
      const own = typeof options === "function" ? options(servers) : options;
      const server = await servers.start(slackOptions(slack, own));
      assert.equal(slack.socket.connections.length, 1, "it is ready when Slack is connected");
      await run({ slack, server, channel });
    })
  );
}

/** Waits for what a process on the outside does, for at most half a minute. */
export function soon(isTrue: () => boolean, what: string): Promise<void> {
  return until(isTrue, what, { roundMs: 5, roundsMax: 6_000 });
}

/** What the bot said so far in the thread of a message. */
export function replies(
  { slack }: Pick<SlackServer, "slack">,
  { channel, ts, threadTs }: Message,
): string[] {
  return slack.workspace.read(channel, threadTs ?? ts)
    .filter((line) => line.startsWith("bot: ")).map((line) => line.slice("bot: ".length));
}
