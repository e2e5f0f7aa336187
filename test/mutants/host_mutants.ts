import type { Mutant } from "./mutant.ts";

const HOST = { module: "host", file: "create_host.ts" } as const;
const SHUTDOWN = { module: "host", file: "shutdown.ts" } as const;

/** The lines of `modules/host` that keep a guarantee. */
export const HOST_MUTANTS: readonly Mutant[] = [
  {
    ...HOST,
    id: "intake-closes-queue",
    line: "          void queue.stopAll({ deadlineMs: Infinity });\n",
    broken: "",
    why: "A surface of one's own goes on to send after the intake was closed.",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: { adapter: "host", operationsMax: 2 },
  },
  {
    ...HOST,
    id: "intake-closes-chat",
    line: '          state = "draining";\n',
    broken: "",
    why: "The web chat goes on to take requests while the server stops.",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: {
      test: "create_host_test.ts",
      named:
        "a host starts, is ready, drains and is stopped, and never starts again (QUIESCENT_AFTER_STOP)",
    },
  },
  {
    ...HOST,
    id: "agents-end",
    line: '      { name: "agent", stop: () => agent.close?.() },\n      { name: "streams"',
    broken: '      { name: "streams"',
    why: "The agent is never told that the server stops.",
    guarantee: "SHUTDOWN_ORDER",
    killedBy: {
      test: "create_host_test.ts",
      named: "stop() tells the agent after the turns and before the transports (SHUTDOWN_ORDER)",
    },
  },
  {
    ...HOST,
    id: "turns-finish",
    line:
      "          turns = await queue.stopAll({ deadlineMs: leftMs - turnsTailMs(options, leftMs) });\n",
    broken:
      "          void queue.stopAll({ deadlineMs: leftMs - turnsTailMs(options, leftMs) });\n",
    why: "Transports close while turns still run.",
    guarantee: "SHUTDOWN_ORDER",
    killedBy: { adapter: "host", operationsMax: 2 },
  },
  {
    ...HOST,
    id: "turns-tail",
    line: "leftMs - turnsTailMs(options, leftMs)",
    broken: "leftMs",
    why: "Turns that ignore their cancel use up the time of the steps after them.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "create_host_test.ts",
      named: "turns are cancelled in time for the steps after them to be taken (STOP_TERMINATES)",
    },
  },
  {
    ...HOST,
    id: "stop-once",
    line: "stopping ??= stop(stopOptions)",
    broken: "stopping = stop(stopOptions)",
    why: "A second stop runs all steps once more beside the first.",
    guarantee: "SHUTDOWN_ORDER",
    killedBy: { adapter: "host", operationsMax: 2 },
  },
  {
    ...HOST,
    id: "close-agent-side",
    line: "    close: (handle) => handle.close(),\n",
    broken: "",
    why: "The agent's side of an ended session stays open for ever.",
    guarantee: "NO_CREATE_LEAK",
    killedBy: { adapter: "host", operationsMax: 1 },
  },
  {
    ...HOST,
    id: "level-passed-on",
    line: "handle.requestCancel?.(level)",
    broken: 'handle.requestCancel?.(level && "immediate")',
    why: "A graceful stop reaches the agent as an immediate one (level-truthy).",
    guarantee: "CANCEL_LEVEL",
    killedBy: { adapter: "host", operationsMax: 2 },
  },
  {
    ...HOST,
    id: "signal-passed-on",
    line: "        signal: turn.signal,\n",
    broken: "        signal: new AbortController().signal,\n",
    why: "The agent never hears that its turn was cancelled.",
    guarantee: "CANCEL_LEVEL",
    killedBy: {
      test: "create_host_test.ts",
      named: "both levels of a stop reach the agent, and what fails there is logged (CANCEL_LEVEL)",
    },
  },
  {
    ...HOST,
    id: "streams-closed",
    line: '      { name: "streams", stop: () => chat.closeStreams() },\n',
    broken: "",
    why: "Event streams, with their timers, outlive the host.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: {
      test: "create_host_test.ts",
      named:
        "the keep-alive of a stream runs on the host's clock, and ends with the stream (EVENTUALLY_IDLE)",
    },
  },
  {
    ...SHUTDOWN,
    id: "step-awaited",
    line: "    const { status, error } = await take(step, leftMs, clock);\n",
    broken:
      '    const { status, error } = await Promise.race([take(step, leftMs, clock), { status: "completed", error: undefined } as const]);\n',
    why: "Each step begins before the one before it has ended.",
    guarantee: "QUIESCENT_AFTER_STOP",
    killedBy: { adapter: "host", operationsMax: 2 },
  },
  {
    ...SHUTDOWN,
    id: "step-deadline",
    line: '    const timer = clock.setTimeout(() => resolve({ status: "timed-out" }), leftMs);\n',
    broken: "    const timer = undefined;\n",
    why: "One step that hangs keeps the later ones from being taken.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "shutdown_test.ts",
      named:
        "a step that hangs is left when the one deadline is over, and is logged (STOP_TERMINATES)",
    },
  },
  {
    ...SHUTDOWN,
    id: "step-timer",
    line: "      clock.clearTimeout(timer);\n",
    broken: "",
    why: "Each step that ended in time leaves a timer behind.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: { adapter: "host", operationsMax: 1 },
  },
  {
    ...SHUTDOWN,
    id: "step-fails",
    line: '      (error) => done({ status: "failed", error }),\n',
    broken: "      undefined,\n",
    why: "A step that fails is waited for until its time is over.",
    guarantee: "SHUTDOWN_ORDER",
    killedBy: {
      test: "shutdown_test.ts",
      named:
        "a step that throws, at once or later, is logged and keeps no later one from being taken (SHUTDOWN_ORDER)",
    },
  },
  {
    ...SHUTDOWN,
    id: "one-deadline",
    line: "Math.max(untilMs - startMs, STEP_MS_MIN)",
    broken: "deadlineMs",
    why: "Each step has the whole deadline, and the shutdown takes several.",
    guarantee: "STOP_TERMINATES",
    killedBy: {
      test: "shutdown_test.ts",
      named:
        "there is one deadline over all steps: each is told what is left of it (STOP_TERMINATES)",
    },
  },
  {
    ...SHUTDOWN,
    id: "step-minimum",
    line: "Math.max(untilMs - startMs, STEP_MS_MIN)",
    broken: "untilMs - startMs",
    why: "When time has run out the last steps are not taken at all.",
    guarantee: "SHUTDOWN_ORDER",
    killedBy: {
      test: "shutdown_test.ts",
      named:
        "a step has 250 ms at least, so that the last ones get their turn when time has run out (SHUTDOWN_ORDER)",
    },
  },
];
