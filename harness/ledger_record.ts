/** What a scripted agent does of its own accord in a run. */
export type AgentAct = "start" | "step" | "end" | "throw";

/** What it does about the abort of its signal: stops, or decides not to hear it. */
export type AbortAct = "settle" | "ignore";

/** How many of each thing a host still holds. */
export type Held = Readonly<Record<string, number>>;

/** What somebody asks of a host. */
export type Asked =
  | "send"
  | "withdraw"
  | "stop"
  | "end"
  | "create"
  | "resume"
  | "disconnect"
  | "shutdown"
  | "advance"
  | "crash";

/** How hard a turn is asked to stop. */
export type Level = "graceful" | "immediate";

/**
 * One line of a `Ledger`. The world writes most of them by itself, because it is the agent
 * and owns the ports; a host that has locks, claims, bindings or phases reports these itself.
 */
export type LedgerRecord =
  /** Somebody asked something of the host; `op` is the number of the operation, from 0. */
  | {
    readonly kind: "asked";
    readonly op: number;
    readonly what: Asked;
    /** Empty for what concerns the whole host. */
    readonly session: string;
    /** Of a `send` and a `withdraw`. */
    readonly message?: string;
    readonly sender?: string;
    /** The id under which the message may be delivered again. */
    readonly event?: string;
    /** Of a `stop`. */
    readonly level?: Level;
    readonly queued?: "keep" | "discard";
    /** Of a `send`: what is asked of a busy session. */
    readonly policy?: string;
    /** Of a `resume`: an ended session, too. */
    readonly revive?: boolean;
    /** Of a `stop`, an `end` and a `shutdown`: it must have returned by then, in ms. */
    readonly deadlineMs?: number;
  }
  /** The promise that the operation got has settled: `detail` is its value or its error, as text. */
  | {
    readonly kind: "answered";
    readonly op: number;
    readonly ok: boolean;
    readonly detail?: string;
    /** Of a `stop`, an `end` and a `shutdown`: what the host says it gave up. */
    readonly abandoned?: boolean;
  }
  /** The host took a message on. */
  | { readonly kind: "accepted"; readonly session: string; readonly message: string }
  /** The host refused it. */
  | {
    readonly kind: "rejected";
    readonly session: string;
    readonly message: string;
    readonly reason: string;
  }
  /** The agent was called for a run, or acted in it. */
  | {
    readonly kind: "run";
    readonly session: string;
    /** The first of its messages. */
    readonly message: string;
    /** All of them, where it is not one alone. */
    readonly messages?: readonly string[];
    /** Counts the runs of one ledger, from 1. */
    readonly run: number;
    readonly act: "call" | AgentAct | AbortAct | "abort";
    /** What the probe of the session's guard gave at that moment. */
    readonly guard: unknown;
  }
  /** The host asked the agent itself to stop what it runs; `run` is 0 if nothing ran. */
  | {
    readonly kind: "cancel";
    readonly session: string;
    readonly run: number;
    readonly level: Level;
  }
  /**
   * A message was offered to the run that went on, `run` (0 if none did): from `take` on it has it, and with
   * `refuse` it never will.
   */
  | {
    readonly kind: "steer";
    readonly session: string;
    readonly message: string;
    readonly run: number;
    readonly act: "offer" | "take" | "refuse";
  }
  /**
   * The host has the agent drop what a run left in its record, which is done with `end`: the latest that
   * began with `message`; `run` is 0 if none did.
   */
  | {
    readonly kind: "rollback";
    readonly session: string;
    readonly message: string;
    readonly run: number;
    readonly act: "begin" | "end";
  }
  /** The host said how a message ended. */
  | {
    readonly kind: "outcome";
    readonly session: string;
    readonly message: string;
    readonly status: string;
    /** The message it was merged into, or that superseded it. */
    readonly by?: string;
    readonly cause?: string;
    /** The reply that came with it: what the agent gave in run `replyOf`, for `replySession`. */
    readonly replyOf?: number;
    readonly replySession?: string;
  }
  /** The reply of a run is on its way to whoever asked; this takes time and may fail. */
  | {
    readonly kind: "reply";
    readonly session: string;
    readonly message: string;
    readonly act: "begin" | "end" | "fail";
    /** The run that gave the reply, and its session; 0 and empty if no run gave it. */
    readonly run: number;
    readonly from: string;
  }
  /** What a look at the host showed of a session, written when it changed. */
  | {
    readonly kind: "guard";
    readonly session: string;
    /** The identity of the guard; `undefined` where there is none. */
    readonly guard: unknown;
    /** Whether whoever owns it is alive. */
    readonly live: boolean;
    readonly waiting: readonly string[];
    /** The host shows who waits, here: nobody else does. */
    readonly showsLine?: true;
  }
  /** Reported: a check, claim or release of something exclusive; `by` is who, `token` which claim. */
  | {
    readonly kind: "claim";
    readonly key: string;
    readonly act: "check" | "claim" | "release";
    readonly by: string;
    readonly token?: number;
  }
  /** Reported: a lock that `by` waits for, holds, releases; or the forgetting of the lock itself. */
  | {
    readonly kind: "lock";
    readonly key: string;
    readonly act: "wait" | "hold" | "release" | "drop";
    readonly by: string;
  }
  /** A call of a port, which takes time. `by` is who made it, if the host says so. */
  | {
    readonly kind: "io";
    readonly port: string;
    readonly session: string;
    readonly call: number;
    readonly act: "begin" | "end" | "fail";
    /** Of a failure: whether the session is gone for good. */
    readonly gone?: boolean;
    readonly by?: string;
  }
  /** The agent's side of a session. */
  | {
    readonly kind: "handle";
    readonly session: string;
    readonly handle: number;
    readonly act: "open" | "close";
  }
  /** Reported: which session a client's next message goes to; written when it changed. */
  | {
    readonly kind: "binding";
    readonly client: string;
    readonly session: string | undefined;
    /** The session because of whose answer this was changed. */
    readonly about?: string;
  }
  /** The delivery of an event by a transport that repeats what is not acknowledged. */
  | {
    readonly kind: "event";
    readonly event: string;
    readonly act: "arrive" | "ack";
    readonly deadlineMs?: number;
  }
  /** What a session is after `create` and after `resume`. */
  | {
    readonly kind: "context";
    readonly session: string;
    readonly how: "create" | "resume";
    readonly workingDir: string;
    readonly project: string;
    readonly transcript: readonly string[];
  }
  /** The working directory of the whole process was changed. */
  | { readonly kind: "cwd"; readonly dir: string; readonly session: string }
  /** A message, or its outcome, is on disk. */
  | {
    readonly kind: "stored";
    readonly session: string;
    readonly message: string;
    readonly what: "message" | "outcome";
  }
  /** A timer fired. */
  | { readonly kind: "timer"; readonly timer: number }
  /** Reported: a phase of the shutdown is over. */
  | {
    readonly kind: "phase";
    readonly phase: "intake" | "turns" | "agents" | "journal" | "transports";
  }
  /** The process died, or came back. */
  | { readonly kind: "process"; readonly act: "crash" | "start" }
  /** A measurement at point `n` of a series, with its limit if it has one. */
  | {
    readonly kind: "measure";
    readonly lane: "frames" | "promises" | "heap" | "state";
    readonly name: string;
    readonly n: number;
    readonly value: number;
    readonly limit?: number;
  }
  /** The story is over: what the host holds now. */
  | { readonly kind: "rest"; readonly held: Held };

/** What kinds of record there are. */
export type RecordKind = LedgerRecord["kind"];

/**
 * What a record can show: a kind of record, something that was asked, or that
 * - something was asked with a deadline;
 * - something was asked that may cancel a turn or a message;
 * - a look showed a guard;
 * - somebody released a claim or a lock;
 * - the size of something that may grow was measured, or a stack was.
 */
export type Evidence =
  | RecordKind
  | `asked:${Asked}`
  | "deadline"
  | "asked to cancel"
  | "a guard"
  | "a release"
  | "a size"
  | "a stack";

/** The records of one kind. */
export type RecordOf<K extends RecordKind> = Extract<LedgerRecord, { kind: K }>;

/** Of {@linkcode LedgerRecord}, what an agent writes. */
export type RunRecord = RecordOf<"run">;
