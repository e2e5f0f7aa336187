import type { Mutant } from "./mutant.ts";

const CONNECTIONS = { module: "session-queue", file: "connections.ts" } as const;
const ENTRY = { module: "session-queue", file: "entry.ts" } as const;
const LINE = { module: "session-queue", file: "line.ts" } as const;
const TOMBSTONES = { module: "session-queue", file: "tombstones.ts" } as const;
const TURN = { module: "session-queue", file: "session_turn.ts" } as const;
const WAITING = { module: "session-queue", file: "waiting.ts" } as const;

/** The lines of the smaller parts of `modules/session-queue` that keep a guarantee. */
export const SESSION_QUEUE_PARTS: readonly Mutant[] = [
  {
    ...CONNECTIONS,
    id: "needed",
    line: "    return !session.connected && (this.#hasHooks || session.hasHandle);\n",
    broken: "    return false;\n",
    why: "A turn runs without its session's handle, which was never opened or has been lost.",
    guarantee: "RESUME_FIDELITY",
    killedBy: {
      test: "connect_test.ts",
      named:
        "a message for a session that lost its handle resumes it: once, within the turn (RESUME_FIDELITY, A9)",
    },
  },
  {
    ...CONNECTIONS,
    id: "create-withdraws",
    line: '    signal?.addEventListener("abort", withdraw, { once: true });\n',
    broken: "",
    why: "A create that was taken back goes on, and nobody has the session it makes.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "hanging_test.ts",
      named:
        "a create whose signal aborts rejects at once; a handle that still comes is closed (CANCEL_TARGET)",
    },
  },
  {
    ...CONNECTIONS,
    id: "create-listener",
    line: '      signal?.removeEventListener("abort", withdraw);\n',
    broken: "",
    why:
      "A signal that lives longer than the create keeps its listener, which cancels another call.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "hanging_test.ts",
      named:
        "the listener on the signal of a call goes with the call, whatever comes of it (BOUNDED_STATE)",
    },
  },
  {
    ...CONNECTIONS,
    id: "shut-tells",
    line: '      controller.abort(new QueueDrainingError(`${how} session "${session.key}"`));\n',
    broken: "",
    why: "Whoever waits for a handle that hangs is not told that the queue was stopped.",
    guarantee: "FUTURE_SETTLES",
    killedBy: {
      test: "hanging_test.ts",
      named:
        "stopAll() tells all who wait for a handle that does not come, and returns (FUTURE_SETTLES)",
    },
  },
  {
    ...CONNECTIONS,
    id: "settled-awaits",
    line: "      if (this.#flights.has(session)) await this.#flights.run(session, () => {});\n",
    broken: "",
    why: "An end does not wait for a handle that is on its way.",
    guarantee: "NO_CREATE_LEAK",
    killedBy: {
      test: "end_test.ts",
      named: "end() while the session's handle is on its way: it is closed when it comes (A11)",
    },
  },
  {
    ...CONNECTIONS,
    id: "close-if-same",
    line: "session.connected && session.connections === connection",
    broken: "session.connected",
    why: "A turn whose handle is gone closes the one that replaced it.",
    guarantee: "OWNER_ONLY_RELEASE",
    killedBy: {
      test: "disconnect_test.ts",
      named:
        "a late SessionGoneError closes no handle that came since (OWNER_ONLY_RELEASE, clear-newer)",
    },
  },
  {
    ...CONNECTIONS,
    id: "close-once",
    line: "    session.connected = false;\n",
    broken: "",
    why: "A handle that was closed is given to the next turn.",
    guarantee: "RESUME_FIDELITY",
    killedBy: {
      test: "disconnect_test.ts",
      named:
        "after disconnect() the next turn resumes the session by itself (RESUME_FIDELITY, A9, A10)",
    },
  },
  {
    ...CONNECTIONS,
    id: "close-joins",
    line: "    if (closing !== undefined) return await closing;\n",
    broken: "",
    why: "Whoever closes a session that is being closed is answered before it is.",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: {
      test: "disconnect_test.ts",
      named:
        "a second disconnect() answers once the handle is closed, as the first (QUIESCENT_AFTER_STOP)",
    },
  },
  {
    ...CONNECTIONS,
    id: "flight-call-aborted",
    line: "    if (call?.aborted) return Promise.reject(call.reason);\n",
    broken: "",
    why: "Whoever comes after a call was given up is added to those who wait for it.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "bounded_test.ts",
      named: "a resume that hangs for ever keeps nothing of those who ask after it (BOUNDED_STATE)",
    },
  },
  {
    ...CONNECTIONS,
    id: "flight-call-told",
    line: "orAborted(orAborted(this.#flights.run(session, () => {}), call), signal)",
    broken: "orAborted(this.#flights.run(session, () => {}), signal)",
    why: "Whoever waits for a handle that hangs is not told that it was given up.",
    guarantee: "FUTURE_SETTLES",
    killedBy: {
      test: "hanging_test.ts",
      named: "an end tells at once all who wait for a handle that does not come (FUTURE_SETTLES)",
    },
  },
  {
    ...CONNECTIONS,
    id: "flight-signal",
    line: "orAborted(orAborted(this.#flights.run(session, () => {}), call), signal)",
    broken: "orAborted(this.#flights.run(session, () => {}), call)",
    why: "A turn that was cancelled, or a caller who left, goes on to wait for the handle.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "hanging_test.ts",
      named: "an abort of resume() takes out that caller alone (STOP_TERMINATES)",
    },
  },
  {
    ...CONNECTIONS,
    id: "open-deadline",
    line: "      () => controller.abort(new OpenTimeoutError(session.key, limits.openMs)),\n",
    broken: "      () => {},\n",
    why: "An open that hangs holds up its session for ever.",
    guarantee: "FUTURE_SETTLES",
    killedBy: {
      test: "hanging_test.ts",
      named: "openMs limits open and resume, and a late handle is closed (FUTURE_SETTLES)",
    },
  },
  {
    ...CONNECTIONS,
    id: "open-timer",
    line: "      if (timer !== undefined) clock.clearTimeout(timer);\n",
    broken: "",
    why: "Each handle that came in time leaves a timer behind.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: { adapter: "session_queue", operationsMax: 1 },
  },
  {
    ...CONNECTIONS,
    id: "open-after-close",
    line: "      if (closing !== undefined) await closing;\n",
    broken: "",
    why: "A handle is opened while the one before it is still being closed.",
    guarantee: "RESUME_FIDELITY",
    killedBy: {
      test: "disconnect_test.ts",
      named:
        "the next turn waits until the lost handle is closed, and no longer than closeMs (RESUME_FIDELITY)",
    },
  },
  {
    ...CONNECTIONS,
    id: "early-clear",
    line: "      const handle = await flight.start(controller.signal);\n",
    broken:
      "      this.tombstones.delete(session.key);\n      const handle = await flight.start(controller.signal);\n",
    why: "A revive that fails leaves the session as if it had never been ended (early-clear).",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 3,
      lane: { operations: ["end a", "resume a revive fails", "send a"] },
    },
  },
  {
    ...CONNECTIONS,
    id: "tombstone-recheck",
    line: "    if (ended || this.#isShut || call.aborted) {\n",
    broken: "    if (this.#isShut) {\n",
    why:
      "A handle that comes after its session was ended, or after nobody waits for it any more, is installed.",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      test: "revive_test.ts",
      named:
        "an end during a revive wins: the handle is closed, the session stays ended (NO_RESURRECTION)",
    },
  },
  {
    ...CONNECTIONS,
    id: "install-aborted",
    line: "    if (ended || this.#isShut || call.aborted) {\n",
    broken: "    if (ended || this.#isShut) {\n",
    why: "A handle that came after it was given up is installed, for nobody (install-abort).",
    guarantee: "NO_CREATE_LEAK",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 1,
      lane: { operations: ["create a"], racy: true },
    },
  },
  {
    ...CONNECTIONS,
    id: "install-closes",
    line: "      await this.#close(session, handle);\n",
    broken: "",
    why: "A handle that nobody wants any more stays open for ever.",
    guarantee: "NO_CREATE_LEAK",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 1,
      lane: { operations: ["resume a"], racy: true },
    },
  },
  {
    ...CONNECTIONS,
    id: "install-revives",
    line: "    if (mark !== undefined) this.tombstones.delete(session.key);\n",
    broken: "",
    why: "A session that was revived goes on to be refused.",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      test: "revive_test.ts",
      named:
        "resume({ revive: true }) takes the tombstone away once it has succeeded (NO_RESURRECTION, early-clear)",
    },
  },
  {
    ...CONNECTIONS,
    id: "install-lands",
    line:
      "    // In this very step: an abort that comes later finds a session, and no call to give up.\n    landed();\n",
    broken: "",
    why: "An abort in the instants after the handle came gives up a session that is open.",
    guarantee: "NO_CREATE_LEAK",
    killedBy: {
      test: "connect_test.ts",
      named:
        "an abort of create() at any microtask leaves the session whole, or nothing of it (NO_CREATE_LEAK)",
    },
  },
  {
    ...CONNECTIONS,
    id: "close-deadline",
    line: "    return await within(clock, call(), limits.closeMs) && !hasFailed;\n",
    broken: "    await call();\n    return !hasFailed;\n",
    why: "An agent whose own end hangs holds up the end of its session, and every stop.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "stop_all_close_test.ts",
      named:
        "stopAll() names the sessions whose agent's end throws or hangs, and ends the others (STOP_TERMINATES)",
    },
  },
  {
    ...CONNECTIONS,
    id: "close-throws",
    line: "        hasFailed = true;\n        this.#options.onError(error, session);\n",
    broken: "        throw error;\n",
    why: "An agent whose own end fails keeps a stop from telling what it did.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "stop_all_close_test.ts",
      named:
        "stopAll() names the sessions whose agent's end throws or hangs, and ends the others (STOP_TERMINATES)",
    },
  },
  {
    ...CONNECTIONS,
    id: "closing-known",
    line: "    this.#closing.set(session, closing);\n",
    broken: "",
    why: "Nobody knows that a handle is still being closed, and another one is opened beside it.",
    guarantee: "RESUME_FIDELITY",
    killedBy: {
      test: "disconnect_test.ts",
      named:
        "the next turn waits until the lost handle is closed, and no longer than closeMs (RESUME_FIDELITY)",
    },
  },
  {
    ...ENTRY,
    id: "settle-resolves",
    line: "    this.#resolve?.(outcome);\n",
    broken: "",
    why: "Whoever waits for a message's outcome waits for ever.",
    guarantee: "FUTURE_SETTLES",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      also: { EXACTLY_ONE_OUTCOME: "An outcome that nobody hears of is none." },
    },
  },
  {
    ...ENTRY,
    id: "settle-listener",
    line:
      '    if (onAbort !== undefined) this.options.signal?.removeEventListener("abort", onAbort);\n',
    broken: "",
    why: "A signal that lives longer than its messages keeps a listener for each.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "withdraw_test.ts",
      named: "the listener on a signal goes with the outcome, whatever that is (BOUNDED_STATE)",
    },
  },
  {
    ...ENTRY,
    id: "follow-settled",
    line: "    if (this.#outcome !== undefined) return;\n",
    broken: "",
    why: "A message that was settled inside send() leaves a listener on its signal.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "withdraw_test.ts",
      named:
        "no listener is left of a message that was settled before send() returned (BOUNDED_STATE)",
    },
  },
  {
    ...ENTRY,
    id: "follow-aborted",
    line: "    if (signal.aborted) {\n      this.withdraw();\n      return;\n    }\n",
    broken: "",
    why: "A signal that aborts inside send() takes nothing back.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "withdraw_test.ts",
      named: "a signal that aborts within send() withdraws the message as well (CANCEL_TARGET)",
    },
  },
  {
    ...ENTRY,
    id: "outcome-one",
    line: "    this.#promise ??= this.#outcome",
    broken: "    this.#promise = this.#outcome",
    why: "Of two who ask for the outcome before it is there only the second hears of it.",
    guarantee: "FUTURE_SETTLES",
    killedBy: {
      test: "send_test.ts",
      named: "outcome asked for twice before it is there fulfils both (FUTURE_SETTLES)",
    },
  },
  {
    ...ENTRY,
    id: "accepted",
    line: '    return this.status !== "rejected";\n',
    broken: "    return true;\n",
    why: "A message that was refused is told of as accepted (false-ack).",
    guarantee: "ACK_TRUTH",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...LINE,
    id: "line-order",
    line:
      '    while (behind?.policy === "interrupt" || behind?.policy === "rollback") behind = behind.behind;\n',
    broken: "",
    why: "Of two messages that interrupt the second runs first.",
    guarantee: "FIFO",
    killedBy: {
      test: "policies_test.ts",
      named: "of two interrupts the first runs first, before what waits, and none is lost (FIFO)",
    },
  },
  {
    ...LINE,
    id: "line-appends",
    line: "    else this.#tail.behind = entry;\n",
    broken: "",
    why: "Of several messages that wait only the first is found again.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: { adapter: "session_queue", operationsMax: 3 },
  },
  {
    ...LINE,
    id: "line-heir",
    line: "      this.#replace(entry, group.first);\n",
    broken: "      this.#unlink(entry);\n",
    why: "When a message that others joined is taken back, they are lost with it.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: {
      test: "collect_test.ts",
      named:
        "a withdrawn message leaves its place to the next of those that joined it (EXACTLY_ONE_OUTCOME)",
    },
  },
  {
    ...LINE,
    id: "line-unlinks",
    line: "    if (entry.behind === undefined) this.#tail = entry.before;\n",
    broken: "    if (entry.behind === undefined) this.#tail = this.#head;\n",
    why:
      "When the last of several messages is taken back, those in the middle are lost to the next one.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: {
      test: "withdraw_test.ts",
      named:
        "withdraw() takes a message out of any place in line and leaves the others in order (EXACTLY_ONE_OUTCOME)",
    },
  },
  {
    ...LINE,
    id: "line-alone",
    line: "    if (group.joined.length === 0) group.first.group = undefined;\n",
    broken: "",
    why: "A message whose joiners were all taken back can not be taken back any more.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "withdraw_test.ts",
      named:
        "a message whose joiners were all withdrawn runs alone, and can be withdrawn then (CANCEL_TARGET)",
    },
  },
  {
    ...TOMBSTONES,
    id: "tombstones-limit",
    line: "    if (this.#marks.size <= this.#max) return;\n",
    broken: "    if (this.#marks.size > 0) return;\n",
    why: "Every session that was ever ended is remembered (tomb-growth).",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "tombstones_test.ts",
      named:
        "tombstonesMax limits what is remembered; the oldest is forgotten first (NO_RESURRECTION, BOUNDED_STATE, tomb-growth)",
    },
  },
  {
    ...TOMBSTONES,
    id: "tombstones-newest",
    line: "    this.#marks.delete(session);\n    this.#marks.set(session, {});\n",
    broken: "    this.#marks.set(session, {});\n",
    why: "A session that was ended again just now is forgotten before one that was ended long ago.",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      test: "tombstones_test.ts",
      named:
        "tombstonesMax limits what is remembered; the oldest is forgotten first (NO_RESURRECTION, BOUNDED_STATE, tomb-growth)",
    },
  },
  {
    ...TOMBSTONES,
    id: "tombstones-fresh",
    line: "    this.#marks.set(session, {});\n",
    broken: "    this.#marks.set(session, Tombstones);\n",
    why: "Whoever waited can not tell that the session was ended once more.",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      test: "revive_test.ts",
      named:
        "an end that is asked for after a revive wins, also while the revive waits for an end (NO_RESURRECTION)",
    },
  },
  {
    ...TURN,
    id: "emit-fence",
    line: "    if (this.#turn.live) this.#owner.emitted(this, data);\n",
    broken: "    this.#owner.emitted(this, data);\n",
    why: "Pieces of a cancelled turn's reply go on to be shown.",
    guarantee: "STALE_EFFECT_FENCED",
    killedBy: {
      test: "deliver_test.ts",
      named:
        "emit() reaches the observer while the turn is live, and never after (STALE_EFFECT_FENCED)",
    },
  },
  {
    ...TURN,
    id: "end-session-fence",
    line: "    if (this.#turn.live) this.#owner.endAfter(this);\n",
    broken: "    this.#owner.endAfter(this);\n",
    why: "A turn that was cancelled, or is long over, ends the session that others use.",
    guarantee: "STALE_EFFECT_FENCED",
    killedBy: {
      test: "end_test.ts",
      named:
        "a turn that is over or cancelled can not end its session any more (STALE_EFFECT_FENCED)",
    },
  },
  {
    ...WAITING,
    id: "within-timer",
    line: "      if (timer !== undefined) clock.clearTimeout(timer);\n",
    broken: "",
    why: "Each wait that was over in time leaves a timer behind.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...WAITING,
    id: "timer-overflow",
    line: "Math.min(Math.max(ms, 0), TIMER_MS_MAX)",
    broken: "Math.max(ms, 0)",
    why: "A limit of more than 24 days makes a timer that fires at once.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "expiry_test.ts",
      named: "a wait that no timer can hold is watched in steps (CANCEL_TARGET)",
    },
  },
  {
    ...WAITING,
    id: "or-aborted-listener",
    line: "    promise.then(resolve, reject).then(leave);\n",
    broken: "    promise.then(resolve, reject);\n",
    why: "A signal that lives longer than the waits keeps a listener for each.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "hanging_test.ts",
      named:
        "the listener on the signal of a call goes with the call, whatever comes of it (BOUNDED_STATE)",
    },
  },
  {
    ...WAITING,
    id: "or-aborted-already",
    line:
      "  if (signal.aborted) {\n    promise.catch(() => {});\n    return Promise.reject(signal.reason);\n  }\n",
    broken: "",
    why: "Whoever left before the wait began waits to its end.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "stop_test.ts",
      named:
        "stop() whose caller is gone already asks all the same, and does not wait (STOP_TERMINATES)",
    },
  },
];
