import assert from "node:assert/strict";
import { test } from "node:test";
import { type Guarantee, GUARANTEES } from "../oracles/oracles.ts";
import { deviationsOf, parseTape } from "../sim/tape.ts";
import { checkThenAct, microtaskRace } from "./_test_hosts.ts";
import type { HostAdapter } from "./adapter.ts";
import { formatOperation, parseOperations } from "./operations.ts";
import { shrinkStory } from "./shrink.ts";
import { type Lane, playStory } from "./story.ts";

async function shrunk(
  adapter: HostAdapter,
  guarantee: Guarantee,
  found: { operations: string; tape: string; lane?: Lane },
) {
  const subject = { adapter, judged: GUARANTEES };
  const story = {
    operations: parseOperations(found.operations),
    tape: parseTape(found.tape),
    lane: found.lane ?? {},
  };
  const first = await playStory(subject, story, { lenient: true });
  assert.equal(first.world.broken[0]?.guarantee, guarantee, "what is to be shrunk breaks it");
  const { operations, tape, lane } = await shrinkStory(subject, { story, guarantee });
  const again = await playStory(subject, { operations, tape, lane });
  assert.equal(again.world.broken[0]?.guarantee, guarantee, "what was shrunk breaks it still");
  return { operations: operations.map(formatOperation), tape, lane };
}

test("a long story becomes the two messages that it takes", async () => {
  const found = {
    operations: "send b throws; send a; advance 1000; send b by s2; send b deaf; send a; send c",
    tape: "0.0.0.0.1.0.0.2.0.1",
    lane: { racy: true, workSteps: 2 },
  };
  assert.deepEqual(await shrunk(checkThenAct, "SINGLE_TURN", found), {
    operations: ["send a", "send a"],
    tape: [],
    lane: {},
  });
});

test("a race of one microtask keeps the one deviation that it takes", async () => {
  const found = { operations: "send b; send b; send a; send b", tape: "1.1.1.1" };
  const { operations, tape } = await shrunk(microtaskRace, "SINGLE_TURN", found);
  assert.deepEqual(operations, ["send a", "send a"]);
  assert.equal(deviationsOf(tape), 1);
  assert.deepEqual(tape, [1]);
});

test("what is special about an operation stays only if it matters", async () => {
  const failing: HostAdapter = {
    name: "stays busy after a failure",
    create(env) {
      const busy = new Set<string>();
      return {
        send(session, message) {
          // A failed turn is never cleared: whatever comes next waits for ever.
          if (busy.has(session)) return new Promise(() => {});
          busy.add(session);
          return env.agent(session, message).then((reply) => (busy.delete(session), reply));
        },
      };
    },
  };
  const found = {
    operations: "send b by s2; send c throws; send c deaf by s2; send c",
    tape: "0.1",
  };
  const { operations } = await shrunk(failing, "EXACTLY_ONE_OUTCOME", found);
  assert.deepEqual(operations, ["send a", "send a"]);
});

test("shrinking stops at its limit of schedules, with the best that it has", async () => {
  const story = {
    operations: parseOperations("send a; send a; send a; send a"),
    tape: [],
    lane: {},
  };
  const subject = { adapter: checkThenAct, judged: GUARANTEES };
  const last = await shrinkStory(subject, { story, guarantee: "SINGLE_TURN" }, { schedulesMax: 0 });
  assert.equal(last.operations.length, 4);
});

test("an operation goes that could only go when others had become plainer", async () => {
  const slot: HostAdapter = {
    name: "one place for a follow-up",
    create(env) {
      const waiting = new Map<string, () => void>();
      const busy = new Set<string>();
      const run = async (session: string, message: string): Promise<string> => {
        busy.add(session);
        try {
          return await env.agent(session, message);
        } finally {
          busy.delete(session);
          const next = waiting.get(session);
          waiting.delete(session);
          next?.();
        }
      };
      return {
        send: (session, message) =>
          busy.has(session)
            ? new Promise((resolve) => {
              waiting.set(session, () => resolve(run(session, message)));
            })
            : run(session, message),
      };
    },
  };
  const found = {
    operations: "send a; send a; send a cleanup+4; send b by s2 cleanup+4; " +
      "send b by s2 cleanup+4; send b throws by s2 cleanup+0; send b; send a cleanup+3",
    tape: "5.0.0.0.0.4.1.3.0.0.0.0.1.4.1",
  };
  assert.deepEqual(await shrunk(slot, "EXACTLY_ONE_OUTCOME", found), {
    operations: ["send a", "send a", "send a"],
    tape: [],
    lane: {},
  });
});
