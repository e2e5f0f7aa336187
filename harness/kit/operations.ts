import fc from "fast-check";
import type { Asked, Level } from "../ledger_record.ts";
import type { Feature, HostUnderTest } from "./adapter.ts";

/** Something that somebody asks of a host. As text, for instance `send a deaf` or `stop a graceful`. */
export interface Operation {
  readonly what: Asked | "redeliver";
  /** Empty for what concerns the whole host. */
  readonly session: string;
  /** Of a send: what the agent does with it, beside ending. */
  readonly agent?: "throws" | "deaf";
  readonly policy?: "interrupt" | "supersede" | "collect" | "reject" | "steer" | "rollback";
  /** Of a send that steers: what the turn does with it that is offered it, beside taking it at once. */
  readonly steered?: "late" | "refuses";
  readonly sender?: string;
  /** Of a send: comes so many microtask hops after the end of the turn that runs, if one does. */
  readonly cleanupHops?: number;
  /** Of a stop. */
  readonly level?: Level;
  readonly queued?: "keep" | "discard";
  /** Of a withdraw: the oldest message, or create, that has not ended; else the latest. */
  readonly oldest?: boolean;
  readonly revive?: boolean;
  /** Of a create and a resume: what the agent's side does. */
  readonly backend?: "fails" | "gone";
  /** Of an advance. */
  readonly ms?: number;
}

const HOST_WIDE: ReadonlySet<string> = new Set(["shutdown", "advance", "crash"]);

/** What each word may follow, and what it says. */
const WORDS: Readonly<Record<string, readonly [what: readonly string[], Partial<Operation>]>> = {
  throws: [["send"], { agent: "throws" }],
  deaf: [["send"], { agent: "deaf" }],
  interrupt: [["send"], { policy: "interrupt" }],
  supersede: [["send"], { policy: "supersede" }],
  collect: [["send"], { policy: "collect" }],
  reject: [["send"], { policy: "reject" }],
  steer: [["send"], { policy: "steer" }],
  rollback: [["send"], { policy: "rollback" }],
  late: [["send"], { steered: "late" }],
  refuses: [["send"], { steered: "refuses" }],
  graceful: [["stop"], { level: "graceful" }],
  immediate: [["stop"], { level: "immediate" }],
  keep: [["stop"], { queued: "keep" }],
  discard: [["stop"], { queued: "discard" }],
  oldest: [["withdraw"], { oldest: true }],
  revive: [["resume"], { revive: true }],
  fails: [["create", "resume"], { backend: "fails" }],
  gone: [["create", "resume"], { backend: "gone" }],
};

const WHATS: ReadonlySet<string> = new Set<Operation["what"]>([
  "send",
  "redeliver",
  "withdraw",
  "stop",
  "end",
  "create",
  "resume",
  "disconnect",
  "shutdown",
  "advance",
  "crash",
]);

const TEXTS = new WeakMap<Operation, string>();

/** An operation as text, which {@linkcode parseOperation} reads. */
export function formatOperation(operation: Operation): string {
  // The same few operations are formatted in each of many thousand schedules.
  let text = TEXTS.get(operation);
  if (text === undefined) TEXTS.set(operation, text = textOf(operation));
  return text;
}

function textOf(operation: Operation): string {
  const { what, session, sender, cleanupHops, ms, ...rest } = operation;
  const parts: string[] = [what];
  if (session !== "") parts.push(session);
  if (ms !== undefined) parts.push(String(ms));
  for (const [word, [, says]] of Object.entries(WORDS)) {
    const [name, value] = Object.entries(says)[0]!;
    if (rest[name as keyof typeof rest] === value) parts.push(word);
  }
  if (sender !== undefined) parts.push(`by ${sender}`);
  if (cleanupHops !== undefined) parts.push(`cleanup+${cleanupHops}`);
  return parts.join(" ");
}

/** Reads `send a deaf by s2`, `stop a graceful keep`, `advance 5000`. @throws {TypeError} */
export function parseOperation(text: string): Operation {
  const [what = "", ...words] = text.trim().split(/\s+/);
  if (!WHATS.has(what)) fail(text, `"${what}" is none of ${[...WHATS].join(", ")}`);
  const operation: Record<string, unknown> = { what, session: "" };
  if (!HOST_WIDE.has(what)) {
    const session = words.shift() ?? "";
    if (!/^[a-z][\w-]*$/i.test(session)) fail(text, "it needs the name of a session, such as a");
    operation["session"] = session;
  }
  if (what === "advance") operation["ms"] = parseMs(text, words.shift());
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const cleanup = /^cleanup\+(\d+)$/.exec(word);
    const known = WORDS[word];
    if (what === "send" && cleanup !== null) operation["cleanupHops"] = Number(cleanup[1]);
    else if (what === "send" && word === "by" && words[0]) operation["sender"] = words.shift();
    else if (known?.[0].includes(what)) Object.assign(operation, known[1]);
    else fail(text, `"${word}" can not follow ${what}`);
  }
  return operation as unknown as Operation;
}

/** Reads several, with `;` between them. @throws {TypeError} */
export function parseOperations(text: string): Operation[] {
  return text.split(";").filter((part) => part.trim() !== "").map(parseOperation);
}

function parseMs(text: string, word: string | undefined): number {
  const ms = Number(word ?? NaN);
  if (!(ms >= 0)) fail(text, "it needs a number of ms");
  return ms;
}

function fail(text: string, why: string): never {
  throw new TypeError(`Cannot read operation "${text}": ${why}`);
}

const POLICIES = ["interrupt", "supersede", "collect", "reject", "steer", "rollback"] as const;

/** What can be asked of a host, on session `a`, as far as it has methods and features for it. */
export function operationsFor(host: HostUnderTest, features: readonly Feature[]): Operation[] {
  const texts = ["send a", "send a throws", "send a deaf"];
  for (const policy of POLICIES) if (features.includes(policy)) texts.push(`send a ${policy}`);
  if (features.includes("steer")) texts.push("send a steer late", "send a steer refuses");
  if (features.includes("events")) texts.push("redeliver a");
  if (features.includes("withdraw")) texts.push("withdraw a", "withdraw a oldest");
  if (host.stop) texts.push("stop a", "stop a graceful", "stop a keep");
  if (host.end) texts.push("end a");
  if (host.create) texts.push("create a", "create a fails");
  if (host.resume) {
    texts.push("resume a", "resume a revive", "resume a gone", "resume a revive fails");
  }
  if (host.disconnect) texts.push("disconnect a");
  if (host.shutdown) texts.push("shutdown");
  if (features.includes("crash")) texts.push("crash");
  return texts.map(parseOperation);
}

/** Options of {@linkcode operationLists}. */
export interface OperationListsOptions {
  /** How many operations a list has at most. Default: 8. */
  operationsMax?: number;
  /** How many sessions there are at most. Default: 3. */
  sessionsMax?: number;
}

const SESSIONS = ["a", "b", "c"];
const CLOCK_JUMPS_MS = [1, 1_000, 5_000, 60_000];

/** Lists of operations: more messages than anything else, on one to three sessions, by two senders. */
export function operationLists(
  operations: readonly Operation[],
  options: OperationListsOptions = {},
): fc.Arbitrary<Operation[]> {
  const { operationsMax = 8, sessionsMax = 3 } = options;
  const sends = operations.filter(({ what }) => what === "send");
  const others = operations.filter(({ what }) => what !== "send");
  const advance = fc.constantFrom(...CLOCK_JUMPS_MS)
    .map((ms): Operation => ({ what: "advance", session: "", ms }));
  const send = fc.record({
    operation: fc.constantFrom(...sends),
    sender: fc.constantFrom(undefined, undefined, "s2"),
    cleanupHops: fc.option(fc.nat(5), { freq: 5, nil: undefined }),
  }).map(({ operation, sender, cleanupHops }): Operation => ({
    ...operation,
    ...(sender === undefined ? {} : { sender }),
    ...(cleanupHops === undefined ? {} : { cleanupHops }),
  }));
  const plain = fc.constant(sends[0]!);
  const kinds: fc.WeightedArbitrary<Operation>[] = [
    { weight: 4, arbitrary: plain },
    { weight: 4, arbitrary: send },
    { weight: 1, arbitrary: advance },
  ];
  if (others.length > 0) kinds.push({ weight: 6, arbitrary: fc.constantFrom(...others) });
  // What cancels is to meet what it cancels: half of them are for the session of the one before.
  const one = fc.record({
    operation: fc.oneof(...kinds),
    at: fc.nat(SESSIONS.length - 1),
    stays: fc.boolean(),
  });
  // In some lists all messages have one policy: two that are to be joined are rare otherwise.
  const policies = sends.flatMap(({ policy }) => policy === undefined ? [] : [policy]);
  const common = policies.length === 0 ? fc.constant(null) : fc.option(
    fc.constantFrom(...policies),
    { freq: 3 },
  );
  return fc.record({
    sessions: fc.integer({ min: 1, max: Math.min(sessionsMax, SESSIONS.length) }),
    common,
    list: fc.array(one, { minLength: 1, maxLength: operationsMax }),
  }).map(({ sessions, common, list }) => {
    let session = SESSIONS[0]!;
    return list.map(({ operation, at, stays }, index): Operation => {
      if (operation.session === "") return operation;
      if (index === 0 || !stays) session = SESSIONS[at % sessions]!;
      const named = { ...operation, session };
      const isPlain = operation.what === "send" && operation.policy === undefined;
      return isPlain && common !== null ? { ...named, policy: common } : named;
    });
  });
}

/** All lists of `length` operations. */
export function* allLists(
  operations: readonly Operation[],
  length: number,
): Generator<readonly Operation[]> {
  const digits = new Array<number>(length).fill(0);
  for (;;) {
    yield digits.map((digit) => operations[digit]!);
    let at = length - 1;
    while (at >= 0 && ++digits[at]! === operations.length) digits[at--] = 0;
    if (at < 0) return;
  }
}

/**
 * All lists of up to `lengthMax` operations, the cheapest first: a list costs the product of the places of
 * its operations, which are counted from 2. So what comes early among the operations is tried in long lists
 * before what comes late is tried in short ones. Of those that cost the same the shorter ones come first.
 */
export function* cheapestLists(
  operations: readonly Operation[],
  lengthMax: number,
): Generator<readonly Operation[]> {
  const costMax = (operations.length + 1) ** lengthMax;
  for (let cost = 2; cost <= costMax; cost++) {
    for (let length = 1; length <= lengthMax; length++) {
      yield* listsOf(operations, { cost, length });
    }
  }
}

function* listsOf(
  operations: readonly Operation[],
  { cost, length }: { cost: number; length: number },
): Generator<readonly Operation[]> {
  if (length === 0) {
    if (cost === 1) yield [];
    return;
  }
  for (const [at, first] of operations.entries()) {
    const left = { cost: cost / (at + 2), length: length - 1 };
    if (!Number.isInteger(left.cost)) continue;
    for (const others of listsOf(operations, left)) yield [first, ...others];
  }
}
