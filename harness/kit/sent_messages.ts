import type { Ledger } from "../ledger.ts";
import { type HostOutcome, type Receipt, RejectedError } from "./adapter.ts";
import { BrokenMethodError } from "./adapter_error.ts";
import type { OpenRun, ScriptedRuns } from "./scripted_runs.ts";

/** One message, and what its host said of it. */
export interface SentMessage {
  readonly op: number;
  /** Counts what arrived: a message for the end of a turn may be overtaken by a later operation. */
  readonly arrival: number;
  readonly name: string;
  readonly session: string;
  readonly event: string | undefined;
  /** Takes it back. */
  readonly withdraw: (() => void) | undefined;
  state: "asked" | "accepted" | "rejected" | "over";
  /** The host only takes messages on: how one ends is seen from the agent. */
  isUntold: boolean;
  hasRun: boolean;
  /** The process that took it died: what it promised is void. */
  isOrphan: boolean;
  /** How the latest run of an orphan went. The process may die again before that is on disk. */
  went?: HostOutcome["status"];
}

/** What {@linkcode SentMessages} needs of its world. */
export interface MessagesWorld {
  readonly ledger: Ledger;
  readonly runs: ScriptedRuns;
  /** Whether somebody asked for something that may have cancelled this one. */
  mayBeCancelled(message: SentMessage): boolean;
  /** The adapter broke. */
  fault(error: unknown): void;
}

/** Understands what a host says of its messages, and writes it down. */
export class SentMessages {
  readonly #world: MessagesWorld;
  readonly #byName = new Map<string, SentMessage>();
  /** Counts the processes: what one has promised is void when it has died. */
  #process = 1;

  constructor(world: MessagesWorld) {
    this.#world = world;
  }

  get(name: string): SentMessage | undefined {
    return this.#byName.get(name);
  }

  /** All, in order. */
  all(): IterableIterator<SentMessage> {
    return this.#byName.values();
  }

  /** How many the host still owes an answer. */
  get owed(): number {
    let count = 0;
    for (const { state, isOrphan } of this.#byName.values()) {
      if (!isOrphan && (state === "asked" || state === "accepted")) count++;
    }
    return count;
  }

  /** A message was given to the host, which returned, or threw, this. */
  sent(message: SentMessage, send: () => unknown): void {
    this.#byName.set(message.name, message);
    const alive = this.#whileAlive();
    let result: unknown;
    try {
      result = send();
    } catch (error) {
      // Where it stands it may refuse the message, and nothing else.
      if (!(error instanceof RejectedError)) {
        this.#world.fault(new BrokenMethodError("send", error));
      }
      return this.#threw(message, error);
    }
    if (isReceipt(result)) return this.#receipt(message, result);
    Promise.resolve(result).then(
      alive((value) =>
        isReceipt(value) ? this.#receipt(message, value) : this.#gave(message, value)
      ),
      alive((error) => this.#threw(message, error)),
    );
  }

  /**
   * The process dies. What it had not said it took is nobody's; of what it took, the next process can
   * tell nobody how it ended: that is seen from the agent.
   */
  die(): void {
    this.#process++;
    for (const message of this.#byName.values()) {
      if (message.state !== "asked" && message.state !== "accepted") continue;
      message.isOrphan = true;
      message.isUntold = true;
      message.hasRun = false;
      delete message.went;
    }
  }

  /** The agent was called with it: so the host has taken it on. */
  ran(message: SentMessage): void {
    this.accept(message);
    message.hasRun = true;
  }

  /** A run has settled: that is how messages end of which the host says nothing. */
  settled(run: OpenRun, how: "end" | "throw" | "settle"): void {
    for (const name of run.messages) {
      const message = this.#byName.get(name);
      if (message === undefined || !message.isUntold || message.state !== "accepted") continue;
      const status = how === "end" ? "completed" : how === "throw" ? "failed" : "cancelled";
      if (message.isOrphan) message.went = status;
      else this.#over(message, { status });
    }
  }

  /** Nothing can happen any more. */
  finish(): void {
    for (const message of this.#byName.values()) {
      // A promise that is still open means that the host has taken it on, if it is there.
      if (!message.isOrphan) this.accept(message);
      else if (message.went !== undefined) this.#over(message, { status: message.went });
      const isGone = message.isUntold && !message.hasRun && message.state === "accepted";
      if (isGone && this.#world.mayBeCancelled(message)) {
        this.#over(message, { status: "cancelled" });
      }
    }
  }

  accept(message: SentMessage): void {
    if (message.state !== "asked") return;
    message.state = "accepted";
    this.#world.ledger.accepted(message.session, message.name);
  }

  #receipt(message: SentMessage, receipt: Receipt): void {
    if (!receipt.accepted) return this.#reject(message, receipt.reason);
    this.accept(message);
    const alive = this.#whileAlive();
    const told = alive((outcome: HostOutcome) => {
      const isFirst = message.state !== "over";
      this.#over(message, outcome);
      if (isFirst) this.#answer(message, { ok: true, detail: outcome.status });
    });
    if (typeof receipt.outcome === "function") receipt.outcome(told);
    else receipt.outcome.then(told, alive((error) => this.#threw(message, error)));
  }

  /** What is done only if this process is still there then. */
  #whileAlive(): <T>(act: (value: T) => void) => (value: T) => void {
    const process = this.#process;
    return (act) => (value) => {
      if (process === this.#process) act(value);
    };
  }

  /** A host that gives only what came of it, or that only takes it on. */
  #gave(message: SentMessage, value: unknown): void {
    const run = this.#world.runs.runOfReply(value);
    this.accept(message);
    this.#answer(message, { ok: true, detail: String(value) });
    if (run === undefined && value === undefined && !this.#isSettled(message)) {
      message.isUntold = true;
      return;
    }
    this.#over(message, { status: "completed", reply: value });
  }

  #isSettled(message: SentMessage): boolean {
    if (!message.hasRun) return false;
    for (const run of this.#world.runs.open.values()) {
      if (run.messages.includes(message.name)) return false;
    }
    return true;
  }

  #threw(message: SentMessage, error: unknown): void {
    if (error instanceof RejectedError && message.state === "asked") {
      return this.#reject(message, error.reason);
    }
    this.accept(message);
    this.#over(message, { status: this.#statusOf(message, error) });
    this.#answer(message, { ok: false, detail: String(error) });
  }

  #statusOf(message: SentMessage, error: unknown): HostOutcome["status"] {
    if (this.#world.runs.isAgentError(error)) return "failed";
    return this.#world.mayBeCancelled(message) ? "cancelled" : "failed";
  }

  #reject(message: SentMessage, reason: string): void {
    const { session, name } = message;
    message.state = "rejected";
    this.#world.ledger.write({ kind: "rejected", session, message: name, reason });
    this.#answer(message, { ok: false, detail: `rejected: ${reason}` });
  }

  /** The second outcome of a message is written down, too: it breaks a guarantee. */
  #over(message: SentMessage, { status, reply, by, cause }: HostOutcome): void {
    const { session, name } = message;
    if (status === "rejected") return this.#reject(message, cause ?? "rejected");
    message.state = "over";
    const run = this.#world.runs.runOfReply(reply);
    this.#world.ledger.write({
      kind: "outcome",
      session,
      message: name,
      status,
      ...(by === undefined ? {} : { by }),
      ...(cause === undefined ? {} : { cause }),
      ...(run === undefined ? {} : { replyOf: run.run, replySession: run.session }),
    });
  }

  #answer({ op }: SentMessage, answer: { ok: boolean; detail: string }): void {
    this.#world.ledger.write({ kind: "answered", op, ...answer });
  }
}

function isReceipt(value: unknown): value is Receipt {
  if (value === null || typeof value !== "object") return false;
  const { accepted, outcome } = value as { accepted?: unknown; outcome?: { then?: unknown } };
  if (accepted !== true) return accepted === false;
  return typeof outcome === "function" || typeof outcome?.then === "function";
}
