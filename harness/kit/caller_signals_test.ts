import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostAdapter } from "./adapter.ts";
import { parseOperations } from "./operations.ts";
import { playStory } from "./story.ts";

/** A host that listens to its callers, and stops listening when it has answered or never does. */
function listening(doesLeave: boolean): HostAdapter {
  return {
    name: "listening",
    level: 2,
    features: ["withdraw", "crash"],
    create: (env) => ({
      async send(session, message, { signal }) {
        const heard = () => {};
        signal?.addEventListener("abort", heard);
        await env.agent(session, message);
        if (!doesLeave) signal?.removeEventListener("abort", heard);
      },
      async create(session, { signal }) {
        const heard = () => {};
        signal?.addEventListener("abort", heard);
        await env.backend.open(session);
        if (!doesLeave) signal?.removeEventListener("abort", heard);
      },
      snapshot: () => ({ sessions: [] }),
    }),
  };
}

async function storiesOf(adapter: HostAdapter, operations: string): Promise<string[]> {
  const story = { operations: parseOperations(operations), tape: [], lane: {} };
  const { world } = await playStory({ adapter, judged: ["EVENTUALLY_IDLE"] }, story);
  return world.broken.map(({ breach }) => breach.story);
}

const TOO_LATE = "send a; send b; create c; withdraw d";

test("a listener that a host leaves on the signal of a caller is held at rest (EVENTUALLY_IDLE)", async () => {
  assert.deepEqual(await storiesOf(listening(true), TOO_LATE), ["at rest it holds listeners: 3"]);
  assert.deepEqual(await storiesOf(listening(false), TOO_LATE), []);
});

test("a listener that an abort has called is not held", async () => {
  assert.deepEqual(await storiesOf(listening(true), "send a; withdraw a"), []);
  assert.deepEqual(await storiesOf(listening(true), "create a; withdraw a"), []);
});

test("what a process listened with that has died is not held", async () => {
  assert.deepEqual(await storiesOf(listening(true), "send a; create b; crash; withdraw b"), []);
});
