import type {
  ContentBlock,
  RequestPermissionRequest,
  RequestPermissionResponse,
  SessionUpdate,
} from "@agentclientprotocol/sdk";
import { AcpLink, type AcpLinkLimits } from "./_acp_link.ts";
import {
  type AcpPermissions,
  answerPermission,
  CANCELLED,
  type KnownToolCall,
} from "./_acp_permissions.ts";
import type { AcpPool } from "./_acp_pool.ts";
import type { AcpSessions } from "./_acp_sessions.ts";
import { historyAsText, type HistoryLimits } from "./_chat_history.ts";
import { AcpError } from "./acp_error.ts";
import type { AgentTurn, SessionInfo } from "./agent.ts";
import type { StoredContext } from "./stored_agent.ts";
import { TurnTimeoutError } from "./turn_errors.ts";
import { TurnReply } from "./turn_reply.ts";
import { resolveWorkingDir, type WorkingDirEnv } from "./working_dir.ts";

/** What the replies of one agent have in common. */
export interface AcpShared extends StoredContext {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dirs: WorkingDirEnv;
  readonly permissions: AcpPermissions;
  readonly pool: AcpPool;
  readonly sessions: AcpSessions;
  readonly history: HistoryLimits;
  readonly limits: AcpLinkLimits;
  readonly replyCharsMax: number;
  readonly turnMs: number;
  readonly cancelMs: number;
}

/** Tool calls of one turn that are remembered, for a permission that is asked for later. */
const TOOL_CALLS_MAX = 1_000;

/** How a reply can end that the agent did not end by itself. */
const ENDS: Readonly<Record<string, string>> = {
  max_tokens: "The reply was cut off: the model's own limit",
  max_turn_requests: "The reply was cut off: the agent's own limit of requests",
  refusal: "The agent refuses to go on",
  cancelled: "The agent stopped by itself",
};

/**
 * Ends after which an agent need not remember its prompt, nor what it was told with it; after an error
 * neither. It is told again then: twice is better than never.
 */
const DROPS: readonly string[] = ["refusal", "cancelled"];

/** One reply of an agent that is a child process. */
export class AcpReply extends TurnReply {
  readonly #shared: AcpShared;
  readonly #info: SessionInfo;
  readonly #toolCalls = new Map<string, KnownToolCall>();
  #link: AcpLink | undefined;
  #failure: Error | undefined;
  #killTimer: unknown;
  #isAsked = false;
  #isNewPart = false;

  constructor(turn: AgentTurn, info: SessionInfo, shared: AcpShared) {
    super(turn, { charsMax: shared.replyCharsMax });
    this.#info = info;
    this.#shared = shared;
  }

  protected override async answer(): Promise<void> {
    const { clock, pool, turnMs } = this.#shared;
    const start = new AbortController();
    const onNow = () => {
      start.abort(this.nowSignal.reason);
      this.#interrupt();
    };
    const timer = clock.setTimeout(() => {
      this.#fail(new TurnTimeoutError(turnMs));
      start.abort(this.#failure);
    }, turnMs);
    const onStop = () => this.#ask();
    const onClose = () => void this.#link?.process.kill();
    this.stopSignal.addEventListener("abort", onStop, { once: true });
    this.nowSignal.addEventListener("abort", onNow, { once: true });
    this.closeSignal.addEventListener("abort", onClose, { once: true });
    // While there is nothing to stop yet either level ends the wait, and the start.
    const signal = AbortSignal.any([start.signal, this.stopSignal]);
    try {
      await pool.use(this.#info.id, {
        signal,
        start: () => this.#start(signal),
        use: (link) => this.#prompt(link),
      });
    } finally {
      clock.clearTimeout(timer);
      clock.clearTimeout(this.#killTimer);
      this.#link = undefined;
    }
  }

  /** In the session's directory, or, while that is not there, in the home directory (A13). */
  async #start(signal: AbortSignal): Promise<AcpLink> {
    const { command, env, clock, limits, sessions, dirs } = this.#shared;
    const onError = (error: Error) => this.#shared.onError(error, this.#info.id);
    signal.throwIfAborted();
    const { id, workingDir } = this.#info;
    const [dir, previous] = await Promise.all([
      resolveWorkingDir(workingDir, dirs),
      sessions.read(id, command),
    ]);
    if (dir.notice !== undefined) this.#note(dir.notice);
    const cwd = dir.path;
    return await AcpLink.start({ command, cwd, env, clock, limits, previous, signal, onError });
  }

  /**
   * From now on the agent remembers by itself, and where it can its next process goes on with that. The
   * turn goes on where this can not be noted: then the next process is told what was said.
   */
  async #remembers(link: AcpLink): Promise<void> {
    if (!link.isFresh) return;
    link.isFresh = false;
    if (!link.canResume) return;
    const { command, sessions, onError } = this.#shared;
    try {
      await sessions.write(this.#info.id, { command, session: link.session });
    } catch (error) {
      onError(error, this.#info.id);
    }
  }

  async #prompt(link: AcpLink): Promise<void> {
    const context = await this.#context(link);
    if (context.length === 0) await this.#remembers(link);
    // From this step on a stop of either level reaches the agent.
    this.#throwIfOver();
    this.stopSignal.throwIfAborted();
    this.#link = link;
    try {
      const end = await link.prompt([...context, ...this.#messages()], {
        onUpdate: (update) => this.#guarded(() => this.#update(update)),
        onPermission: (request) => this.#permission(request),
      });
      if (!DROPS.includes(end)) await this.#remembers(link);
      this.#throwIfOver();
      const note = this.stopped ? undefined : ENDS[end];
      if (note !== undefined) this.#note(note);
    } catch (error) {
      this.#throwIfOver();
      const isAnswer = error instanceof AcpError && error.code === "failed";
      if (!(this.stopped && isAnswer)) throw error;
    }
  }

  /** A cancel, a timeout and a limit count for more than what the agent makes of them. */
  #throwIfOver(): void {
    if (this.#failure) throw this.#failure;
    this.nowSignal.throwIfAborted();
  }

  /** What was said before, for an agent that does not know it. */
  async #context(link: AcpLink): Promise<ContentBlock[]> {
    if (!link.isFresh) return [];
    const { store, history } = this.#shared;
    const { entries } = await store.read(this.#info.id);
    const { text, messages } = historyAsText(entries, { turnId: this.turn.id, limits: history });
    if (messages === 0) return [];
    const last = messages === 1 ? "last message" : `last ${messages} messages`;
    this.#note(
      `The agent was started anew and does not remember this session; it was told the ${last} of it`,
    );
    return [{
      type: "text",
      text: `This conversation was interrupted. What was said before:\n\n${text}\n\n` +
        "What follows is the next message.",
    }];
  }

  #messages(): ContentBlock[] {
    return this.turn.messages.map(({ text, sender }) => ({
      type: "text",
      text: sender === undefined ? text : `${sender}: ${text}`,
    }));
  }

  #update(update: SessionUpdate): void {
    if (update.sessionUpdate === "agent_message_chunk") {
      const { type, text: plain }: { type?: string; text?: unknown } = update.content ?? {};
      const text = type === "text" ? plain : type && `[${type}]`;
      if (typeof text !== "string" || text === "") return;
      if (this.#isNewPart && this.text !== "" && !/\s$/.test(this.text)) this.emit("\n\n");
      this.#isNewPart = false;
      this.emit(text);
    } else if (
      update.sessionUpdate === "tool_call" || update.sessionUpdate === "tool_call_update"
    ) {
      const { toolCallId, title, kind } = update;
      const known = this.#toolCalls.get(toolCallId);
      if (!known && this.#toolCalls.size >= TOOL_CALLS_MAX) return;
      this.#toolCalls.set(toolCallId, { title: title ?? known?.title, kind: kind ?? known?.kind });
      this.#isNewPart = true;
    }
  }

  #permission(request: RequestPermissionRequest): RequestPermissionResponse {
    if (this.stopSignal.aborted || this.#failure) return CANCELLED;
    const { response, notice } = answerPermission(request, {
      policy: this.#shared.permissions,
      known: this.#toolCalls.get(request.toolCall.toolCallId),
    });
    if (notice !== undefined) this.#guarded(() => this.#note(notice));
    return response;
  }

  /** A remark of ours inside the reply: it is seen wherever the reply is. */
  #note(text: string): void {
    if (this.nowSignal.aborted) return;
    const gap = this.text === "" || this.text.endsWith("\n") ? "" : "\n\n";
    this.emit(`${gap}[${text}]\n\n`);
    this.#isNewPart = false;
  }

  /** What comes after an immediate cancel is for nobody; what goes wrong ends the turn. */
  #guarded(say: () => void): void {
    if (this.nowSignal.aborted || this.#failure) return;
    try {
      say();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#interrupt();
  }

  /** By the protocol, once. */
  #ask(): void {
    if (!this.#link || this.#isAsked) return;
    this.#isAsked = true;
    this.#link.cancel();
  }

  /** By the protocol first; who does not hear that is killed. */
  #interrupt(): void {
    const link = this.#link;
    if (!link || this.#killTimer !== undefined) return;
    const { clock, cancelMs } = this.#shared;
    this.#ask();
    this.#killTimer = clock.setTimeout(() => void link.process.kill(), cancelMs);
  }
}
