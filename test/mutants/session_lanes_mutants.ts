import type { Mutant } from "./mutant.ts";

const LANES = { module: "session-queue", file: "lanes.ts" } as const;
const AGENT = { module: "session-queue", file: "agent_turns.ts" } as const;
const EXPIRY = { module: "session-queue", file: "expiry.ts" } as const;

/** The lines of `lanes.ts` that keep a guarantee: the messages, from their place in line to the outcome. */
export const SESSION_LANES: readonly Mutant[] = [
  {
    ...LANES,
    id: "waiting-limit",
    line: "home.line.size >= this.#limits.waitingMax ||\n",
    broken: "home.line.size < 0 ||\n",
    why: "As many messages as come wait on one session.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "limits_test.ts",
      named:
        "a line that is full rejects one more, and takes it once there is room (BOUNDED_STATE, false-ack)",
    },
  },
  {
    ...LANES,
    id: "waiting-total-limit",
    line: "      this.waiting >= this.#limits.waitingTotalMax;\n",
    broken: "      this.waiting < 0;\n",
    why: "As many messages as come wait on all sessions together.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "limits_test.ts",
      named:
        "waitingTotalMax limits what waits on all sessions, not what can run at once (BOUNDED_STATE)",
    },
  },
  {
    ...LANES,
    id: "place-busy",
    line: "      if (turn !== undefined) return this.#placeBusy(entry, turn, isFull);\n",
    broken: "      if (home.task !== undefined) return this.#placeBusy(entry, turn!, isFull);\n",
    why: "A session whose turn has its guard but has not begun passes for idle.",
    guarantee: "ATOMIC_CLAIM",
    killedBy: {
      test: "policies_test.ts",
      named: "reject refuses beside a turn that has its guard but has not begun (ATOMIC_CLAIM)",
    },
  },
  {
    ...LANES,
    id: "place-wakes",
    line: "    this.chain.wake(home);\n",
    broken: "",
    why: "A message on an idle session waits for somebody else to come.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...LANES,
    id: "withdraw-other",
    line: "    if (turn?.item !== entry || entry.group !== undefined) return false;\n",
    broken: "    if (turn === undefined || entry.group !== undefined) return false;\n",
    why: "A message that is over takes the turn that runs now with it.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "withdraw_test.ts",
      named: "withdraw() after the end, or of a rejected message, does nothing (CANCEL_TARGET)",
    },
  },
  {
    ...LANES,
    id: "withdraw-group",
    line: "    if (turn?.item !== entry || entry.group !== undefined) return false;\n",
    broken: "    if (turn?.item !== entry) return false;\n",
    why: "A message that is taken back cancels the others that run in its turn.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "withdraw_test.ts",
      named: "in a turn of several messages none can be withdrawn any more (CANCEL_TARGET)",
    },
  },
  {
    ...LANES,
    id: "discard-once",
    line: '      if (entry.status === "waiting") this.#takeOut(entry, outcome);\n',
    broken: "      this.#takeOut(entry, outcome);\n",
    why: "A message that is withdrawn while the line is discarded gets a second outcome.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: {
      test: "observer_test.ts",
      named:
        "an observer that withdraws what is being discarded gives nothing a second outcome (EXACTLY_ONE_OUTCOME)",
    },
  },
  {
    ...LANES,
    id: "discard-all",
    line: "    for (const entry of entries) {\n      // The outcome of an earlier",
    broken: "    for (const entry of entries.slice(0, 1)) {\n      // The outcome of an earlier",
    why: "A stop drops the head of the line and runs its tail (stop-tail).",
    guarantee: "STOP_CLEARS_ALL",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 4,
      lane: { operations: ["send a", "stop a"], deviationsMax: 2 },
    },
  },
  {
    ...LANES,
    id: "cancel-live",
    line: "    if (!turn.live) return false;\n",
    broken: "",
    why: "A turn that was cancelled before is asked again, and its message's fate is another one.",
    guarantee: "CANCEL_LEVEL",
    killedBy: {
      test: "request_cancel_test.ts",
      named:
        "requestCancel is not called for a turn that has not begun, nor twice for one turn (CANCEL_LEVEL)",
    },
  },
  {
    ...LANES,
    id: "cancel-fate",
    line: "    turn.item.fate = fate;\n",
    broken: "",
    why: "A message that another one replaced is told of as stopped by somebody.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: {
      test: "policies_test.ts",
      named:
        "interrupt cancels the running turn and starts once that has settled (CANCEL_TARGET, EXACTLY_ONE_OUTCOME, overlap-cancel)",
    },
  },
  {
    ...LANES,
    id: "cancel-interrupts",
    line: "    turn.interrupt(new DOMException",
    broken: "    void (new DOMException",
    why: "A turn that is stopped is never told.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a", "shutdown"], racy: true },
      also: {
        STALE_EFFECT_FENCED:
          "The turn of which the stop says that it is cancelled is live, and replies.",
      },
    },
  },
  {
    ...LANES,
    id: "cancel-asks-agent",
    line: '    if (task !== undefined) this.#agent.requestCancel(turn, task, "immediate");\n',
    broken: "",
    why: "The agent's own cancel is not called.",
    guarantee: "CANCEL_LEVEL",
    killedBy: {
      test: "request_cancel_test.ts",
      named:
        "requestCancel is called with the level, and what it returns is awaited (CANCEL_LEVEL, A12)",
    },
  },
  {
    ...LANES,
    id: "stop-not-begun",
    line: "    if (task === undefined || task.isConnecting) {\n",
    broken: "    if (task === undefined) {\n",
    why: "A graceful stop lets a turn begin that had not begun when it was asked for.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "hanging_test.ts",
      named:
        "a stop, graceful or not, of a turn that waits for its handle: it never begins (CANCEL_TARGET)",
    },
  },
  {
    ...LANES,
    id: "stop-graceful",
    line: "      task.stopping = true;\n",
    broken: "      task.stopping = true;\n      turn.interrupt();\n",
    why: "A graceful stop aborts the turn.",
    guarantee: "CANCEL_LEVEL",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...LANES,
    id: "stop-graceful-level",
    line: '      this.#agent.requestCancel(turn, task, "graceful");\n',
    broken: '      this.#agent.requestCancel(turn, task, "immediate");\n',
    why: "A graceful stop reaches the agent as an immediate one.",
    guarantee: "CANCEL_LEVEL",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...LANES,
    id: "forget-open",
    line: "    if (session.connected || session.line.size > 0) return;\n",
    broken: "    if (session.line.size > 0) return;\n",
    why: "A session that is open is forgotten with its handle, which nobody closes.",
    guarantee: "NO_CREATE_LEAK",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...LANES,
    id: "forget-busy",
    line: "    if (this.chain.turnOf(session) !== undefined) return;\n",
    broken: "",
    why: "A session is forgotten while its turn runs, and the next message makes another one.",
    guarantee: "SINGLE_TURN",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 3,
      lane: { operations: ["send a", "disconnect a", "resume a gone"] },
      also: {
        GUARD_WHILE_RUNNING: "The turn of a session that is forgotten runs without a guard.",
      },
    },
  },
  {
    ...LANES,
    id: "forget-pending",
    line: "    if (this.#options.connections.isPending(session)) return;\n",
    broken: "",
    why:
      "A session is forgotten while its handle is on its way in or out, and another one takes its name.",
    guarantee: "NO_CREATE_LEAK",
    killedBy: { adapter: "session_queue", operationsMax: 3 },
  },
  {
    ...LANES,
    id: "forget",
    line:
      "    if (this.sessions.get(session.key) === session) this.sessions.delete(session.key);\n",
    broken: "",
    why: "Every session that ever ran is kept.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "bounded_test.ts",
      named:
        "100,000 sessions without an agent's side cost nothing once they are idle (BOUNDED_STATE)",
    },
  },
  {
    ...LANES,
    id: "interrupt-cancels",
    line: "    const isHit = this.cancelTurn(turn, fate);\n",
    broken: "    const isHit = turn.live && false;\n",
    why: "A message that is to interrupt waits for the turn to end by itself.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "policies_test.ts",
      named:
        "interrupt cancels the running turn and starts once that has settled (CANCEL_TARGET, EXACTLY_ONE_OUTCOME, overlap-cancel)",
    },
  },
  {
    ...LANES,
    id: "interrupt-first",
    line: "    entry.home.line.interrupt(entry);\n",
    broken: "    entry.home.line.push(entry);\n",
    why: "What waited runs before the message that interrupts.",
    guarantee: "FIFO",
    killedBy: {
      test: "policies_test.ts",
      named: "interrupt keeps what waits behind it, in order (FIFO)",
    },
  },
  {
    ...LANES,
    id: "supersede-discards",
    line: "    if (replaces) this.discard(entry.home, fate);\n",
    broken: "",
    why: "What a message replaces runs after it.",
    guarantee: "STOP_CLEARS_ALL",
    killedBy: {
      test: "policies_test.ts",
      named: "interrupt with queued: supersede supersedes what waits (STOP_CLEARS_ALL)",
    },
  },
  {
    ...LANES,
    id: "collect-sender",
    line: "host.sender !== entry.sender) host",
    broken: "host.sender === undefined) host",
    why: "Messages of two senders are joined into one turn (mash).",
    guarantee: "MERGE_LOSSLESS",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 3,
      lane: { operations: ["send a", "send a collect", "send a collect by s2"] },
    },
  },
  {
    ...LANES,
    id: "collect-overtakes",
    line: "host.sender !== entry.sender) host",
    broken: '(host.sender !== entry.sender || host.policy !== "collect")) host',
    why: "A message that is collected overtakes what its sender sent since.",
    guarantee: "FIFO",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 4,
      lane: { operations: ["send a", "send a collect"], deviationsMax: 2 },
    },
  },
  {
    ...LANES,
    id: "collect-limit",
    line: " || host.count >= this.#limits.collectMax) return false;",
    broken: ") return false;",
    why: "As many messages as come are collected into one turn.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "collect_test.ts",
      named:
        "collect joins at most collectMax messages into a turn and begins another one (BOUNDED_STATE)",
    },
  },
  {
    ...LANES,
    id: "stand-counts",
    line: "    this.waiting++;\n",
    broken: "",
    why: "What waits on all sessions is not counted, and its limit never met.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "limits_test.ts",
      named:
        "waitingTotalMax limits what waits on all sessions, not what can run at once (BOUNDED_STATE)",
    },
  },
  {
    ...LANES,
    id: "stand-watches",
    line:
      "    if (entry.expiresAtMs < entry.home.timerAtMs) this.#expiry.watch(entry.home, entry.expiresAtMs);\n",
    broken: "",
    why: "A message behind a turn that never ends waits for ever, whatever its limit.",
    guarantee: "FUTURE_SETTLES",
    killedBy: {
      test: "expiry_test.ts",
      named: "a message that waits longer than waitMs is expired, and never runs (FUTURE_SETTLES)",
    },
  },
  {
    ...LANES,
    id: "take-out",
    line: "    entry.home.line.remove(entry);\n",
    broken: "",
    why: "A message that was taken back has its outcome and runs all the same (ghost-run).",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 3,
      lane: { operations: ["send a", "withdraw a"] },
    },
  },
  {
    ...LANES,
    id: "take-out-counts",
    line: "    this.waiting--;\n    this.#settle(",
    broken: "    this.#settle(",
    why: "What was taken back counts as waiting for ever, until the queue takes nothing any more.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "limits_test.ts",
      named: "what was taken back makes room on all sessions (BOUNDED_STATE)",
    },
  },
  {
    ...LANES,
    id: "next-counts",
    line: "    this.waiting -= entry.count;\n",
    broken: "",
    why: "What has run counts as waiting for ever, until the queue takes nothing any more.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "limits_test.ts",
      named:
        "waitingTotalMax limits what waits on all sessions, not what can run at once (BOUNDED_STATE)",
    },
  },
  {
    ...LANES,
    id: "next-expires",
    line: "      this.#expiry.settleDue(session, (entry, now) => entry.expiresAtMs < now);\n",
    broken: "",
    why: "A message that waited too long is run, because its timer has not come yet.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "expiry_test.ts",
      named:
        "a message whose time is up when its turn would begin is expired, and the next one runs (CANCEL_TARGET)",
    },
  },
  {
    ...LANES,
    id: "next-timer",
    line:
      "    if (session.timer !== undefined && session.line.size === 0) {\n      this.#expiry.watch(session, Infinity);\n    }\n    this.waiting -=",
    broken: "    this.waiting -=",
    why: "A session for which nothing waits any more keeps a timer.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: {
      test: "expiry_test.ts",
      named:
        "the timer goes when the last message that can expire has begun or was taken out (EVENTUALLY_IDLE)",
    },
  },
  {
    ...LANES,
    id: "next-status",
    line: '    entry.status = "running";\n    if (entry',
    broken: "    if (entry",
    why:
      "A message that runs and is taken back is told of as cancelled, and its turn goes on to reply.",
    guarantee: "STALE_EFFECT_FENCED",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a", "withdraw a"] },
      also: { CANCEL_TARGET: "The turn of a message that was taken back goes on." },
    },
  },
  {
    ...LANES,
    id: "next-status-joined",
    line: 'for (const one of entry.group.joined) one.status = "running";',
    broken: "",
    why: "A message that runs inside another one's turn is taken back, and has run all the same.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "withdraw_test.ts",
      named: "in a turn of several messages none can be withdrawn any more (CANCEL_TARGET)",
    },
  },
  {
    ...AGENT,
    id: "connect-again",
    line: "    while (connections.isNeeded(session)) await",
    broken: "    if (connections.isNeeded(session)) await",
    why: "A handle that was lost again while it was waited for is given to the agent.",
    guarantee: "RESUME_FIDELITY",
    killedBy: {
      test: "disconnect_test.ts",
      named:
        "a handle that is lost as soon as it has come is not given to the agent (RESUME_FIDELITY)",
    },
  },
  {
    ...AGENT,
    id: "connect-cancelled",
    line: "    if (turn.interrupted) throw turn.signal.reason;\n",
    broken: "",
    why: "A turn that was cancelled while it waited for its handle begins all the same.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "hanging_test.ts",
      named:
        "a stop at any microtask of a resume: a turn that it cancelled never begins (CANCEL_TARGET)",
    },
  },
  {
    ...AGENT,
    id: "gone-closes",
    line: "        await connections.closeIf(session, task.connection);\n",
    broken: "",
    why: "A handle whose session is gone is given to the next turn.",
    guarantee: "RESUME_FIDELITY",
    killedBy: {
      test: "disconnect_test.ts",
      named:
        "a turn that fails with SessionGoneError drops its handle: the next one asks again (RESUME_FIDELITY)",
    },
  },
  {
    ...AGENT,
    id: "gone-abandoned",
    line: 'error instanceof SessionGoneError && turn.state === "running"',
    broken: "error instanceof SessionGoneError",
    why: "An abandoned turn closes the handle that its successor uses.",
    guarantee: "STALE_EFFECT_FENCED",
    killedBy: {
      test: "disconnect_test.ts",
      named:
        "an abandoned turn's SessionGoneError leaves the next turn its handle (STALE_EFFECT_FENCED)",
    },
  },
  {
    ...AGENT,
    id: "deliver-fence",
    line: "      if (deliver === undefined || !turn.live) return value;\n",
    broken: "      if (deliver === undefined) return value;\n",
    why: "The reply of a turn that was cancelled is delivered (late-reply).",
    guarantee: "STALE_EFFECT_FENCED",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...AGENT,
    id: "deliver-awaited",
    line: "      await deliver(value, turn.signal);\n",
    broken: "      void deliver(value, turn.signal);\n",
    why: "The turn is over before its reply is out, and a stop loses it (busy-early).",
    guarantee: "SHUTDOWN_ORDER",
    killedBy: { adapter: "session_queue", operationsMax: 2 },
  },
  {
    ...AGENT,
    id: "deliver-truth",
    line: "      entry.delivered = true;\n",
    broken: "",
    why: "A message whose reply is out is told of as cancelled.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: {
      test: "deliver_test.ts",
      named:
        "a reply that got out in spite of a cancel is completed: anything else would not be true (EXACTLY_ONE_OUTCOME)",
    },
  },
  {
    ...LANES,
    id: "ended-settles",
    line: "    this.#settle(entry, outcome);\n    if (entry.group !== undefined) {\n",
    broken: "    if (entry.group !== undefined) {\n",
    why: "A message that ran has no outcome.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: { adapter: "session_queue", operationsMax: 1 },
  },
  {
    ...LANES,
    id: "ended-settles-joined",
    line: "      for (const other of entry.group.others) this.#settle(other, joined);\n",
    broken: "",
    why: "Of several messages in one turn only the first has an outcome (batch-tail).",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: { adapter: "session_queue", operationsMax: 3 },
  },
  {
    ...LANES,
    id: "ended-ends-session",
    line: "    if (task?.endsSession) this.#options.endSession(session);\n",
    broken: "",
    why: "A session whose turn asked for its end stays open for ever (self-end).",
    guarantee: "NO_CREATE_LEAK",
    killedBy: {
      test: "end_test.ts",
      named:
        "turn.endSession() ends the session once the turn is over (NO_CREATE_LEAK, NO_RESURRECTION, self-end)",
    },
  },
  {
    ...LANES,
    id: "end-after-marks",
    line: "    this.#options.markEnded(task.first.home);\n",
    broken: "",
    why: "A session whose turn asked for its end goes on to take messages.",
    guarantee: "NO_RESURRECTION",
    killedBy: {
      test: "end_test.ts",
      named:
        "turn.endSession() ends the session once the turn is over (NO_CREATE_LEAK, NO_RESURRECTION, self-end)",
    },
  },
  {
    ...AGENT,
    id: "cancel-awaited",
    line: "    task.asked = asked;\n    turn.waitUntil(asked);\n",
    broken: "    task.asked = asked;\n",
    why: "The next turn begins while the agent's own cancel is under way, which then hits it.",
    guarantee: "CANCEL_LEVEL",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 3,
      lane: { operations: ["send a", "stop a"] },
    },
  },
  {
    ...AGENT,
    id: "cancel-patience",
    line: "within(this.#options.clock, call(), this.#options.patienceMs)",
    broken: "call()",
    why: "An agent's own cancel that hangs holds up its session for ever.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "request_cancel_test.ts",
      named:
        "a cancel that hangs holds up the next turn no longer than abandonAfterMs (STOP_TERMINATES)",
    },
  },
  {
    ...AGENT,
    id: "cancel-connecting",
    line: "    if (requestCancel === undefined || task.isConnecting) return;\n",
    broken: "    if (requestCancel === undefined) return;\n",
    why: "An agent that knows nothing of the turn yet is asked to cancel, and cancels another one.",
    guarantee: "CANCEL_LEVEL",
    killedBy: { adapter: "session_queue", operationsMax: 3 },
  },
  {
    ...EXPIRY,
    id: "watch-clears",
    line: "    if (session.timer !== undefined) clock.clearTimeout(session.timer);\n",
    broken: "",
    why: "Each message that may expire leaves a timer behind.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: { adapter: "session_queue", operationsMax: 1 },
  },
  {
    ...EXPIRY,
    id: "expire-once",
    line: '      if (entry.status !== "waiting") continue;\n',
    broken: "",
    why: "A message that is withdrawn while others expire gets a second outcome.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: {
      test: "expiry_test.ts",
      named:
        "an observer that withdraws what expires next gives it no second outcome (EXACTLY_ONE_OUTCOME)",
    },
  },
  {
    ...LANES,
    id: "abandoned-outcome",
    line: '      return { status: "abandoned" };\n',
    broken: '      return entry.fate ?? { status: "abandoned" };\n',
    why: "A message whose turn goes on is told of as cancelled.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: {
      test: "abandon_test.ts",
      named:
        "a turn that ignores its cancel is abandoned after abandonAfterMs, not before (EXACTLY_ONE_OUTCOME)",
    },
  },
];
