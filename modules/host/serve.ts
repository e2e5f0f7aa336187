import { AcpError } from "@lanekeeper/agents";
import { retry } from "@std/async/retry";
import { join, resolve } from "node:path";
import type { Config } from "./config.ts";
import { createAgent } from "./create_agent.ts";
import { createHost, type HostStopReport } from "./create_host.ts";
import { leadsInto } from "./leads_into.ts";
import { listen } from "./listen.ts";
import type { Logger } from "./logger.ts";
import { probeFolder } from "./make_folder.ts";
import { inOwnFolders } from "./own_folders.ts";
import { isSlackSession } from "./slack_sessions.ts";

/** A server that runs. */
export interface RunningServer {
  /** Where it answers, for instance `http://127.0.0.1:8420`. */
  readonly address: string;
  /** Stops it in order; every call gets the report of the first. */
  stop(): Promise<HostStopReport>;
}

const LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"];
/** Of the shutdown's deadline: what open answers have when everything else is done. */
const CLOSE_MS = 1_000;

/** Options of {@linkcode serve}. */
export interface ServeOptions {
  /** It is to stop: its abort ends the wait for Slack, and the server that returns is to be stopped. */
  readonly signal?: AbortSignal;
}

/**
 * Starts the whole server: data folder, agent, host, HTTP. When it returns, the server answers.
 *
 * @throws if the data folder cannot be made or the address cannot be listened on; nothing is left.
 */
export async function serve(
  config: Config,
  logger: Logger,
  { signal }: ServeOptions = {},
): Promise<RunningServer> {
  const dataDir = resolve(config.data);
  await probeFolder(dataDir);
  const made = createAgent(config, {
    dataDir,
    onError: (error, session) => logAgentError(logger, error, session),
  });
  const workDir = resolve(config.workDir ?? join(dataDir, "work"));
  if (config.slack) await probeWorkDir(workDir);
  const agent = config.slack ? inOwnFolders(made, workDir) : made;
  const slack = config.slack && await slackOf(config.slack, { dataDir, logger });
  const host = createHost({
    agent,
    logger,
    // Transcripts outlive this process: its messages must not have the names of an earlier one's.
    newMessageId: () => crypto.randomUUID(),
    abandonAfterMs: config.abandonMs,
    isReserved: isSlackSession,
    // Also while Slack is off: what its people wrote is still there.
    isPrivateDir: (path) => leadsInto(path, [dataDir, workDir]),
    ...(slack === undefined ? {} : { surfaces: [slack.create] }),
    access: {
      hostnames: hostnamesOf(config),
      ...(config.token === undefined ? {} : { token: config.token }),
    },
  });
  host.start();
  const listener = await listen({
    hostname: config.host,
    port: config.port,
    fetch: (request) => host.app.fetch(request),
  });
  const address = `http://${bracketed(config.host)}:${listener.port}`;
  const stop = () =>
    host.stop({
      deadlineMs: config.shutdownMs,
      transports: [{ name: "http", stop: (leftMs) => listener.close(Math.min(leftMs, CLOSE_MS)) }],
    });
  try {
    await answers(address, config.token);
    await slack?.start(signal);
  } catch (error) {
    await stop();
    throw error;
  }
  logger.log("info", "Listening", { address, agent: agent.name, data: dataDir });
  return { address, stop };
}

/** Slack is loaded only where it is wanted. */
async function slackOf(...args: Parameters<typeof import("./serve_slack.ts").serveSlack>) {
  return (await import("./serve_slack.ts")).serveSlack(...args);
}

/** Where the sessions of Slack have their folders. Beside the transcripts, which are in none of them. */
async function probeWorkDir(path: string): Promise<void> {
  try {
    await probeFolder(path);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`Cannot use the work folder (${message}); choose another one with --work-dir`);
  }
}

/** With a token every name is fine, unless some are listed: a foreign page cannot know the token. */
function hostnamesOf({ host, token, allowedHosts }: Config): string[] {
  if (token !== undefined && allowedHosts.length === 0) return [];
  return [...new Set([...LOOPBACK_NAMES, bracketed(host).toLowerCase(), ...allowedHosts])];
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** Asks the server itself, as a client would. */
async function answers(address: string, token: string | undefined): Promise<void> {
  const url = `${
    address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
  }/healthz`;
  const headers: Record<string, string> = { connection: "close" };
  if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
  await retry(async () => {
    const response = await fetch(url, { headers });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the server answers ${response.status} at ${url}`);
  }, { maxAttempts: 5, minTimeout: 50, maxTimeout: 1_000 });
}

/** What an agent prints beside its messages is no failure. */
function logAgentError(logger: Logger, error: unknown, session: string): void {
  if (error instanceof AcpError && error.code === "chatter") {
    logger.log("warn", error.message, { session });
  } else logger.log("error", "The agent failed", { session, error });
}
