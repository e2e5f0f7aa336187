import { basename } from "node:path";
import process from "node:process";
import { ACP_PERMISSIONS, type AcpPermissions } from "./_acp_permissions.ts";
import { AcpPool } from "./_acp_pool.ts";
import { AcpReply, type AcpShared } from "./_acp_reply.ts";
import { AcpSessions } from "./_acp_sessions.ts";
import { splitCommand } from "./split_command.ts";
import { createStoredAgent, type StoredAgent, type StoredAgentOptions } from "./stored_agent.ts";
import { limitsForReplies } from "./transcript_limits.ts";

/** Options of `createAcpAgent()`. */
export interface AcpAgentOptions extends StoredAgentOptions {
  /** What is started: words, or one text that `splitCommand()` splits. No shell runs it. */
  readonly command: string | readonly string[];
  /** What the agent may do that asks first. Default `"deny"`. */
  readonly permissions?: AcpPermissions;
  /**
   * The environment of the process. Default: this process's own without `LANEKEEPER_*` and `SLACK_*`,
   * in which secrets of the host are that are none of an agent's business.
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Processes at a time. Default 16. */
  readonly processesMax?: number;
  /** Turns that wait for one, each as long as it may take itself. Default 1,000. */
  readonly turnsWaitingMax?: number;
  /** How long a process may have nothing to do before it ends, in ms. Default 600,000. */
  readonly idleMs?: number;
  /** How long the process may take until its session is ready, in ms. Default 60,000. */
  readonly startMs?: number;
  /** How long one turn may take, in ms. Default 1,800,000. */
  readonly turnMs?: number;
  /** How long a cancelled turn may go on before its process gets SIGTERM, in ms. Default 2,000. */
  readonly cancelMs?: number;
  /** How long after SIGTERM, or after the end of its input, comes the next step, in ms. Default 1,000. */
  readonly killMs?: number;
  /** The longest reply, in characters; a longer one fails its turn. Default 200,000. */
  readonly replyCharsMax?: number;
  /** The longest line of JSON that the process may write, in bytes. Default 8 MiB. */
  readonly lineBytesMax?: number;
  /** How much of its standard error is kept for the text of an error, in bytes. Default 16 KiB. */
  readonly stderrBytesMax?: number;
  /** How many messages and replies an agent is told that does not remember. Default 100. */
  readonly historyMessagesMax?: number;
  /** How many characters they have together. Default 100,000. */
  readonly historyCharsMax?: number;
}

const DEFAULTS = {
  processesMax: 16,
  turnsWaitingMax: 1_000,
  idleMs: 600_000,
  startMs: 60_000,
  turnMs: 1_800_000,
  cancelMs: 2_000,
  killMs: 1_000,
  replyCharsMax: 200_000,
  lineBytesMax: 8 * 1024 * 1024,
  stderrBytesMax: 16 * 1024,
  historyMessagesMax: 100,
  historyCharsMax: 100_000,
};

/**
 * Makes an agent of any program that speaks the Agent Client Protocol over its standard input and
 * output: Claude Code, Gemini CLI, Codex, Goose and others.
 *
 * When to use: for an agent that works in a directory, with tools of its own. When not: for a model
 * without tools, which is what `createOpenAiAgent()` is for; on Windows, which has no process groups.
 *
 * - One process for each session, started with its first turn in its directory: a session that has to
 *   be killed takes no other one with it (`CANCEL_TARGET`, `NO_CROSS_SESSION_HOL`), and no other one's
 *   directory changes (`NO_GLOBAL_CWD`, A13).
 * - `BOUNDED_STATE`, `FIFO`: beyond `processesMax` turns wait for a place, in order, up to `turnMs`; no
 *   place by then is an `AcpError` `too_many`. A cancel of either level ends the wait, and a start.
 * - `CANCEL_LEVEL` (A12): graceful sends `session/cancel` and takes the reply as it then is, however
 *   long that takes. Immediate sends it too, and who has not settled within `cancelMs` gets SIGTERM
 *   and after `killMs` SIGKILL, with everything that it started.
 * - `RESUME_FIDELITY`: after a restart, or when the process died, the agent's own session goes on if it
 *   can (`session/resume`, `session/load`). If not, a new one is told the last of the transcript, and
 *   the reply says so. A dead process is an `AcpError`, never "session gone".
 * - `QUIESCENT_AFTER_STOP`: `close()` leaves no process, pipe or timer.
 *
 * The protocol's package is loaded with the first turn. The agent is offered neither our files nor a
 * terminal: it uses its own.
 *
 * @throws {CommandSyntaxError} if the command can not be split.
 * @throws {RangeError} if a limit is not a whole number from 1, or the policy is not one.
 *
 * @example An agent in a session's directory
 * ```ts ignore
 * import { createAcpAgent } from "@lanekeeper/agents";
 *
 * const agent = createAcpAgent({
 *   dataDir: ".lanekeeper",
 *   command: "gemini --acp",
 *   permissions: "reads",
 * });
 * ```
 */
export function createAcpAgent(options: AcpAgentOptions): StoredAgent {
  const command = typeof options.command === "string"
    ? splitCommand(options.command)
    : [...options.command];
  const [file] = command;
  if (file === undefined || file === "") throw new RangeError("Cannot use no command as an agent");
  const { permissions = "deny", env = environment() } = options;
  if (!ACP_PERMISSIONS.includes(permissions)) {
    throw new RangeError(
      `Cannot use permissions ${JSON.stringify(permissions)}: it must be one of ` +
        ACP_PERMISSIONS.join(", "),
    );
  }
  const limits = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    const value = options[name] ?? DEFAULTS[name];
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`Cannot use ${name} ${value}: it must be a whole number, 1 or more`);
    }
    limits[name] = value;
  }
  const stored = { ...options, limits: limitsForReplies(limits.replyCharsMax, options.limits) };
  return createStoredAgent(stored, (context) => {
    const { processesMax, turnsWaitingMax, idleMs, replyCharsMax, turnMs, cancelMs } = limits;
    const pool = new AcpPool({ clock: context.clock, processesMax, turnsWaitingMax, idleMs });
    const sessions = new AcpSessions(options.dataDir);
    const shared: AcpShared = {
      ...context,
      ...{ command, env, permissions, pool, limits, replyCharsMax, turnMs, cancelMs },
      dirs: options,
      sessions,
      history: { messagesMax: limits.historyMessagesMax, charsMax: limits.historyCharsMax },
    };
    return {
      name: `acp:${basename(file)}`,
      reply: (turn, info) => new AcpReply(turn, info, shared),
      release: (session) => pool.end(session),
      forget: async (session) => {
        await sessions.forget(session);
        await pool.end(session);
      },
      close: () => pool.close(),
    };
  });
}

function environment(): Record<string, string | undefined> {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.filter(([name]) => !/^(LANEKEEPER|SLACK)_/.test(name)));
}
