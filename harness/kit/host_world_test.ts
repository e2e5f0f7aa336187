import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf } from "../ledger.ts";
import { GUARANTEES } from "../oracles/oracles.ts";
import { formatTape, parseTape } from "../sim/tape.ts";
import { traceHashOf } from "../trace_hash.ts";
import { goodHost } from "./_test_hosts.ts";
import { type HostAdapter, type HostOutcome, RejectedError } from "./adapter.ts";
import { parseOperations } from "./operations.ts";
import { type Lane, playStory } from "./story.ts";

/** Plays a story and returns what is asked about it. */
async function play(
  adapter: HostAdapter,
  operations: string,
  options: { tape?: string } & Lane = {},
) {
  const { tape = "0", ...lane } = options;
  const playback = await playStory({ adapter, judged: GUARANTEES }, {
    operations: parseOperations(operations),
    tape: parseTape(tape),
    lane,
  });
  const { ledger, broken, situations } = playback.world;
  const lines = ledger.records.map(lineOf);
  return { lines, broken, situations, ledger, schedule: playback.schedule, tape: playback.tape };
}

/** The least host: it passes each message to the agent. */
function hostOf(
  send: (
    env: Parameters<HostAdapter["create"]>[0],
  ) => (session: string, message: string) => unknown,
  rest: Partial<HostAdapter> = {},
): HostAdapter {
  return { name: "test host", create: (env) => ({ send: send(env) }), ...rest };
}

test("a plain story: messages arrive, runs end, outcomes come, and nothing is broken", async () => {
  const { lines, broken, schedule } = await play(goodHost, "send a; send a");
  assert.deepEqual(schedule, ["send a (m1)", "send a (m2)", "run 1 ends", "run 2 ends"]);
  assert.deepEqual(broken, []);
  const kept = lines.filter((line) => /^a\/.* run \d|^a\/.*outcome|^rest/.test(line));
  assert.deepEqual(kept, [
    "a/m1 run 1: call",
    "a/m1 run 1: end",
    "a/m2 run 2: call",
    "a/m1 outcome: completed",
    "a/m2 run 2: end",
    "a/m2 outcome: completed",
    "rest: {}",
  ]);
});

test("the tape decides the order, and the same tape tells the same story", async () => {
  const first = await play(goodHost, "send a; send a; stop a", { tape: "0.1" });
  assert.deepEqual(first.schedule.slice(0, 3), ["send a (m1)", "run 1 ends", "send a (m2)"]);
  const again = await play(goodHost, "send a; send a; stop a", { tape: formatTape(first.tape) });
  assert.equal(traceHashOf(again.ledger), traceHashOf(first.ledger));
  const other = await play(goodHost, "send a; send a; stop a");
  assert.notEqual(traceHashOf(other.ledger), traceHashOf(first.ledger));
});

test("an agent throws, or ignores its abort, as the operation says", async () => {
  const throwing = await play(goodHost, "send a throws");
  assert.ok(throwing.lines.includes("a/m1 outcome: failed"));
  assert.ok(throwing.situations.has("a turn that fails"));
  const deaf = await play(goodHost, "send a deaf; stop a");
  assert.deepEqual(deaf.schedule, ["send a deaf (m1)", "stop a", "run 1 ends at last"]);
  assert.ok(deaf.lines.includes("a/m1 run 1: ignore"));
  assert.equal(deaf.ledger.msOf(deaf.ledger.records.length - 1), 3_600_000);
});

test("an aborted agent stops with the signal's reason, or ends first", async () => {
  const stops = await play(goodHost, "send a; stop a", { tape: "0.0.0.1" });
  assert.deepEqual(stops.schedule, ["send a (m1)", "stop a", "run 1 stops"]);
  assert.ok(stops.lines.includes("a/m1 outcome: cancelled"));
  const ends = await play(goodHost, "send a; stop a");
  assert.deepEqual(ends.schedule, ["send a (m1)", "stop a", "run 1 ends"]);
  assert.ok(ends.lines.includes("a/m1 outcome: completed"));
});

test("a caller withdraws its message, running or waiting", async () => {
  const waiting = await play(goodHost, "send a; send a; withdraw a");
  assert.ok(waiting.lines.includes("a/m2 outcome: cancelled"));
  assert.ok(waiting.situations.has("a withdrawal of a waiting message"));
  const running = await play(goodHost, "send a; send a; withdraw a oldest", {
    tape: "0.0.0.0.0.1",
  });
  assert.ok(running.lines.includes("a/m1 outcome: cancelled"));
  assert.ok(running.situations.has("a withdrawal of a running message"));
});

test("a message for the clean-up comes a few hops after the end of the turn", async () => {
  const story = await play(goodHost, "send a; send a cleanup+2");
  assert.deepEqual(story.schedule, ["send a (m1)", "run 1 ends", "run 2 ends"]);
  assert.ok(story.situations.has("a message during the release"));
  const idle = await play(goodHost, "send a cleanup+2");
  assert.deepEqual(idle.schedule, ["send a cleanup+2 (m1)", "run 1 ends"]);
});

test("a host that only gives replies is understood: completed, failed, rejected, left open", async () => {
  const refusing = hostOf(() => () => {
    throw new RejectedError("busy");
  });
  assert.ok(
    (await play(refusing, "send a")).lines.some((line) => /^rejected: .*"busy"/.test(line)),
  );
  const hanging = hostOf(() => () => new Promise(() => {}));
  const { lines, broken } = await play(hanging, "send a");
  assert.ok(lines.includes("a/m1 accepted"));
  assert.ok(broken.some(({ guarantee }) => guarantee === "EXACTLY_ONE_OUTCOME"));
  const failing = hostOf((env) => (session, message) => env.agent(session, message));
  assert.ok((await play(failing, "send a throws")).lines.includes("a/m1 outcome: failed"));
});

test("of a host that only takes messages on, the agent's end is the outcome", async () => {
  const silent = hostOf((env) => (session, message) => {
    env.agent(session, message).catch(() => {});
  });
  assert.ok((await play(silent, "send a")).lines.includes("a/m1 outcome: completed"));
  assert.ok((await play(silent, "send a throws")).lines.includes("a/m1 outcome: failed"));
  const dropping = hostOf(() => () => {});
  const { broken } = await play(dropping, "send a");
  assert.ok(broken.some(({ guarantee }) => guarantee === "EXACTLY_ONE_OUTCOME"));
});

test("a host that tells by an event how a message ended is heard twice, and answers once", async () => {
  const eager = hostOf((env) => (session, message) => ({
    accepted: true,
    outcome: (told: (outcome: HostOutcome) => void) => {
      void env.agent(session, message).then((reply) => {
        told({ status: "completed", reply });
        told({ status: "failed" });
      });
    },
  }));
  const { lines, broken, ledger } = await play(eager, "send a");
  assert.deepEqual(lines.filter((line) => line.includes("outcome")), [
    "a/m1 outcome: completed",
    "a/m1 outcome: failed",
  ]);
  assert.equal(ledger.records.filter(({ kind }) => kind === "answered").length, 1);
  assert.deepEqual(broken.map(({ guarantee }) => guarantee), ["EXACTLY_ONE_OUTCOME"]);
});

test("timers fire only when nothing else is ready, unless the lane is racy or the clock jumps", async () => {
  const timed = hostOf((env) => async (session, message) => {
    const timeout = new Promise<string>((resolve) => {
      env.clock.setTimeout(() => resolve("too late"), 5_000);
    });
    return await Promise.race([env.agent(session, message), timeout]);
  });
  const labels = async (operations: string, options: { tape?: string } & Lane = {}) =>
    (await play(timed, operations, options)).schedule;
  // What is left when all is done still fires.
  assert.deepEqual(await labels("send a"), ["send a (m1)", "run 1 ends", "timer 1"]);
  assert.deepEqual(await labels("send a", { racy: true, tape: "0.1" }), [
    "send a (m1)",
    "timer 1",
    "run 1 ends",
  ]);
  assert.deepEqual(await labels("send a; advance 6000", { tape: "0.0.0.1" }), [
    "send a (m1)",
    "advance 6000",
    "timer 1",
    "run 1 ends",
  ]);
});

test("an interval overtakes other things only so often, so that a racy schedule ends", async () => {
  const ticking = hostOf((env) => async (session, message) => {
    let timer: unknown;
    const tick = () => timer = env.clock.setTimeout(tick, 1_000);
    tick();
    try {
      return await env.agent(session, message);
    } finally {
      env.clock.clearTimeout(timer);
    }
  });
  const { schedule } = await play(ticking, "send a", { racy: true, tape: "0.1" });
  assert.equal(schedule.filter((label) => label.startsWith("timer")).length, 6);
  assert.equal(schedule.at(-1), "run 1 ends");
});

test("a host that promises to leave no timer is held to it", async () => {
  const leaving = (policies: HostAdapter["policies"]) =>
    hostOf((env) => (session, message) => {
      env.clock.setTimeout(() => {}, 5_000);
      return env.agent(session, message);
    }, policies === undefined ? {} : { policies });
  assert.deepEqual((await play(leaving(undefined), "send a")).broken, []);
  const { broken } = await play(leaving({ leavesNoTimer: true }), "send a");
  assert.deepEqual(broken.map(({ guarantee }) => guarantee), ["EVENTUALLY_IDLE"]);
});

test("steps of work are choices in the uncompressed lane", async () => {
  const { schedule } = await play(goodHost, "send a", { workSteps: 2 });
  assert.deepEqual(schedule, ["send a (m1)", "run 1 works 1", "run 1 works 2", "run 1 ends"]);
});

test("an adapter that fails is not a host that fails: its error comes out", async () => {
  const broken: [HostAdapter, RegExp][] = [
    [{ name: "x", create: () => Promise.reject(new Error("No database")) }, /No database/],
    [
      {
        name: "x",
        create() {
          throw new Error("No config");
        },
      },
      /No config/,
    ],
    [hostOf((env) => (session) => env.agent(session, "hello")), /it names no message, such as m1/],
    [hostOf((env) => (session) => env.agent(session, "m7")), /Cannot run m7: nobody sent it/],
  ];
  for (const [adapter, message] of broken) {
    await assert.rejects(play(adapter, "send a"), { name: "ScheduleError", message });
  }
});

test("a host with an interval does not keep a schedule from ending", async () => {
  const ticking = hostOf((env) => () => {
    const tick = () => void env.clock.setTimeout(tick, 1_000);
    tick();
    return new Promise(() => {});
  });
  const { schedule } = await play(ticking, "send a");
  assert.equal(schedule.length, 301);
});

test("a host that reads the runtime's timers gets the world's, and they are put back", async () => {
  const native = setTimeout;
  const waiting = hostOf((env) => async (session, message) => {
    await new Promise((resolve) => setTimeout(resolve, 60_000));
    return await env.agent(session, message);
  }, { globalTimers: true });
  const { schedule, broken } = await play(waiting, "send a");
  assert.deepEqual(schedule, ["send a (m1)", "timer 1", "run 1 ends"]);
  assert.deepEqual(broken, []);
  assert.equal(setTimeout, native);
  const failing: HostAdapter = {
    name: "x",
    globalTimers: true,
    create: () => Promise.reject(new Error("No")),
  };
  await assert.rejects(play(failing, "send a"));
  assert.equal(setTimeout, native);
});

test("who may have been cancelled by whom goes by when they came, not by their place in the list", async () => {
  const waiting = new Map<string, (reason: unknown) => void>();
  const interrupting = hostOf((env) => (session, message) => {
    waiting.get(session)?.(new Error("Interrupted"));
    return new Promise((resolve, reject) => {
      waiting.set(session, reject);
      env.agent(session, message).then(resolve, reject);
    });
  }, { features: ["interrupt"] });
  const operations = "send a; send a interrupt cleanup+5; send a interrupt cleanup+1";
  const { lines } = await play(interrupting, operations, { tape: "0.1" });
  assert.ok(lines.includes("a/m2 outcome: cancelled"), lines.join("\n"));
});

test("a caller takes back a create that has not been answered, if no message came later", async () => {
  const aborted: unknown[] = [];
  const creating: HostAdapter = {
    name: "test host",
    features: ["withdraw"],
    create: (env) => ({
      send: (session, message, { signal }) => env.agent(session, message, { signal }),
      create: async (session, { signal }) => {
        signal?.addEventListener("abort", () => aborted.push(signal.reason));
        await env.io("open", session);
        if (signal?.aborted) throw signal.reason;
      },
    }),
  };
  const { lines, situations } = await play(creating, "create a; withdraw a");
  assert.equal(String(aborted[0]), "AbortError: Withdrawn by its caller");
  assert.ok(lines.some((line) => /^answered: op 0, ok false/.test(line)), lines.join("\n"));
  assert.ok(situations.has("a withdrawal of a create"));
  aborted.length = 0;
  await play(creating, "create a; withdraw a", { tape: "0.1" });
  assert.deepEqual(aborted, [], "it was answered");
  const { lines: both } = await play(creating, "create a; send a; withdraw a");
  assert.ok(both.some((line) => /^asked: op 2, what "withdraw".*message "m1"/.test(line)));
  assert.deepEqual(aborted, [], "the message is the latest");
  await play(creating, "create a; send a; withdraw a oldest");
  assert.equal(aborted.length, 1, "the create is the oldest");
});
