import type { Mutant } from "./mutant.ts";

const QUEUE = { module: "session-queue", file: "session_queue.ts" } as const;
const ENDS = { module: "session-queue", file: "session_ends.ts" } as const;
const DRAIN = { module: "session-queue", file: "queue_drain.ts" } as const;

/** The lines of `session_queue.ts` that keep a guarantee; those of its lanes are listed beside it. */
export const SESSION_QUEUE: readonly Mutant[] = [
  {
    ...QUEUE,
    id: "send-validate",
    line:
      "    const isValid = this.#options.validate?.(message) ?? true;\n    const nowMs = waitMs === Infinity ? 0 : this.#clock.now();\n    const n = ++this.#messages;\n    const id = options.id === undefined ? this.#options.messageId?.(n) : undefined;\n    const found = this.#lanes.sessions.get(session);\n",
    broken:
      "    const found = this.#lanes.sessions.get(session);\n    const isValid = this.#options.validate?.(message) ?? true;\n    const nowMs = waitMs === Infinity ? 0 : this.#clock.now();\n    const n = ++this.#messages;\n    const id = options.id === undefined ? this.#options.messageId?.(n) : undefined;\n",
    why: "Foreign code between the look-up and the claim makes a second session of the same name.",
    guarantee: "ATOMIC_CLAIM",
    killedBy: {
      test: "send_test.ts",
      named: "a validate that sends to the same session does not make a second turn (ATOMIC_CLAIM)",
    },
  },
  {
    ...QUEUE,
    id: "send-expires",
    line: "    if (waitMs !== Infinity) entry.expire(nowMs, waitMs);\n",
    broken: "",
    why: "A message behind a turn that never ends waits for ever, whatever its limit.",
    guarantee: "FUTURE_SETTLES",
    killedBy: {
      test: "expiry_test.ts",
      named: "a message that waits longer than waitMs is expired, and never runs (FUTURE_SETTLES)",
    },
  },
  {
    ...QUEUE,
    id: "send-same-home",
    line: "    if (found === undefined) this.#lanes.sessions.set(session, home);\n",
    broken: "",
    why: "Each message gets a session of its own, and they all run.",
    guarantee: "SINGLE_TURN",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...QUEUE,
    id: "send-follows",
    line: "    if (options.signal !== undefined) entry.follow(options.signal);\n",
    broken: "",
    why: "A message whose caller took it back runs all the same (ghost-run).",
    guarantee: "CANCEL_TARGET",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...QUEUE,
    id: "send-aborted",
    line: "    options.signal?.throwIfAborted();\n    const policy",
    broken: "    const policy",
    why: "A message whose caller is gone already takes a place in line.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "withdraw_test.ts",
      named:
        "send() with a signal that is aborted already throws its reason and takes nothing (CANCEL_TARGET)",
    },
  },
  {
    ...QUEUE,
    id: "refuse-draining",
    line: '    if (this.#draining) return "draining";\n',
    broken: "",
    why: "A queue that stops goes on to take messages (send-after-stop).",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...QUEUE,
    id: "refuse-ended",
    line: "    if (home.ending || (tombstones.size > 0 && tombstones.get(home.key))) return",
    broken: "    if (home.ending && (tombstones.size > 0 && tombstones.get(home.key))) return",
    why: "A message brings an ended session back.",
    guarantee: "NO_RESURRECTION",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...QUEUE,
    id: "refuse-ending",
    line: "    if (home.ending || (tombstones",
    broken: "    if ((tombstones",
    why: "A session that is being ended takes messages once its tombstone is forgotten.",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      test: "tombstones_test.ts",
      named:
        "a session that is being ended stays so, even if its tombstone is forgotten meanwhile (NO_RESURRECTION)",
    },
  },
  {
    ...QUEUE,
    id: "sessions-limit-send",
    line:
      '    return isNew && this.#lanes.sessions.size >= this.#limits.sessionsMax ? "full" : undefined;\n',
    broken: "    return undefined;\n",
    why: "As many sessions as anybody names are made.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "limits_test.ts",
      named:
        "sessionsMax limits the sessions that are open or busy, and an idle one makes room (BOUNDED_STATE)",
    },
  },
  {
    ...QUEUE,
    id: "sessions-limit-create",
    line: "    if (this.#lanes.sessions.size >= this.#limits.sessionsMax) {\n",
    broken: "    if (this.#lanes.sessions.size < 0) {\n",
    why: "As many sessions as anybody names are made.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "connect_test.ts",
      named: "sessionsMax limits create() and resume() as well (BOUNDED_STATE)",
    },
  },
  {
    ...QUEUE,
    id: "create-draining",
    line: '    if (this.#draining) throw new QueueDrainingError(`create session "${session}"`);\n',
    broken: "",
    why: "A queue that was stopped makes sessions that nobody ends.",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: {
      test: "stop_all_test.ts",
      named:
        "stopAll() takes no more work from the step in which it is called (QUIESCENT_AFTER_STOP)",
    },
  },
  {
    ...QUEUE,
    id: "create-ended",
    line: '    if (this.isEnded(session)) throw new SessionEndedError(session, "create");\n',
    broken: "",
    why: "A create brings an ended session back.",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["end a", "create a"] },
    },
  },
  {
    ...QUEUE,
    id: "create-exists",
    line: "    if (this.#lanes.sessions.has(session)) throw new SessionExistsError(session);\n",
    broken: "",
    why: "A second create replaces the handle of the first, which nobody closes (create-race).",
    guarantee: "NO_CREATE_LEAK",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...QUEUE,
    id: "resume-ended",
    line: '      if (!revive) throw new SessionEndedError(session, "resume");\n',
    broken: "",
    why: "A resume that knows nothing of the end brings the session back.",
    guarantee: "NO_RESURRECTION",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...QUEUE,
    id: "revive-waits",
    line:
      "      if (this.#ends.has(session)) await orAborted(this.#ends.underWay(session), signal);\n",
    broken: "",
    why:
      "A revive beside an end that is under way has two of the agent's sides open, or closes its own.",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      test: "revive_test.ts",
      named:
        "a revive waits for an end under way, so that old and new are never both open (NO_RESURRECTION)",
    },
  },
  {
    ...QUEUE,
    id: "revive-looks-again",
    line:
      '      if (!this.#ends.isRevivable(session, mark)) throw new SessionEndedError(session, "resume");\n',
    broken: "",
    why: "A session that was ended once more while its revive waited is brought back.",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      test: "revive_test.ts",
      named:
        "an end that is asked for after a revive wins, also while the revive waits for an end (NO_RESURRECTION)",
    },
  },
  {
    ...QUEUE,
    id: "resume-draining",
    line: '    if (this.#draining) throw new QueueDrainingError(`resume session "${session}"`);\n',
    broken: "",
    why: "A queue that was stopped opens sessions that nobody ends.",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: {
      test: "stop_all_test.ts",
      named:
        "stopAll() takes no more work from the step in which it is called (QUIESCENT_AFTER_STOP)",
    },
  },
  {
    ...QUEUE,
    id: "resume-connected",
    line: "    if (!home.connected) await this.#connections.resume(home, signal);\n",
    broken: "    await this.#connections.resume(home, signal);\n",
    why: "A resume of a session that is open replaces its handle, which nobody closes.",
    guarantee: "NO_CREATE_LEAK",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...QUEUE,
    id: "stop-discards",
    line: 'queued === "discard" ? this.#lanes.discard(home, cancelled("stopped")) : [];',
    broken: "[];",
    why: "What waited when the stop was asked for runs all the same.",
    guarantee: "STOP_CLEARS_ALL",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 3,
      lane: { operations: ["send a", "stop a"] },
    },
  },
  {
    ...QUEUE,
    id: "stop-keeps",
    line: 'queued === "discard" ? this.#lanes.discard(home, cancelled("stopped")) : [];',
    broken: 'this.#lanes.discard(home, cancelled("stopped"));',
    why: "A stop that is to keep what waits discards it.",
    guarantee: "STOP_CLEARS_ALL",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 3,
      lane: { operations: ["send a", "stop a keep"] },
    },
  },
  {
    ...QUEUE,
    id: "stop-level",
    line: '    if (level === "graceful") this.#lanes.stopTurn',
    broken: "    if (!level) this.#lanes.stopTurn",
    why: "A graceful stop cancels the turn at once (level-truthy).",
    guarantee: "CANCEL_LEVEL",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...QUEUE,
    id: "stop-deadline",
    line: "    await orAborted(within(this.#clock, turn.ended, deadlineMs), signal);\n",
    broken: "    await orAborted(turn.ended, signal);\n",
    why: "A stop waits for an agent that ignores it.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "stop_test.ts",
      named: "stop() returns at its deadline with asked, if the turn goes on (STOP_TERMINATES)",
    },
  },
  {
    ...ENDS,
    id: "end-shared",
    line: "    return this.#ends.run(session, () => this.#end(session, deadlineMs));\n",
    broken: "    return this.#end(session, deadlineMs);\n",
    why: "Two ends of one session do not know of each other, and neither does a revive.",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      test: "revive_test.ts",
      named:
        "a revive waits for an end under way, so that old and new are never both open (NO_RESURRECTION)",
    },
  },
  {
    ...QUEUE,
    id: "end-marks-anew",
    line: "    this.#connections.tombstones.add(session);\n    return await orAborted(report",
    broken: "    return await orAborted(report",
    why: "A revive that waits for an end does not see the one that was asked for after it.",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      test: "revive_test.ts",
      named:
        "an end that is asked for after a revive wins, also while the revive waits for an end (NO_RESURRECTION)",
    },
  },
  {
    ...DRAIN,
    id: "stop-all-once",
    line: "this.#report ??= this.#drain",
    broken: "this.#report = this.#drain",
    why: "A second stop takes from the first what it is to tell of, and its force.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "stop_all_test.ts",
      named: "stopAll() twice is one stop with one report (STOP_TERMINATES, A14)",
    },
  },
  {
    ...DRAIN,
    id: "stop-all-timer",
    line: "      drain.then(clear, clear);\n",
    broken: "",
    why: "A stop that is over leaves its timer behind.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: { adapter: "session_queue", operationsMax: 1 },
  },
  {
    ...ENDS,
    id: "mark-first",
    line: "    this.#connections.tombstones.add(home.key);\n    home.ending",
    broken:
      "    queueMicrotask(() => this.#connections.tombstones.add(home.key));\n    home.ending",
    why: "A session that is being ended takes a message, or is made anew, before it has its mark.",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      test: "end_test.ts",
      named:
        "turn.endSession() ends the session once the turn is over (NO_CREATE_LEAK, NO_RESURRECTION, self-end)",
    },
  },
  {
    ...ENDS,
    id: "mark-ending",
    line: "    home.ending = true;\n",
    broken: "",
    why: "A session that is being ended looks open as soon as its tombstone is forgotten.",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      test: "tombstones_test.ts",
      named:
        "a session that is being ended stays so, even if its tombstone is forgotten meanwhile (NO_RESURRECTION)",
    },
  },
  {
    ...ENDS,
    id: "mark-abandons",
    line: "    this.#connections.abandon(home, (how) => new SessionEndedError(home.key, how));\n",
    broken: "",
    why: "Whoever waits for a handle that hangs is not told that the session was ended.",
    guarantee: "FUTURE_SETTLES",
    killedBy: {
      test: "hanging_test.ts",
      named: "an end tells at once all who wait for a handle that does not come (FUTURE_SETTLES)",
    },
  },
  {
    ...ENDS,
    id: "mark-discards",
    line: '    return this.#lanes.discard(home, cancelled("ended"));\n',
    broken: "    return [];\n",
    why: "What waits runs on a session that was ended.",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      test: "end_test.ts",
      named:
        "end() marks first, lets the turn finish, and calls the agent's end last (NO_RESURRECTION, A11)",
    },
  },
  {
    ...ENDS,
    id: "end-finishes",
    line: "    if (turn !== undefined) await this.#finish(turn, deadlineMs);\n",
    broken: "",
    why:
      "The turn of a session that is ended is never told to stop, and its message is told of before it is over.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...ENDS,
    id: "end-awaits-handle",
    line: "    await within(this.#clock, this.#connections.settled(home), this.#limits.closeMs);\n",
    broken: "",
    why: "An end returns while a handle is still on its way.",
    guarantee: "NO_CREATE_LEAK",
    killedBy: {
      test: "end_test.ts",
      named: "end() while the session's handle is on its way: it is closed when it comes (A11)",
    },
  },
  {
    ...ENDS,
    id: "end-closes",
    line: "    const closed = await this.#connections.close(home);\n",
    broken: "    const closed = true;\n",
    why: "The agent's side of an ended session stays open for ever.",
    guarantee: "NO_CREATE_LEAK",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...ENDS,
    id: "revivable-again",
    line: "markNow !== undefined && markNow !== mark;\n    // What",
    broken: "markNow === undefined && markNow !== mark;\n    // What",
    why: "A session that was ended once more while its revive waited is brought back.",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      test: "revive_test.ts",
      named:
        "an end that is asked for after a revive wins, also while the revive waits for an end (NO_RESURRECTION)",
    },
  },
  {
    ...ENDS,
    id: "revivable-left",
    line: "    return !isEndedAgain && !isLeft;\n",
    broken: "    return !isEndedAgain;\n",
    why: "A session is revived beside its abandoned turn, which goes on.",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      test: "abandon_test.ts",
      named:
        "block: end() of a session with an abandoned turn returns; nothing revives it beside that turn (NO_RESURRECTION)",
    },
  },
  {
    ...ENDS,
    id: "finish-deadline",
    line: "    if (!waits && await within(this.#clock, turn.ended, deadlineMs)) return;\n",
    broken: "    if (!waits && await turn.ended) return;\n",
    why: "An end waits for an agent that never stops (hang-on-cancel).",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "end_test.ts",
      named:
        "end() returns although the agent ignores its cancel (STOP_TERMINATES, hang-on-cancel)",
    },
  },
  {
    ...ENDS,
    id: "finish-connecting",
    line: "    if (!waits && await within",
    broken: "    if (await within",
    why: "An end waits its whole time for a turn that waits for a handle it must not get.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...ENDS,
    id: "finish-cancels",
    line: '    this.#lanes.cancelTurn(turn, cancelled("ended"));\n',
    broken: "",
    why: "A turn that does not end by itself is never told that its session was ended.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...ENDS,
    id: "finish-over",
    line: "    await this.over(turn);\n",
    broken: "",
    why: "The agent's side is closed while the turn that was cancelled has not stopped yet.",
    guarantee: "SINGLE_TURN",
    killedBy: {
      test: "end_test.ts",
      named:
        "end({ deadlineMs: 0 }) cancels at once, and still lets the turn settle before the close (SINGLE_TURN)",
    },
  },
  {
    ...ENDS,
    id: "over-patience",
    line: "abandonAfterMs === Infinity ? this.#options.patienceMs : Infinity;",
    broken: "Infinity;",
    why: "Where turns are never given up, an end waits for an agent that ignores it.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "end_test.ts",
      named:
        "end() gives up on a turn that may never be abandoned after 5 s, and says asked (STOP_TERMINATES)",
    },
  },
  {
    ...QUEUE,
    id: "drain-marks",
    line: "    this.#draining = true;\n",
    broken: "",
    why: "A queue that stops goes on to take work.",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...DRAIN,
    id: "drain-forced",
    line: "    await Promise.race([chain.quiet(), forced]);\n",
    broken: "    await chain.quiet();\n",
    why: "A stop waits for agents that never end by themselves.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a", "shutdown"], racy: true },
    },
  },
  {
    ...DRAIN,
    id: "drain-waits",
    line: "    await Promise.race([chain.quiet(), forced]);\n",
    broken: "",
    why: "What runs is cancelled at once, whatever the deadline.",
    guarantee: "SHUTDOWN_ORDER",
    killedBy: {
      test: "stop_all_test.ts",
      named:
        "stopAll() lets finish what runs and what waits, then calls the agents' ends (SHUTDOWN_ORDER)",
    },
  },
  {
    ...DRAIN,
    id: "drain-discards-first",
    line:
      "    // What waits goes first: a turn that is cancelled must find nothing to hand the guard to.\n    this.#discardAll();\n",
    broken: "",
    why: "Each turn that the stop cancels starts the next one (shutdown-spawn).",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: {
      test: "stop_all_test.ts",
      named:
        "stopAll() cancels what is left at its deadline; what waits never starts (QUIESCENT_AFTER_STOP, shutdown-spawn)",
    },
  },
  {
    ...DRAIN,
    id: "drain-cancels-turns",
    line: '        this.#lanes.cancelTurn(turn, cancelled("draining"));\n',
    broken: "",
    why: "Turns that do not end by themselves are never told to stop.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a", "shutdown"], racy: true },
    },
  },
  {
    ...DRAIN,
    id: "drain-names-abandoned",
    line: "    for (const turn of chain.turns()) tally.abandoned.add(turn.key.key);\n",
    broken: "    tally.abandoned.clear();\n",
    why: "A stop does not say what goes on after it.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "stop_all_test.ts",
      named: "stopAll() names the sessions whose turn it had to abandon (STOP_TERMINATES)",
    },
  },
  {
    ...DRAIN,
    id: "drain-shuts",
    line: "    this.#connections.shut();\n",
    broken: "",
    why: "A handle that comes after the stop is installed, and nobody closes it.",
    guarantee: "NO_CREATE_LEAK",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a", "shutdown"], racy: true },
    },
  },
  {
    ...DRAIN,
    id: "drain-awaits-ends",
    line: "      ...ends.map((session) => this.#ends.underWay(session)),\n",
    broken: "",
    why: "A stop returns while an end is still closing its session.",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: {
      test: "stop_all_close_test.ts",
      named:
        "stopAll() waits for the close of a session whose turn it cancels during an end() (QUIESCENT_AFTER_STOP)",
    },
  },
  {
    ...DRAIN,
    id: "drain-closes-all",
    line: "      this.#closeAll(),\n",
    broken: "      { closed: 0, closeFailed: [] },\n",
    why: "The agent's side of every session stays open after the stop.",
    guarantee: "NO_CREATE_LEAK",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...DRAIN,
    id: "close-all-awaits",
    line: "    await within(this.#clock, Promise.all(pending), this.#limits.closeMs);\n",
    broken: "",
    why: "A stop returns while handles are still on their way in or out.",
    guarantee: "NO_CREATE_LEAK",
    killedBy: {
      test: "stop_all_close_test.ts",
      named: "a handle that comes after stopAll() has given up on it is closed (NO_CREATE_LEAK)",
    },
  },
];
