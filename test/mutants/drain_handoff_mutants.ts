import type { Mutant } from "./mutant.ts";

const TURN = { module: "drain-handoff", file: "_turn_task.ts" } as const;
const CHAIN = { module: "drain-handoff", file: "drain_handoff.ts" } as const;

/** The lines of `modules/drain-handoff` that keep a guarantee. */
export const DRAIN_HANDOFF: readonly Mutant[] = [
  {
    ...TURN,
    id: "turn-takes-guard",
    line: "    setOwner(guard, this);\n",
    broken: "",
    why: "A turn that is not the owner of its guard never hands it on.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: { adapter: "drain_handoff", operationsMax: 1 },
  },
  {
    ...TURN,
    id: "live-interrupted",
    line: "return !this.interrupted && !this.isOver && this.isOwner;",
    broken: "return !this.isOver && this.isOwner;",
    why: "A turn that was cancelled goes on to reply.",
    guarantee: "STALE_EFFECT_FENCED",
    killedBy: { adapter: "drain_handoff", operationsMax: 2 },
  },
  {
    ...TURN,
    id: "live-over",
    line: "return !this.interrupted && !this.isOver && this.isOwner;",
    broken: "return !this.interrupted && this.isOwner;",
    why: "What a turn left running goes on to count after its end.",
    guarantee: "STALE_EFFECT_FENCED",
    killedBy: {
      test: "turn_test.ts",
      named:
        "live turns false in the very step of an interrupt, of an end and of an abandonment (STALE_EFFECT_FENCED)",
    },
  },
  {
    ...TURN,
    id: "interrupt-once",
    line: "    if (this.interrupted || this.isOver) return false;\n",
    broken: "    if (this.isOver) return false;\n",
    why: "A second cancel sets a second timer, and the first one is left.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: { adapter: "drain_handoff", operationsMax: 3 },
  },
  {
    ...TURN,
    id: "interrupt-over",
    line: "    if (this.interrupted || this.isOver) return false;\n",
    broken: "    if (this.interrupted) return false;\n",
    why: "A cancel that comes late hits what is over, and sets a timer that gives it up.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "drain_handoff_interrupt_test.ts",
      named:
        "an interrupt acts on the turn it was made for, and never on a later one (CANCEL_TARGET, B8)",
    },
  },
  {
    ...TURN,
    id: "interrupt-deadline",
    line: "    this.#chain.interrupted(this);\n",
    broken: "",
    why: "A turn that ignores its cancel is never given up.",
    guarantee: "STOP_TERMINATES",
    killedBy: { adapter: "drain_handoff", operationsMax: 3 },
  },
  {
    ...TURN,
    id: "interrupt-aborts",
    line: "    extra.controller?.abort(reason);\n",
    broken: "",
    why: "The work is never told that it was cancelled.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "turn_test.ts",
      named:
        "signal is one and the same, and aborts with the reason of the interrupt (STOP_TERMINATES)",
    },
  },
  {
    ...TURN,
    id: "interrupt-late-signal",
    line: "      if (this.interrupted) extra.controller.abort(extra.reason);\n",
    broken: "",
    why: "Work that asks for its signal only later never hears that it was cancelled.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "turn_test.ts",
      named:
        "signal that is asked for only after the interrupt is aborted, with its reason (STOP_TERMINATES)",
    },
  },
  {
    ...TURN,
    id: "part-rejects",
    line: "(extra.parts ??= []).push(promise.catch(() => {}));",
    broken: "(extra.parts ??= []).push(promise);",
    why: "A part of the work that fails keeps the guard for ever.",
    guarantee: "NO_ORPHAN_GUARD",
    killedBy: {
      test: "turn_test.ts",
      named:
        "waitUntil() keeps the guard until the promise has settled too, be it rejected (NO_ORPHAN_GUARD)",
    },
  },
  {
    ...TURN,
    id: "ended-told",
    line: "    this.#extra?.resolve?.(end);\n",
    broken: "",
    why: "Whoever waits for the end of a turn waits for ever.",
    guarantee: "STOP_TERMINATES",
    killedBy: { adapter: "drain_handoff", operationsMax: 3 },
  },
  {
    ...TURN,
    id: "ended-late",
    line: "    extra.ended ??= this.#end !== undefined\n",
    broken: "    extra.ended ??= this.#end === null\n",
    why: "Whoever asks for the end of a turn that is over waits for ever.",
    guarantee: "FUTURE_SETTLES",
    killedBy: {
      test: "turn_test.ts",
      named:
        "ended fulfils with an abandonment, and the late settling changes nothing (FUTURE_SETTLES)",
    },
  },
  {
    ...CHAIN,
    id: "wake-claims",
    line: "    if (held === undefined) return this.#pass(this.#claim(key), undefined);\n",
    broken: "    if (held === undefined || key) return this.#pass(this.#claim(key), undefined);\n",
    why: "A key that is busy gets a second guard, and a second turn.",
    guarantee: "SINGLE_TURN",
    killedBy: { adapter: "drain_handoff", operationsMax: 2 },
  },
  {
    ...CHAIN,
    id: "wake-noted",
    line: "    held.noteWake();\n",
    broken: "",
    why: "An item that is put down while next() looks for one is left on an idle key.",
    guarantee: "NO_STRANDED_PENDING",
    killedBy: {
      test: "drain_handoff_reentry_test.ts",
      named:
        "wake() inside next(), which then gives nothing, has it asked again (NO_STRANDED_PENDING)",
    },
  },
  {
    ...CHAIN,
    id: "next-throws",
    line:
      "      if (item === undefined) this.#release(guard);\n    }\n    if (item === undefined) return false;\n",
    broken:
      "    }\n    if (item === undefined) {\n      this.#release(guard);\n      return false;\n    }\n",
    why: "When next() throws, the guard is held by nobody for ever.",
    guarantee: "NO_ORPHAN_GUARD",
    killedBy: {
      test: "drain_handoff_throw_test.ts",
      named: "a throw of next() comes out of wake() and leaves the key idle (NO_ORPHAN_GUARD)",
    },
  },
  {
    ...CHAIN,
    id: "guard-released",
    line: "    this.#guards.delete(guard.key);\n",
    broken: "",
    why: "A key for which nothing waits stays busy for ever.",
    guarantee: "FUTURE_SETTLES",
    killedBy: { adapter: "drain_handoff", operationsMax: 3 },
  },
  {
    ...CHAIN,
    id: "quiet-told",
    line: "      for (const settle of waiters) settle();\n",
    broken: "",
    why: "Whoever waits until nothing runs waits for ever.",
    guarantee: "FUTURE_SETTLES",
    killedBy: {
      test: "drain_handoff_quiet_test.ts",
      named: "quiet() waits for every key, and for turns that start meanwhile (FUTURE_SETTLES)",
    },
  },
  {
    ...CHAIN,
    id: "quiet-listener",
    line: '        signal?.removeEventListener("abort", abort);\n',
    broken: "",
    why: "A signal that lives longer than the wait keeps one listener for each.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "drain_handoff_quiet_test.ts",
      named: "quiet() leaves no listener on its signal when it fulfils (BOUNDED_STATE)",
    },
  },
  {
    ...CHAIN,
    id: "quiet-waiter",
    line: "        this.#waiters.delete(settle);\n",
    broken: "",
    why: "A waiter who left is kept until the chain comes to rest, which may be never.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "drain_handoff_quiet_test.ts",
      named:
        "quiet() rejects with the reason of its signal, and only that waiter goes (BOUNDED_STATE)",
    },
  },
  {
    ...CHAIN,
    id: "flush-again",
    line: "    this.#isFlushDue = false;\n",
    broken: "",
    why: "After the first turns none begins any more.",
    guarantee: "NO_ORPHAN_GUARD",
    killedBy: { adapter: "drain_handoff", operationsMax: 2 },
  },
  {
    ...CHAIN,
    id: "flush-takes",
    line: "    this.#spare.length = 0;\n",
    broken: "",
    why: "Turns that have begun are begun once more.",
    guarantee: "SINGLE_TURN",
    killedBy: { adapter: "drain_handoff", operationsMax: 3 },
  },
  {
    ...CHAIN,
    id: "flush-batch",
    line: "    this.#ready = this.#spare;\n",
    broken: "",
    why:
      "One chain of turns that never wait keeps all other keys, and everything else, from going on.",
    guarantee: "NO_CROSS_SESSION_HOL",
    killedBy: {
      test: "drain_handoff_reentry_test.ts",
      named: "turns that never wait leave room for whatever else is ready (NO_CROSS_SESSION_HOL)",
    },
  },
  {
    ...CHAIN,
    id: "flush-throws",
    line: "        void Promise.reject(error);\n",
    broken: "        throw error;\n",
    why: "What throws at the begin of one turn keeps those of other keys from beginning.",
    guarantee: "NO_CROSS_SESSION_HOL",
    killedBy: {
      test: "drain_handoff_surface_test.ts",
      named:
        "a throw of ended() does not strand the turns that became ready with it (NO_ORPHAN_GUARD, NO_CROSS_SESSION_HOL)",
    },
  },
  {
    ...CHAIN,
    id: "flush-fresh-stack",
    line: "    void FRESH.then(this.#flushReady);\n",
    broken: "    this.#flushReady();\n",
    why: "The next turn begins on the stack of the one that ends (recursion).",
    guarantee: "BOUNDED_STACK",
    killedBy: {
      test: "drain_handoff_stack_test.ts",
      named:
        "a turn that is started by wake() begins no deeper than one that was handed off (BOUNDED_STACK, B2)",
    },
  },
  {
    ...CHAIN,
    id: "begin-interrupted",
    line: "    if (turn.interrupted) return this.#worked(turn, undefined);\n",
    broken: "",
    why: "A turn that was cancelled before its first step begins all the same.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "drain_handoff_interrupt_test.ts",
      named:
        "a turn interrupted before its first step never begins, and its key is free again (CANCEL_TARGET, B6)",
    },
  },
  {
    ...CHAIN,
    id: "begin-throws",
    line: '      return this.#worked(turn, { status: "failed", error });\n',
    broken: "      throw error;\n",
    why: "Work that throws before its first wait keeps the guard for ever.",
    guarantee: "NO_ORPHAN_GUARD",
    killedBy: {
      test: "drain_handoff_throw_test.ts",
      named: "work that throws at once fails its turn and no other (NO_ORPHAN_GUARD)",
    },
  },
  {
    ...CHAIN,
    id: "begin-thenable",
    line: "    void then.call(\n      pending,\n",
    broken: "    void (pending as { then: typeof then }).then(\n",
    why: "A foreign then() that calls back twice ends the turn twice.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: {
      test: "drain_handoff_throw_test.ts",
      named: "work whose promise has a then of its own ends its turn once (EXACTLY_ONE_OUTCOME)",
    },
  },
  {
    ...CHAIN,
    id: "throw-passes",
    line: '      (error) => this.#worked(turn, { status: "failed", error }),\n',
    broken: "      () => {},\n",
    why: "A turn that fails keeps the guard, and what waits behind it waits for ever.",
    guarantee: "NO_ORPHAN_GUARD",
    killedBy: {
      adapter: "drain_handoff",
      operationsMax: 1,
      lane: { operations: ["send a throws"] },
    },
  },
  {
    ...CHAIN,
    id: "settle-gate",
    line: "    interrupted: (turn) => {\n",
    broken:
      "    interrupted: (turn) => {\n      queueMicrotask(() => this.#settle(turn, undefined));\n",
    why:
      "The guard moves when the cancel is asked for, not when the work has settled (overlap-cancel).",
    guarantee: "SINGLE_TURN",
    killedBy: {
      adapter: "drain_handoff",
      operationsMax: 3,
      also: {
        EXACTLY_ONE_OUTCOME: "The message is told of while its turn still works.",
        GUARD_WHILE_RUNNING: "Work whose guard has moved on has none.",
      },
    },
  },
  {
    ...CHAIN,
    id: "parts-awaited",
    line: "    if (part === undefined) return this.#settle(turn, work);\n",
    broken: "    if (part === undefined || work) return this.#settle(turn, work);\n",
    why:
      "The guard moves although an agent's own cancel is still under way, and hits the next turn.",
    guarantee: "CANCEL_LEVEL",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 3,
      also: {
        CANCEL_TARGET: "A rollback is such a part as well: it drops what the next turn did.",
      },
    },
  },
  {
    ...CHAIN,
    id: "parts-once",
    line: '      if (turn.state !== "settled") this.#worked(turn, work);\n',
    broken: "      this.#worked(turn, work);\n",
    why: "A turn that was settled without its last part is settled once more when that ends.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: {
      test: "turn_test.ts",
      named: "a part that ends after it was given up ends no turn twice (EXACTLY_ONE_OUTCOME)",
    },
  },
  {
    ...CHAIN,
    id: "parts-given-up",
    line: "    if (turn.dropParts !== undefined) return turn.dropParts();\n",
    broken: "",
    why: "A turn whose work is over is told of as abandoned, and blocks its key until a part ends.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "turn_test.ts",
      named:
        "parts left over abandonAfterMs after an interrupt are given up, and not the turn (STOP_TERMINATES)",
    },
  },
  {
    ...CHAIN,
    id: "settle-once",
    line: '      if (turn.state === "abandoned") {\n',
    broken: '      if (turn.state === "abandoned" && turn.timer !== undefined) {\n',
    why: "An abandoned turn gets a second end when its work settles.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: { adapter: "drain_handoff", operationsMax: 2 },
  },
  {
    ...CHAIN,
    id: "abandoned-counted",
    line: "        this.#abandoned--;\n",
    broken: "",
    why: "A turn that was abandoned, and has ended, counts as going on for ever.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: { adapter: "drain_handoff", operationsMax: 2 },
  },
  {
    ...CHAIN,
    id: "abandoned-told",
    line: "    this.#abandoned++;\n",
    broken: "",
    why: "What was given up and goes on is not counted, and then is less than nothing.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: { adapter: "drain_handoff", operationsMax: 2 },
  },
  {
    ...CHAIN,
    id: "settle-timer",
    line: "        if (turn.timer !== undefined) this.#clock.clearTimeout(turn.timer);\n",
    broken: "",
    why: "A cancelled turn that ended in time is abandoned later.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: {
      adapter: "drain_handoff",
      operationsMax: 2,
      also: { EXACTLY_ONE_OUTCOME: "A turn that is over is told of as abandoned as well." },
    },
  },
  {
    ...CHAIN,
    id: "settle-owner",
    line: "      if (turn.isOwner) this.#pass(turn.guard, turn);\n",
    broken: "      this.#pass(turn.guard, turn);\n",
    why: "An abandoned turn that ends late takes the guard from its successor, or releases it.",
    guarantee: "GUARD_WHILE_RUNNING",
    killedBy: {
      adapter: "drain_handoff",
      export: "proceeding",
      operationsMax: 3,
    },
  },
  {
    ...CHAIN,
    id: "settle-identity",
    line: "      if (turn.isOwner) this.#pass(turn.guard, turn);\n",
    broken:
      "      if (turn.isOwner) {\n        this.#guards.delete(turn.key);\n        this.#pass(this.#claim(turn.key), turn);\n      }\n",
    why: "At each hand-off the key is free for an instant, and its guard is another one.",
    guarantee: "GUARD_IDENTITY_CHAIN",
    killedBy: { adapter: "drain_handoff", operationsMax: 2 },
  },
  {
    ...CHAIN,
    id: "settle-passes",
    line: "      if (turn.isOwner) this.#pass(turn.guard, turn);\n",
    broken: "      if (turn.isOwner) this.#release(turn.guard);\n",
    why: "What came while the turn ran is left on an idle key (strand).",
    guarantee: "NO_STRANDED_PENDING",
    killedBy: {
      adapter: "drain_handoff",
      operationsMax: 2,
      also: {
        GUARD_IDENTITY_CHAIN:
          "Who comes next takes a guard of its own, and what was left hangs on that one.",
      },
    },
  },
  {
    ...CHAIN,
    id: "ended-throws",
    line: "    } finally {\n      // An abandoned turn whose guard",
    broken:
      "    } catch (error) {\n      throw error;\n    }\n    {\n      // An abandoned turn whose guard",
    why: "When ended() throws, the guard is held by nobody for ever.",
    guarantee: "NO_ORPHAN_GUARD",
    killedBy: {
      test: "drain_handoff_surface_test.ts",
      named:
        "a throw of ended() does not strand the turns that became ready with it (NO_ORPHAN_GUARD, NO_CROSS_SESSION_HOL)",
    },
  },
  {
    ...CHAIN,
    id: "abandon-blocks",
    line: '      if (this.#options.onAbandon === "proceed") {\n',
    broken: "      {\n",
    why: "The next turn starts beside an abandoned one that goes on.",
    guarantee: "SINGLE_TURN",
    killedBy: {
      adapter: "drain_handoff",
      operationsMax: 3,
      also: { GUARD_WHILE_RUNNING: "Work that was abandoned goes on, and its guard has moved on." },
    },
  },
  {
    ...CHAIN,
    id: "abandon-fence",
    line: "        setOwner(turn.guard, undefined);\n",
    broken: "",
    why: "An abandoned turn that ends late releases the key under its successor.",
    guarantee: "GUARD_WHILE_RUNNING",
    killedBy: {
      adapter: "drain_handoff",
      export: "proceeding",
      operationsMax: 3,
    },
  },
  {
    ...CHAIN,
    id: "abandon-generation",
    line: "        this.#pass(this.#claim(turn.key), undefined);\n",
    broken: "        this.#pass(turn.guard, undefined);\n",
    why: "The turn that goes on beside an abandoned one can not be told from it by its generation.",
    guarantee: "STALE_EFFECT_FENCED",
    killedBy: {
      test: "drain_handoff_abandon_test.ts",
      named:
        "under proceed the next turn gets a guard of a new generation at once (STALE_EFFECT_FENCED)",
    },
  },
  {
    ...CHAIN,
    id: "guard-generation",
    line: "++this.#generation",
    broken: "this.#generation",
    why: "What an older guard's turn does can not be told from what the present one's does.",
    guarantee: "STALE_EFFECT_FENCED",
    killedBy: {
      test: "drain_handoff_test.ts",
      named: "keys have guards of their own and run side by side (STALE_EFFECT_FENCED)",
    },
  },
  {
    ...CHAIN,
    id: "cancelled-end",
    line: "  if (turn.interrupted) return {",
    broken: "  if (turn.interrupted && work === undefined) return {",
    why: "The late reply of a cancelled turn counts.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
];
