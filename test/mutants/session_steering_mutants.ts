import type { Mutant } from "./mutant.ts";

const AGENT = { module: "session-queue", file: "agent_turns.ts" } as const;
const LANES = { module: "session-queue", file: "lanes.ts" } as const;
const LINE = { module: "session-queue", file: "line.ts" } as const;
const STEERING = { module: "session-queue", file: "steering.ts" } as const;
const TURN = { module: "session-queue", file: "session_turn.ts" } as const;

/** The lines of `modules/session-queue` that keep a guarantee where messages steer a turn or roll it back. */
export const SESSION_STEERING: readonly Mutant[] = [
  {
    ...STEERING,
    id: "steer-head",
    line: "    const entry = line.head;\n",
    broken: "    const entry = line.tail;\n",
    why: "A message that steers overtakes what was sent before it.",
    guarantee: "FIFO",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 3,
      lane: { operations: ["send a", "send a steer"] },
    },
  },
  {
    ...STEERING,
    id: "steer-sender",
    line: "    if (entry.sender !== turn.item.sender) return false;\n",
    broken: "",
    why: "A message of another sender goes into the turn (mash).",
    guarantee: "MERGE_LOSSLESS",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a by s2", "send a steer"] },
    },
  },
  {
    ...STEERING,
    id: "steer-limit",
    line: "    return (turn.item.group?.steered.length ?? 0) < this.#options.limits.steerMax;\n",
    broken: "    return true;\n",
    why: "One turn takes as many messages as come.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "steer_test.ts",
      named: "one turn takes as many as steerMax (BOUNDED_STATE)",
    },
  },
  {
    ...STEERING,
    id: "steer-one-offer",
    line: " || task.offer !== undefined) return false;\n    if (!turn",
    broken: ") return false;\n    if (!turn",
    why: "What is on offer already is offered once more, and the agent has it twice (steer-twice).",
    guarantee: "FIFO",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 3,
      lane: { operations: ["send a", "send a steer late"] },
    },
  },
  {
    ...STEERING,
    id: "steer-steerable",
    line: "!task.isSteerable || ",
    broken: "",
    why: "A turn whose run is over takes a message that its agent never sees.",
    guarantee: "MERGE_LOSSLESS",
    killedBy: {
      test: "steer_test.ts",
      named:
        "once the run has settled nothing is offered, also while its reply is delivered (MERGE_LOSSLESS)",
    },
  },
  {
    ...STEERING,
    id: "steer-live",
    line: "    if (!turn.live || task.stopping) return false;\n",
    broken: "    if (task.stopping) return false;\n",
    why:
      "A message goes into a turn that was given up, whose outcome is told already, and has none.",
    guarantee: "FUTURE_SETTLES",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 3,
      lane: { operations: ["send a deaf", "stop a", "send a steer"], racy: true },
    },
  },
  {
    ...STEERING,
    id: "steer-stopping",
    line: "    if (!turn.live || task.stopping) return false;\n",
    broken: "    if (!turn.live) return false;\n",
    why: "A message that came after a graceful stop goes into the turn that was stopped.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "steer_stop_test.ts",
      named: "a turn that was asked to stop is offered nothing more (CANCEL_TARGET)",
    },
  },
  {
    ...STEERING,
    id: "steer-answer-fence",
    line: "    if (task.offer !== offer) return false;\n",
    broken: "",
    why:
      "An answer that comes when the turn takes nothing any more takes out what runs elsewhere by then.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 3,
      lane: { operations: ["send a", "send a steer late"], racy: true },
    },
  },
  {
    ...STEERING,
    id: "steer-answer-closes",
    line: "    if (task.offer !== offer) return false;\n    task.offer = undefined;\n",
    broken: "    if (task.offer !== offer) return false;\n",
    why:
      "What was refused counts as on offer: it can not be taken back, and nothing else is offered.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 3,
      lane: { operations: ["send a", "send a steer late", "withdraw a"] },
    },
  },
  {
    ...STEERING,
    id: "steer-truth",
    line: "    if (answer === true) this.#options.take",
    broken: "    if (answer !== undefined) this.#options.take",
    why: "A message that the turn refused goes into it, and nobody reads it (steer-lost).",
    guarantee: "MERGE_LOSSLESS",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a", "send a steer refuses"] },
    },
  },
  {
    ...STEERING,
    id: "steer-takes",
    line: "    if (answer === true) this.#options.take(entry, turn);\n    else if",
    broken: "    if",
    why: "A message that the turn has stays in line, and runs once more (steer-twice).",
    guarantee: "FIFO",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a", "send a steer"] },
    },
  },
  {
    ...STEERING,
    id: "steer-fate",
    line: "    else if (fate !== undefined) this.#options.takeOut(entry, fate);\n",
    broken: "",
    why: "A message that was withdrawn while it was on offer runs all the same (ghost-run).",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 3,
      lane: { operations: ["send a", "send a steer late", "withdraw a"] },
    },
  },
  {
    ...STEERING,
    id: "steer-patience",
    line: "    await within(this.#options.clock, offer.closed, this.#options.patienceMs);\n",
    broken: "    await offer.closed;\n",
    why: "An agent that never answers an offer holds up its session for ever.",
    guarantee: "FUTURE_SETTLES",
    killedBy: {
      test: "steer_test.ts",
      named:
        "an agent that never answers holds the session up no longer than abandonAfterMs (FUTURE_SETTLES, STALE_EFFECT_FENCED)",
    },
  },
  {
    ...STEERING,
    id: "steer-finish-closes",
    line: "    if (task.offer === offer) this.close(task);\n",
    broken: "",
    why: "An answer that comes after the turn takes the message out of the line of the next one.",
    guarantee: "STALE_EFFECT_FENCED",
    killedBy: {
      test: "steer_test.ts",
      named:
        "an agent that never answers holds the session up no longer than abandonAfterMs (FUTURE_SETTLES, STALE_EFFECT_FENCED)",
    },
  },
  {
    ...STEERING,
    id: "steer-close-fate",
    line: "    if (offer.fate !== undefined) this.#options.takeOut(offer.entry, offer.fate);\n",
    broken: "",
    why: "What a stop discards while it is on offer stays in line, and runs.",
    guarantee: "STOP_CLEARS_ALL",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 3,
      lane: { operations: ["send a", "send a steer late", "stop a"] },
    },
  },
  {
    ...STEERING,
    id: "steer-close-tells",
    line:
      '    offer.controller.abort(new DOMException("The turn takes nothing any more", "AbortError"));\n',
    broken: "",
    why:
      "An agent is not told that its answer does not count any more, and works on what it does not have.",
    guarantee: "STOP_CLEARS_ALL",
    killedBy: {
      test: "steer_stop_test.ts",
      named:
        "an immediate stop settles what is on offer at once, by its own policy (STOP_CLEARS_ALL)",
    },
  },
  {
    ...STEERING,
    id: "steer-back-tells",
    line:
      '    this.controller.abort(new DOMException(`The message is ${fate.status}`, "AbortError"));\n',
    broken: "",
    why: "An agent takes a message of which nobody told it that it was withdrawn.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "steer_stop_test.ts",
      named:
        "withdrawn while on offer: the agent is told, and what it does not have never runs (CANCEL_TARGET)",
    },
  },
  {
    ...LANES,
    id: "steer-cancel-closes",
    line: "    if (task?.offer !== undefined) this.#steering.close(task);\n",
    broken: "",
    why: "What a stop discards waits for the answer of an agent that was cancelled.",
    guarantee: "STOP_CLEARS_ALL",
    killedBy: {
      test: "steer_stop_test.ts",
      named:
        "an immediate stop settles what is on offer at once, by its own policy (STOP_CLEARS_ALL)",
    },
  },
  {
    ...LANES,
    id: "steer-back-asks",
    line: "    if (offer?.entry === entry) return offer.takeBack(outcome);\n",
    broken: "",
    why: "A message that the agent may have already is told of as cancelled.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 3,
      lane: { operations: ["send a", "send a steer late", "withdraw a"] },
    },
  },
  {
    ...LANES,
    id: "take-removes",
    line: "    session.line.remove(entry);\n    this.waiting--;\n    if",
    broken: "    this.waiting--;\n    if",
    why: "A message that the turn took stays in line, and runs once more (steer-twice).",
    guarantee: "FIFO",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a", "send a steer"] },
    },
  },
  {
    ...LANES,
    id: "take-counts",
    line: "    session.line.remove(entry);\n    this.waiting--;\n    if",
    broken: "    session.line.remove(entry);\n    if",
    why: "What turns took counts as waiting for ever, until the queue takes nothing any more.",
    guarantee: "BOUNDED_STATE",
    killedBy: {
      test: "steer_test.ts",
      named: "one turn takes as many as steerMax (BOUNDED_STATE)",
    },
  },
  {
    ...LANES,
    id: "take-timer",
    line:
      "    if (session.timer !== undefined && session.line.size === 0) {\n      this.#expiry.watch(session, Infinity);\n    }\n    entry.status",
    broken: "    entry.status",
    why: "A session whose last waiting message was taken by its turn keeps a timer.",
    guarantee: "EVENTUALLY_IDLE",
    killedBy: {
      test: "steer_stop_test.ts",
      named: "what a turn took does not expire any more, and leaves no timer (EVENTUALLY_IDLE)",
    },
  },
  {
    ...LANES,
    id: "take-status",
    line: '    entry.status = "running";\n    entry.group',
    broken: "    entry.group",
    why: "A message that the turn has is withdrawn as if it waited.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 3,
      lane: { operations: ["send a", "send a steer", "withdraw a"] },
    },
  },
  {
    ...LANES,
    id: "take-group",
    line: "    entry.group.steered.push(entry);\n",
    broken: "",
    why: "A message that the turn took has no outcome.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a", "send a steer"] },
    },
  },
  {
    ...LANES,
    id: "take-settles",
    line: "entry.group.others) this",
    broken: "entry.group.joined) this",
    why: "What the turn took while it ran has no outcome.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a", "send a steer"] },
    },
  },
  {
    ...AGENT,
    id: "run-finishes-offer",
    line: "        if (task.offer !== undefined) await steering.finish(task);\n",
    broken: "",
    why: "The next turn runs a message that the one before has, and has not said so yet.",
    guarantee: "FIFO",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a", "send a steer late"] },
    },
  },
  {
    ...AGENT,
    id: "run-closes-intake",
    line: "      } finally {\n        task.isSteerable = false;\n",
    broken: "      } finally {\n",
    why: "A message goes into a turn whose reply is being delivered.",
    guarantee: "MERGE_LOSSLESS",
    killedBy: {
      test: "steer_test.ts",
      named:
        "once the run has settled nothing is offered, also while its reply is delivered (MERGE_LOSSLESS)",
    },
  },
  {
    ...AGENT,
    id: "run-gone-closes-intake",
    line: "      } catch (error) {\n        task.isSteerable = false;\n",
    broken: "      } catch (error) {\n",
    why: "A message goes into a turn whose agent is gone, and is lost with it.",
    guarantee: "MERGE_LOSSLESS",
    killedBy: {
      test: "disconnect_test.ts",
      named:
        "a turn whose agent is gone takes no message, also while its handle is closed (MERGE_LOSSLESS)",
    },
  },
  {
    ...AGENT,
    id: "deliver-of-any",
    line: "entry.all.find(({ options }) => options.deliver !== undefined)?.options",
    broken: "entry.options",
    why: "The reply to messages that a turn took is delivered to none of them.",
    guarantee: "MERGE_LOSSLESS",
    killedBy: {
      test: "steer_test.ts",
      named:
        "the reply is delivered once, by the first that can, also if that was steered in (MERGE_LOSSLESS)",
    },
  },
  {
    ...AGENT,
    id: "rollback-connecting",
    line: "    if (rollback === undefined || task.isConnecting) return;\n",
    broken: "    if (rollback === undefined) return;\n",
    why: "An agent that was never called drops the exchange before.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "rollback_test.ts",
      named: "an agent that was never called has nothing to roll back (CANCEL_TARGET)",
    },
  },
  {
    ...AGENT,
    id: "rollback-after-work",
    line: "      await task.whenWorked();\n",
    broken: "",
    why: "What the work still writes after the rollback stays in the transcript.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a", "send a rollback"], racy: true },
    },
  },
  {
    ...AGENT,
    id: "rollback-after-cancel",
    line: "      await asked;\n",
    broken: "",
    why: "The agent's own cancel, still under way, hits the rollback.",
    guarantee: "CANCEL_LEVEL",
    killedBy: {
      test: "rollback_test.ts",
      named: "it comes after the agent's own cancel, which would hit it otherwise (CANCEL_LEVEL)",
    },
  },
  {
    ...AGENT,
    id: "rollback-abandoned",
    line: 'turn.state !== "running" || turn',
    broken: "turn",
    why: "The late rollback of a turn that was given up drops what the next one did.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a", "send a rollback"], racy: true },
    },
  },
  {
    ...AGENT,
    id: "rollback-delivered",
    line: " || turn.item.delivered) return;",
    broken: ") return;",
    why: "An exchange whose reply is out is dropped from the transcript.",
    guarantee: "EXACTLY_ONE_OUTCOME",
    killedBy: {
      test: "rollback_test.ts",
      named:
        "an exchange whose reply is out is not rolled back: it is completed (EXACTLY_ONE_OUTCOME)",
    },
  },
  {
    ...AGENT,
    id: "rollback-awaited",
    line: "    turn.waitUntil(call());\n",
    broken: "    void call();\n",
    why: "The next turn reads what is being rolled back (rollback-late).",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a", "send a rollback"] },
    },
  },
  {
    ...AGENT,
    id: "rollback-call-awaited",
    line: '      await this.#call(turn, "rollback"',
    broken: '      void this.#call(turn, "rollback"',
    why: "The next turn reads what is being rolled back (rollback-late).",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a", "send a rollback"] },
    },
  },
  {
    ...AGENT,
    id: "rollback-after-failure",
    line: "    } finally {\n      task.worked();\n    }\n",
    broken: "    } finally {}\n",
    why: "A turn that is to be rolled back waits for its own end for ever.",
    guarantee: "NO_ORPHAN_GUARD",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a", "send a rollback"], racy: true },
      also: {
        CANCEL_TARGET: "Given up for hung, it is not rolled back, and the next turn runs on it.",
      },
    },
  },
  {
    ...TURN,
    id: "rollback-worked-before",
    line: "this.#hasWorked ? Promise.resolve() : new",
    broken: "new",
    why: "A turn that has worked when its rollback is asked for never ends.",
    guarantee: "FUTURE_SETTLES",
    killedBy: {
      test: "rollback_test.ts",
      named:
        "a turn that is cancelled when its run is over, but not its end, is rolled back too (FUTURE_SETTLES)",
    },
  },
  {
    ...AGENT,
    id: "hook-fails",
    line: "        this.#options.onError(error, { session: turn.key.key, action });\n",
    broken: "        throw error;\n",
    why: "An agent that fails to roll back takes the turn, or the process, with it.",
    guarantee: "FUTURE_SETTLES",
    killedBy: {
      test: "rollback_test.ts",
      named:
        "a rollback that fails goes to onError, and the message runs all the same (FUTURE_SETTLES)",
    },
  },
  {
    ...LANES,
    id: "rollback-hit",
    line: "    if (isHit && task !== undefined && entry",
    broken: "    if (task !== undefined && entry",
    why:
      "A turn that a stop cancelled, and that keeps its exchange, is rolled back by who comes after.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      test: "rollback_test.ts",
      named:
        "only who interrupted rolls back: not a second one, nor one that came after a stop (CANCEL_TARGET)",
    },
  },
  {
    ...LANES,
    id: "rollback-policy",
    line: ' && entry.policy === "rollback") {',
    broken: ") {",
    why: "A message that only interrupts drops the exchange from the transcript.",
    guarantee: "CANCEL_TARGET",
    killedBy: {
      adapter: "session_queue",
      operationsMax: 2,
      lane: { operations: ["send a", "send a interrupt"] },
    },
  },
  {
    ...LINE,
    id: "rollback-order",
    line: ' || behind?.policy === "rollback") behind',
    broken: ") behind",
    why: "Of two messages that roll back the second runs first.",
    guarantee: "FIFO",
    killedBy: {
      test: "rollback_test.ts",
      named:
        "what waits stays in order behind it, or is superseded; of two the first goes first (FIFO)",
    },
  },
];
