import { basename } from "node:path";
import { Readable, Writable } from "node:stream";
import type {
  AnyMessage,
  ClientConnection,
  ContentBlock,
  InitializeResponse,
  PromptResponse,
  RequestPermissionRequest,
  RequestPermissionResponse,
  SessionNotification,
  SessionUpdate,
  StopReason,
} from "@agentclientprotocol/sdk";
import type { Clock } from "@lanekeeper/session-queue";
import { CANCELLED } from "./_acp_permissions.ts";
import { AgentProcess } from "./_agent_process.ts";
import { jsonLines, LineTooLongError } from "./_json_lines.ts";
import { AcpError } from "./acp_error.ts";

/** How long, how much. */
export interface AcpLinkLimits {
  readonly startMs: number;
  readonly killMs: number;
  readonly lineBytesMax: number;
  readonly stderrBytesMax: number;
}

/** Options of `AcpLink.start()`. */
export interface AcpLinkOptions {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly limits: AcpLinkLimits;
  /** The agent's own session, to go on with. */
  readonly previous: string | undefined;
  /** Ends the start, with `signal.reason`; the process is gone by then. */
  readonly signal: AbortSignal;
  /** Told once, when the process is gone, that it wrote lines which are no messages. */
  onError(error: AcpError): void;
}

/** Who hears of what happens in a turn. */
export interface AcpTurnHooks {
  onUpdate(update: SessionUpdate): void;
  onPermission(request: RequestPermissionRequest): RequestPermissionResponse;
}

const AUTH_REQUIRED = -32_000;

/** A child process that speaks the Agent Client Protocol, with one session of it. */
export class AcpLink {
  readonly process: AgentProcess;
  /** Whether the agent is not known to remember what was said before. */
  isFresh = true;
  /** Whether the agent says that it can go on with this session after a restart. */
  canResume = false;
  #session = "";
  #connection: ClientConnection | undefined;
  #hooks: AcpTurnHooks | undefined;
  #linesLeftOut = 0;
  /** Requests of ours that wait for their answer, by id. */
  readonly #asked = new Set<unknown>();
  readonly #options: AcpLinkOptions;

  private constructor(options: AcpLinkOptions) {
    const { command, cwd, env, clock, limits } = options;
    this.#options = options;
    const { killMs, stderrBytesMax } = limits;
    this.process = new AgentProcess(command, { cwd, env, clock, killMs, stderrBytesMax });
    void this.process.gone.then(() => this.#tellLeftOut());
  }

  /**
   * Starts the process, and makes its session or goes on with the previous one.
   *
   * @throws {AcpError} `not_started`, `exited`, `protocol`, `failed` or `unauthorized`; the process is
   * gone by then.
   */
  static async start(options: AcpLinkOptions): Promise<AcpLink> {
    const { clock, limits: { startMs }, signal } = options;
    signal.throwIfAborted();
    const link = AcpLink.#spawn(options);
    let isLate = false;
    const kill = () => void link.process.kill();
    const timer = clock.setTimeout(() => {
      isLate = true;
      kill();
    }, startMs);
    signal.addEventListener("abort", kill, { once: true });
    try {
      await link.#begin();
      signal.throwIfAborted();
      return link;
    } catch (error) {
      await link.process.kill();
      signal.throwIfAborted();
      const { stderr } = link.process;
      if (isLate) {
        const text = `Cannot start the agent ${link.#name}: it took longer than ${startMs} ms`;
        throw new AcpError("not_started", text, { stderr });
      }
      throw error;
    } finally {
      clock.clearTimeout(timer);
      signal.removeEventListener("abort", kill);
    }
  }

  /** A runtime throws at once what no system call can say, as a zero byte in an argument. */
  static #spawn(options: AcpLinkOptions): AcpLink {
    try {
      return new AcpLink(options);
    } catch (error) {
      const name = JSON.stringify(basename(options.command[0] ?? ""));
      const text = error instanceof Error ? error.message : String(error);
      throw new AcpError("not_started", `Cannot start the agent ${name}: ${text}`, {
        cause: error,
      });
    }
  }

  /** The agent's own name of the session. */
  get session(): string {
    return this.#session;
  }

  /**
   * One turn. Settles once the agent says that it is over, or its process is gone.
   *
   * @throws {AcpError} `failed`, `exited` or `protocol`; but for `failed` the process is gone by then.
   */
  async prompt(prompt: ContentBlock[], hooks: AcpTurnHooks): Promise<StopReason> {
    this.#hooks = hooks;
    try {
      const request = { sessionId: this.#session, prompt };
      const response: PromptResponse = await this.#agent.request("session/prompt", request);
      return response.stopReason;
    } catch (error) {
      throw await this.#failure(error);
    } finally {
      this.#hooks = undefined;
    }
  }

  /** Asks the agent to stop its turn. */
  cancel(): void {
    const sent = this.#agent.notify("session/cancel", { sessionId: this.#session });
    // A process that is gone has nothing to cancel.
    sent.catch(() => {});
  }

  /** Lets the process end. Resolves once it is gone. */
  async close(): Promise<void> {
    await this.process.end();
    this.#connection?.close();
  }

  /** For errors. */
  get #name(): string {
    return `"${basename(this.#options.command[0] ?? "")}"`;
  }

  get #agent(): ClientConnection["agent"] {
    if (!this.#connection) throw new Error("Cannot ask the agent: it is not connected");
    return this.#connection.agent;
  }

  async #begin(): Promise<void> {
    const { client, PROTOCOL_VERSION } = await import("@agentclientprotocol/sdk");
    const { stdin, stdout } = this.process;
    // It never began: why is told by its end.
    if (!stdin || !stdout) throw await this.#failure(new Error("it has no pipes"));
    const { lineBytesMax } = this.#options.limits;
    const onLeftOut = () => void this.#linesLeftOut++;
    const messages = (Readable.toWeb(stdout) as unknown as ReadableStream<Uint8Array>)
      .pipeThrough(jsonLines({ lineBytesMax, onLeftOut }));
    // Updates are taken before the library sees them: in the step in which they are read, so that none
    // comes after the end of its turn, and as they are, for a kind that is not known yet is no error.
    const updates = new TransformStream<AnyMessage, AnyMessage>({
      transform: (message, controller) => {
        const isUpdate = "method" in message && message.method === "session/update";
        if (isUpdate) this.#update(message.params as SessionNotification | undefined);
        else if (!this.#isForNobody(message)) controller.enqueue(message);
      },
    });
    const writer = (Writable.toWeb(stdin) as WritableStream<Uint8Array>).getWriter();
    const encoder = new TextEncoder();
    const requests = new WritableStream<AnyMessage>({
      write: (message) => {
        if ("method" in message && "id" in message) this.#asked.add(message.id);
        return writer.write(encoder.encode(JSON.stringify(message) + "\n"));
      },
      close: () => writer.close(),
      abort: (reason) => writer.abort(reason),
    });
    this.#connection = client({ name: "lanekeeper" })
      .onRequest("session/request_permission", ({ params }) => this.#permit(params))
      .connect({ writable: requests, readable: messages.pipeThrough(updates) });
    // With nobody to talk to a process is of no use, also between two turns.
    void this.#connection.closed.then(() => this.process.end());
    try {
      const agent = await this.#agent.request("initialize", {
        protocolVersion: PROTOCOL_VERSION,
        clientCapabilities: {},
        clientInfo: { name: "lanekeeper", version: "0.1.0" },
      });
      if (agent.protocolVersion !== PROTOCOL_VERSION) {
        const version = `it speaks version ${agent.protocolVersion} of the protocol`;
        throw new AcpError("protocol", `Cannot use the agent: ${version}, not ${PROTOCOL_VERSION}`);
      }
      await this.#openSession(agent);
    } catch (error) {
      throw await this.#failure(error);
    }
  }

  async #openSession({ agentCapabilities }: InitializeResponse): Promise<void> {
    const { cwd, previous } = this.#options;
    const canSkip = Boolean(agentCapabilities?.sessionCapabilities?.resume);
    this.canResume = canSkip || agentCapabilities?.loadSession === true;
    if (previous !== undefined && this.canResume) {
      const method = canSkip ? "session/resume" : "session/load";
      this.#session = previous;
      try {
        // What `session/load` tells again is in the transcript already: nobody listens.
        await this.#agent.request(method, { sessionId: previous, cwd, mcpServers: [] });
        this.isFresh = false;
        return;
      } catch (error) {
        // It no longer has the session, or not in this directory: a new one is told what was said.
        if (codeOf(error) === undefined) throw error;
      }
    }
    this.#session = (await this.#agent.request("session/new", { cwd, mcpServers: [] })).sessionId;
  }

  /** An answer to what was not asked, or not twice. The library would write it into the host's log. */
  #isForNobody(message: AnyMessage): boolean {
    return !("method" in message) && "id" in message && !this.#asked.delete(message.id);
  }

  #tellLeftOut(): void {
    if (this.#linesLeftOut === 0) return;
    const text = `Lines of the agent ${this.#name} that are no messages were left out`;
    this.#options.onError(new AcpError("chatter", `${text}: ${this.#linesLeftOut}`));
  }

  #update(params: SessionNotification | undefined): void {
    if (params?.sessionId === this.#session && params.update) this.#hooks?.onUpdate(params.update);
  }

  #permit(params: RequestPermissionRequest): RequestPermissionResponse {
    if (!this.#hooks || params.sessionId !== this.#session) return CANCELLED;
    return this.#hooks.onPermission(params);
  }

  /** The typed error of a request that failed. Unless the agent itself answered, its process ends. */
  async #failure(error: unknown): Promise<Error> {
    if (error instanceof AcpError) return error;
    const message = error instanceof Error ? error.message : String(error);
    const code = codeOf(error);
    const { stderr } = this.process;
    if (code === AUTH_REQUIRED) {
      const how = "sign in with its own command first, then try again";
      return new AcpError("unauthorized", `The agent wants to know who asks: ${how} (${message})`);
    }
    if (code !== undefined) {
      return new AcpError("failed", `The agent failed: ${message}`, { stderr });
    }
    const isOpen = this.#connection?.signal.aborted === false;
    const exit = await (isOpen ? this.process.kill() : this.process.end());
    const more = { stderr: this.process.stderr, exit };
    const name = this.#name;
    if (this.process.pid === undefined) {
      return new AcpError("not_started", `Cannot start the agent ${name}: ${exit}`, more);
    }
    if (error instanceof LineTooLongError) {
      const { lineBytesMax } = this.#options.limits;
      const text = `a line of it is longer than ${lineBytesMax} bytes`;
      return new AcpError("protocol", `Cannot read the agent ${name}: ${text}`, more);
    }
    if (isOpen) {
      return new AcpError("protocol", `Cannot understand the agent ${name}: ${message}`, more);
    }
    return new AcpError("exited", `The agent ${name} ended (${exit})`, more);
  }
}

/** Of an error that the agent itself answered with. */
function codeOf(error: unknown): number | undefined {
  const { name, code } = error as { name?: string; code?: unknown };
  return name === "RequestError" && typeof code === "number" ? code : undefined;
}
