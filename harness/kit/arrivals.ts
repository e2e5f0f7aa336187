import { isInterrupting, type Ledger } from "../ledger.ts";
import type { Step } from "../sim/world.ts";
import type { CountedSignal } from "../stack/counted_signal.ts";
import type { HostAdapter, HostUnderTest } from "./adapter.ts";
import { BrokenMethodError, isMistake } from "./adapter_error.ts";
import { AskedSituations } from "./asked_situations.ts";
import { CallerSignals } from "./caller_signals.ts";
import { formatOperation, type Operation } from "./operations.ts";
import type { OpenRun, ScriptedRuns } from "./scripted_runs.ts";
import type { SentMessage, SentMessages } from "./sent_messages.ts";
import type { SimClock } from "./sim_clock.ts";
import type { Situation } from "./situations.ts";

/** What {@linkcode Arrivals} needs of its world. */
export interface ArrivalsWorld {
  readonly ledger: Ledger;
  readonly clock: SimClock;
  readonly runs: ScriptedRuns;
  readonly messages: SentMessages;
  readonly situations: Set<Situation>;
  readonly host: HostUnderTest | undefined;
  /** The adapter broke. */
  fault(error: unknown): void;
  /** The process of the host dies. */
  crash(): void;
}

/** What callers ask of a host, one operation after the other. */
export class Arrivals {
  readonly #world: ArrivalsWorld;
  readonly #adapter: HostAdapter;
  readonly #operations: readonly Operation[];
  /** What arrived last that asked for something that cancels, for each session and for all. */
  readonly #cancelAsked = new Map<string, number>();
  readonly #withdrawn = new Set<string>();
  readonly #backend = new Map<string, "fails" | "gone">();
  readonly #gone = new Set<string>();
  readonly #signals: CallerSignals;
  readonly #situations: AskedSituations;
  /** Operations that were to come at the end of a turn, and found the process dead. */
  readonly #late: number[] = [];
  #arrived = 0;
  /** How many have arrived, which is not their order in the list: see `cleanupHops`. */
  #count = 0;
  /** How often the process has died. */
  #crashes = 0;
  #open = 0;
  #sends = 0;

  constructor(world: ArrivalsWorld, adapter: HostAdapter, operations: readonly Operation[]) {
    this.#world = world;
    this.#adapter = adapter;
    this.#operations = operations;
    this.#signals = new CallerSignals(operations.some(({ what }) => what === "withdraw"));
    this.#situations = new AskedSituations(world);
  }

  /** How many were asked for that have not been answered. */
  get open(): number {
    return this.#open;
  }

  /** How many listeners the host has on the signals of its callers. */
  get listeners(): number {
    return this.#signals.listeners;
  }

  /** The operation that sent a message. */
  operationOf(message: SentMessage): Operation | undefined {
    return this.#operations[message.op];
  }

  /** Whether the next one needs no host: a process may die before it is up. */
  get isCrashNext(): boolean {
    return this.#late.length === 0 && this.#operations[this.#arrived]?.what === "crash";
  }

  /** The next one, as a step; `undefined` if there is none, or if it waits for the end of a turn. */
  next(): Step | undefined {
    const late = this.#late[0];
    const operation = this.#operations[late ?? this.#arrived];
    if (operation === undefined) return undefined;
    const { session, cleanupHops } = operation;
    const isAwaited = cleanupHops !== undefined && late === undefined;
    if (isAwaited && this.#world.runs.openOf(session)) return undefined;
    const text = formatOperation(operation);
    const label = operation.what === "send" ? `${text} (m${this.#sends + 1})` : text;
    const arrive = () => this.#arrive(this.#late.shift() ?? this.#arrived++);
    return { label, actor: "caller", session, run: arrive };
  }

  /** A turn has settled: a message that waited for that comes a little later. */
  settled(run: OpenRun): void {
    const operation = this.#operations[this.#arrived];
    if (operation?.cleanupHops === undefined || operation.session !== run.session) return;
    this.#world.situations.add("a message during the release");
    void this.#arriveLater(this.#arrived++, operation.cleanupHops);
  }

  /** Whether somebody asked for something that may have cancelled this message. */
  mayBeCancelled({ name, session, arrival }: SentMessage): boolean {
    if (this.#withdrawn.has(name)) return true;
    return Math.max(this.#askedAt(session), this.#askedAt("")) > arrival;
  }

  /** What the agent's side does with the next request for this session. */
  backendOf(session: string, how: "open" | "resume"): "returns" | "fails" | "gone" {
    const does = this.#backend.get(session);
    this.#backend.delete(session);
    // What is gone for good stays gone, until it is made anew.
    if (how === "open") this.#gone.delete(session);
    else if (does === "gone") this.#gone.add(session);
    if (this.#gone.has(session)) return "gone";
    return does ?? "returns";
  }

  #askedAt(session: string): number {
    return this.#cancelAsked.get(session) ?? -1;
  }

  async #arriveLater(op: number, hops: number): Promise<void> {
    const crashes = this.#crashes;
    this.#open++;
    for (let hop = hops; hop > 0; hop--) await null;
    if (crashes === this.#crashes) this.#open--;
    if (this.#world.host === undefined) this.#late.push(op);
    else this.#arrive(op);
  }

  #arrive(op: number): void {
    const operation = this.#operations[op]!;
    const { what } = operation;
    this.#count++;
    if (what === "send") this.#send(operation, op, undefined);
    else if (what === "redeliver") this.#redeliver(operation, op);
    else if (what === "withdraw") this.#withdraw(operation, op);
    else if (what === "advance") this.#advance(operation, op);
    else if (what === "crash") this.#crash(op);
    else this.#ask(operation, op);
  }

  #send(operation: Operation, op: number, redelivered: string | undefined): void {
    const { ledger, messages } = this.#world;
    const { session, sender = "s1", policy } = operation;
    const { features = [] } = this.#adapter;
    const name = `m${++this.#sends}`;
    const event = features.includes("events") ? redelivered ?? `e${this.#sends}` : undefined;
    const counted = this.#signals.signal(name);
    const given = {
      ...(policy === undefined ? {} : { policy }),
      ...(event === undefined ? {} : { event }),
    };
    ledger.write({ kind: "asked", op, what: "send", session, message: name, sender, ...given });
    if (event !== undefined) ledger.write({ kind: "event", event, act: "arrive" });
    this.#noteSend(session, policy);
    const signal = counted === undefined ? {} : { signal: counted.signal };
    messages.sent(
      {
        op,
        arrival: this.#count,
        name,
        session,
        event,
        withdraw: counted === undefined ? undefined : () => counted.abort(withdrawn()),
        state: "asked",
        isUntold: false,
        hasRun: false,
        isOrphan: false,
      },
      () => this.#world.host!.send(session, name, { sender, ...given, ...signal }),
    );
  }

  #noteSend(session: string, policy: string | undefined): void {
    this.#situations.sends(session, policy);
    if (!isInterrupting(policy)) return;
    this.#cancelAsked.set(session, this.#count);
  }

  #redeliver(operation: Operation, op: number): void {
    let event: string | undefined;
    for (const message of this.#world.messages.all()) {
      if (message.session === operation.session) event = message.event;
    }
    if (event !== undefined) this.#world.situations.add("a message that is delivered again");
    this.#send({ ...operation, what: "send" }, op, event);
  }

  #withdraw({ session, oldest }: Operation, op: number): void {
    const { ledger, messages, runs, situations } = this.#world;
    let target: SentMessage | undefined;
    for (const message of messages.all()) {
      const isOpen = message.state === "asked" || message.state === "accepted";
      if (!isOpen || message.isOrphan || message.session !== session) continue;
      target = message;
      if (oldest) break;
    }
    const create = this.#signals.openCreate(session);
    const isCreate = create !== undefined &&
      (target === undefined || (create.arrival < target.arrival) === (oldest === true));
    if (isCreate) return this.#withdrawCreate(session, create.counted, op);
    if (target === undefined) return;
    const { name } = target;
    ledger.write({ kind: "asked", op, what: "withdraw", session, message: name });
    this.#withdrawn.add(name);
    const isRunning = runs.openOf(session)?.messages.includes(name);
    situations.add(`a withdrawal of a ${isRunning ? "running" : "waiting"} message`);
    target.withdraw?.();
  }

  #withdrawCreate(session: string, counted: CountedSignal, op: number): void {
    this.#world.ledger.write({ kind: "asked", op, what: "withdraw", session });
    this.#world.situations.add("a withdrawal of a create");
    counted.abort(withdrawn());
  }

  #advance({ ms = 0 }: Operation, op: number): void {
    const { ledger, situations, clock } = this.#world;
    ledger.write({ kind: "asked", op, what: "advance", session: "" });
    situations.add("a clock jump");
    clock.advance(ms);
  }

  /** Whoever waits for an answer waits for nothing. */
  #crash(op: number): void {
    this.#world.ledger.write({ kind: "asked", op, what: "crash", session: "" });
    this.#crashes++;
    this.#open = 0;
    this.#signals.die();
    this.#situations.die();
    this.#world.crash();
  }

  /** Everything that gets a promise. */
  #ask(operation: Operation, op: number): void {
    const { what, session, level = "immediate", queued, revive = false, backend } = operation;
    const deadlineMs = this.#adapter.policies?.stopWithinMs ?? 60_000;
    const isStop = what === "stop" || what === "end" || what === "shutdown";
    this.#world.ledger.write({
      kind: "asked",
      op,
      what: what as "stop",
      session,
      ...(what === "stop" ? { level } : {}),
      ...(queued === undefined ? {} : { queued }),
      ...(what === "resume" ? { revive } : {}),
      ...(isStop ? { deadlineMs } : {}),
    });
    this.#situations.asks(operation);
    if (isStop) this.#cancelAsked.set(session, this.#count);
    if (backend !== undefined) this.#backend.set(session, backend);
    let answer: unknown;
    try {
      answer = this.#call(operation);
    } catch (error) {
      if (isMistake(error)) this.#world.fault(new BrokenMethodError(what, error));
      answer = Promise.reject(error);
    }
    this.#open++;
    const crashes = this.#crashes;
    const answered = (ok: boolean) => (value: unknown) => {
      if (crashes === this.#crashes) this.#answered(operation, op, { ok, value });
    };
    Promise.resolve(answer).then(answered(true), answered(false));
  }

  #call({ what, session, level = "immediate", queued, revive = false }: Operation): unknown {
    const host = this.#world.host!;
    if (what === "stop") {
      return host.stop!(session, { level, ...(queued === undefined ? {} : { queued }) });
    }
    if (what === "end") return host.end!(session);
    if (what === "create") return this.#create(session);
    if (what === "resume") return host.resume!(session, { revive });
    if (what === "disconnect") return host.disconnect!(session);
    return host.shutdown!();
  }

  #create(session: string): unknown {
    const counted = this.#signals.creating(session, this.#count);
    return this.#world.host!.create!(
      session,
      counted === undefined ? {} : { signal: counted.signal },
    );
  }

  #answered(operation: Operation, op: number, answer: { ok: boolean; value: unknown }): void {
    const { ok, value } = answer;
    this.#open--;
    if (operation.what === "create") this.#signals.created(operation.session);
    if (operation.what === "resume" && operation.revive && ok) {
      this.#situations.revived(operation.session);
    }
    this.#world.ledger.write({
      kind: "answered",
      op,
      ok,
      ...(ok ? {} : { detail: String(value) }),
      ...(saysAbandoned(value) ? { abandoned: true } : {}),
    });
  }
}

/** A reason of its own: what the runtimes say by themselves differs. */
function withdrawn(): DOMException {
  return new DOMException("Withdrawn by its caller", "AbortError");
}

/** Whether an answer says that a turn was given up. */
function saysAbandoned(value: unknown): boolean {
  if (value === null || typeof value !== "object") return false;
  const { abandoned } = value as { abandoned?: unknown };
  return abandoned === true || (Array.isArray(abandoned) && abandoned.length > 0);
}
