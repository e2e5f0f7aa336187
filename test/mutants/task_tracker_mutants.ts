import type { Mutant } from "./mutant.ts";

const TASK = { module: "task-tracker", file: "task.ts" } as const;
const DRAIN = { module: "task-tracker", file: "drain.ts" } as const;
const TRACKER = { module: "task-tracker", file: "task_tracker.ts" } as const;
const REPORTER = { module: "task-tracker", file: "_reporter.ts" } as const;

/** The lines of `modules/task-tracker` that keep a guarantee. */
export const TASK_TRACKER: readonly Mutant[] = [
  {
    ...TASK,
    id: "task-cancel-late",
    line: '    if (this.#isSettled || this.#state === "cancelling") return;\n',
    broken: '    if (this.#state === "cancelling") return;\n',
    why: "A cancel reaches the signal of a task that is over, and whoever still listens to it.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "task_tracker_test.ts",
      named: "cancel() after the end aborts no signal and changes no result (CANCEL_TARGET)",
    },
  },
  {
    ...TASK,
    id: "task-first-step",
    line:
      '    if (this.#state !== "starting") return { status: "cancelled", reason: this.#reason };\n',
    broken: "",
    why: "A task that was cancelled before its first step runs all the same.",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: { adapter: "task_tracker", export: "slow", operationsMax: 2 },
  },
  {
    ...TASK,
    id: "task-acknowledged",
    line: '    if (this.#state === "acknowledging") this.#state = "starting";\n',
    broken: '    this.#state = "starting";\n',
    why: "A task that was cancelled while it was acknowledged runs all the same.",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: { adapter: "task_tracker", export: "slow", operationsMax: 2 },
  },
  {
    ...TASK,
    id: "task-settles",
    line: "value: await run(this.#controller.signal) };",
    broken: "value: run(this.#controller.signal) };",
    why: "A task has its result when it has only begun.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: { adapter: "task_tracker", operationsMax: 1 },
  },
  {
    ...TASK,
    id: "task-once",
    line: "    if (this.#isSettled) return false;\n",
    broken: "",
    why: "A task that was abandoned ends a second time when its function returns.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: {
      test: "task_tracker_drain_test.ts",
      named:
        "an abandoned task that ends late has ended once for its observer (EXACTLY_ONE_OUTCOME)",
    },
  },
  {
    ...TASK,
    id: "task-abort",
    line: "    this.#controller?.abort(this.#reason);\n",
    broken: "",
    why: "A task is never told that it was cancelled.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "task_tracker_test.ts",
      named:
        "cancel() aborts the signal with its reason, and only the first one counts (STOP_TERMINATES)",
    },
  },
  {
    ...TASK,
    id: "task-given-up",
    line: 'this.#isBusy ? { status: "abandoned" }',
    broken: 'this.#isBusy && this.#isSettled ? { status: "abandoned" }',
    why: "A task that ignored its cancel, and still runs, is told of as cancelled.",
    guarantee: "STOP_TERMINATES",
    killedBy: { adapter: "task_tracker", operationsMax: 2 },
  },
  {
    ...DRAIN,
    id: "drain-earliest",
    line: "Math.min(this.#deadlineAtMs, this.#parts.clock.now() + deadlineMs)",
    broken: "this.#parts.clock.now() + deadlineMs",
    why: "A later call with a later deadline prolongs a drain, for ever if it is called again.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "task_tracker_drain_test.ts",
      named:
        "of concurrent drains the earliest deadline and the shortest grace win (STOP_TERMINATES)",
    },
  },
  {
    ...DRAIN,
    id: "drain-shortest-grace",
    line: "Math.min(this.#cancelGraceMs, cancelGraceMs)",
    broken: "cancelGraceMs",
    why: "A later call with a longer grace prolongs a drain.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "task_tracker_drain_test.ts",
      named:
        "of concurrent drains the earliest deadline and the shortest grace win (STOP_TERMINATES)",
    },
  },
  {
    ...DRAIN,
    id: "drain-names",
    line: "    if (names.length < this.#parts.namesMax) names.push(name);\n",
    broken: "    names.push(name);\n",
    why: "A report lists as many names as there were tasks.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "task_tracker_limits_test.ts",
      named: "a report lists a bounded number of names and counts them all (BOUNDED_STATE)",
    },
  },
  {
    ...DRAIN,
    id: "drain-timer",
    line: "    this.#hasEnded = true;\n    this.#disarm();\n",
    broken: "    this.#hasEnded = true;\n",
    why: "A drain that is over leaves its timer behind.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: { adapter: "task_tracker", operationsMax: 1 },
  },
  {
    ...DRAIN,
    id: "drain-listeners",
    line:
      'for (const [signal, listener] of this.#signals) signal.removeEventListener("abort", listener);',
    broken: "",
    why: "A signal that lives longer than the drain keeps its listener.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "task_tracker_limits_test.ts",
      named: "drain() leaves no listener on its signal, however often it got it (BOUNDED_STATE)",
    },
  },
  {
    ...DRAIN,
    id: "drain-one-listener",
    line: "    if (this.#signals.has(signal)) return;\n",
    broken: "",
    why: "A drain that is asked for again with the same signal forgets a listener on it.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "task_tracker_limits_test.ts",
      named: "drain() leaves no listener on its signal, however often it got it (BOUNDED_STATE)",
    },
  },
  {
    ...DRAIN,
    id: "drain-aborted-already",
    line: "    if (signal.aborted) return this.#cancel(signal.reason);\n",
    broken: "",
    why: "A drain that has to be quick, and was told so before it began, takes its whole time.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "task_tracker_drain_test.ts",
      named: "a signal that is aborted already cancels at once (STOP_TERMINATES)",
    },
  },
  {
    ...DRAIN,
    id: "drain-grace-timer",
    line: "    this.#arm(); // before foreign",
    broken: "    // before foreign",
    why: "What ignores its cancel is waited for without an end.",
    guarantee: "STOP_TERMINATES",
    killedBy: { adapter: "task_tracker", operationsMax: 2 },
  },
  {
    ...DRAIN,
    id: "drain-abandons",
    line: "    if (this.#cancelledAtMs !== undefined) return this.#parts.abandonRest();\n",
    broken: "    if (this.#cancelledAtMs !== undefined) return;\n",
    why: "What ignores its cancel is waited for although its grace is over.",
    guarantee: "STOP_TERMINATES",
    killedBy: { adapter: "task_tracker", operationsMax: 2 },
  },
  {
    ...DRAIN,
    id: "drain-cancels-once",
    line: "    if (this.#hasEnded || this.#cancelledAtMs !== undefined) return;\n",
    broken: "",
    why: "Each abort that comes during the grace begins it anew.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "task_tracker_drain_test.ts",
      named:
        "a grace counts from the cancel, and a later abort or drain does not prolong it (STOP_TERMINATES)",
    },
  },
  {
    ...DRAIN,
    id: "drain-cancels",
    line: "    this.#parts.cancelRest(reason);\n",
    broken: "",
    why: "Nothing is asked to stop when the deadline comes.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "task_tracker_drain_test.ts",
      named: "at its deadline drain() cancels the rest and waits for their end (STOP_TERMINATES)",
    },
  },
  {
    ...TRACKER,
    id: "drain-until-quiet",
    line: "    while (this.#tasks.size > 0) await drain.woken();\n",
    broken: "    if (this.#tasks.size > 0) await drain.woken();\n",
    why: "A task that starts while the last one is followed up is not waited for.",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: {
      test: "task_tracker_drain_test.ts",
      named:
        "code that awaited the last task's settled can still follow it up (QUIESCENT_AFTER_STOP)",
    },
  },
  {
    ...TRACKER,
    id: "drain-closes",
    line: "    this.#phase = CLOSED;\n",
    broken: "    this.#phase = OPEN;\n",
    why: "A tracker that was drained starts what comes later.",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: { adapter: "task_tracker", operationsMax: 2 },
  },
  {
    ...TRACKER,
    id: "drain-cancelling",
    line: "        this.#phase = CANCELLING;\n",
    broken: "",
    why: "What is spawned while the rest is cancelled runs, and nobody cancels it.",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: {
      test: "task_tracker_drain_test.ts",
      named:
        "a spawn after the cancel began never runs, settles at once and is in the report (QUIESCENT_AFTER_STOP)",
    },
  },
  {
    ...TRACKER,
    id: "drain-gives-up",
    line: "        for (const [task, owner] of this.#tasks) owner.#end(task, task.givenUp());\n",
    broken: "",
    why: "What ignores its cancel is never given up.",
    guarantee: "STOP_TERMINATES",
    killedBy: { adapter: "task_tracker", operationsMax: 2 },
  },
  {
    ...TRACKER,
    id: "drain-shared",
    line: "    const drain = this.#drain ??= this.#newDrain();\n",
    broken: "    const drain = this.#drain = this.#newDrain();\n",
    why: "A second drain takes what the first one waits for, and the first one never ends.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      adapter: "task_tracker",
      operationsMax: 3,
      also: {
        EVENTUALLY_IDLE: "The first drain, which never ends, keeps the timer of its deadline.",
      },
    },
  },
  {
    ...TRACKER,
    id: "ack-stopped",
    line: "      if (task.isSettled) return resolve(handle);\n",
    broken: "",
    why: "A tracker that starts nothing any more acknowledges what comes.",
    guarantee: "ACK_TRUTH",
    killedBy: {
      test: "task_tracker_ack_test.ts",
      named: "a stopped tracker acknowledges nothing and answers with a cancelled task (ACK_TRUTH)",
    },
  },
  {
    ...TRACKER,
    id: "ack-first",
    line: "      acknowledge(options).then(\n",
    broken:
      "      Promise.resolve(options.run(new AbortController().signal)).then(() => acknowledge(options)).then(\n",
    why: "The work is done before it is acknowledged, and the sender sends it again.",
    guarantee: "ACK_BEFORE_DEADLINE",
    killedBy: { adapter: "task_tracker", operationsMax: 1 },
  },
  {
    ...TRACKER,
    id: "ack-abandoned",
    line: "      void task.settled.then(() => resolve(handle)); // abandoned",
    broken: "      // abandoned",
    why: "Whoever waits for an acknowledgement that never ends waits for ever.",
    guarantee: "FUTURE_SETTLES",
    killedBy: {
      test: "task_tracker_ack_test.ts",
      named:
        "an acknowledgement that never ends is abandoned and its caller gets an answer (FUTURE_SETTLES)",
    },
  },
  {
    ...TRACKER,
    id: "ack-failed",
    line: "    if (isCallers) this.#forget(task);\n",
    broken: "    if (isCallers) return isCallers;\n",
    why: "A task whose acknowledgement failed is kept for ever, and a drain waits for it.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: {
      test: "task_tracker_ack_test.ts",
      named:
        "a drain that waited for an acknowledgement that fails ends and does not count it (EVENTUALLY_IDLE)",
    },
  },
  {
    ...TRACKER,
    id: "lineage-phase",
    line: "phase = Math.max(phase, tracker.#phase);",
    broken: "phase = Math.max(phase, this.#phase);",
    why: "A child takes tasks although its parent is closed.",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: {
      test: "task_tracker_child_test.ts",
      named:
        "a child of a closed parent is closed, and its drain ends at once (QUIESCENT_AFTER_STOP)",
    },
  },
  {
    ...TRACKER,
    id: "lineage-tracks",
    line: "    else for (const tracker of this.#lineage) tracker.#tasks.set(task, this);\n",
    broken: "    else this.#tasks.set(task, this);\n",
    why: "A drain knows nothing of the tasks of children.",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: {
      adapter: "task_tracker",
      operationsMax: 2,
      also: {
        STOP_TERMINATES: "A drain that does not know a task does not name it as one that goes on.",
      },
    },
  },
  {
    ...TRACKER,
    id: "tasks-limit",
    line: "    if (!isStopped) this.#checkRoom(name);\n",
    broken: "",
    why: "As many tasks as come are started.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "task_tracker_test.ts",
      named:
        "a full tracker refuses a task with a typed error and takes one again after an end (BOUNDED_STATE)",
    },
  },
  {
    ...TRACKER,
    id: "tasks-limit-lineage",
    line:
      "    for (const tracker of this.#lineage) {\n      if (tracker.#tasks.size < tracker.#tasksMax) continue;\n",
    broken:
      "    for (const tracker of [this]) {\n      if (tracker.#tasks.size < tracker.#tasksMax) continue;\n",
    why: "A child for each session, and the limit of them all together holds for none.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "task_tracker_child_test.ts",
      named: "the parent's limit holds for its children together (BOUNDED_STATE)",
    },
  },
  {
    ...TRACKER,
    id: "task-fresh-stack",
    line: "    await null; // a fresh microtask",
    broken: "    // a fresh microtask",
    why: "A task that starts the next one runs it on its own stack, which grows with the chain.",
    guarantee: "BOUNDED_STACK",
    killedBy: {
      test: "task_tracker_test.ts",
      named: "spawn() never calls its function in the caller's frame (BOUNDED_STACK)",
    },
  },
  {
    ...TRACKER,
    id: "task-forgotten",
    line: "      tracker.#tasks.delete(task);\n",
    broken: "",
    why: "Every task there ever was is kept, and a drain waits for all of them.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: { adapter: "task_tracker", operationsMax: 1, lane: { operations: ["redeliver a"] } },
  },
  {
    ...TRACKER,
    id: "drain-woken",
    line: "      if (tracker.#tasks.size === 0) tracker.#drain?.wake();\n",
    broken: "",
    why: "A drain does not hear that the last task has ended.",
    guarantee: "STOP_TERMINATES",
    killedBy: { adapter: "task_tracker", operationsMax: 2 },
  },
  {
    ...REPORTER,
    id: "observer-throws",
    line: "  try {\n    callback();\n  } catch (error) {\n    surface(error);\n  }\n",
    broken: "  callback();\n",
    why: "An observer that throws keeps a task from ever being over.",
    guarantee: "FUTURE_SETTLES",
    killedBy: {
      test: "task_tracker_test.ts",
      named: "what onError or an observer throws surfaces and disturbs no task (FUTURE_SETTLES)",
    },
  },
];
