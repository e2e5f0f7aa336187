import assert from "node:assert/strict";
import { test } from "node:test";
import { type HostBench, withHost } from "../support/host_bench.ts";
import { settled, until } from "../support/settle.ts";

test("A15: the app answers a request without a socket", () =>
  withHost(async ({ host }) => {
    const answer = await host.app.request("/healthz");
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), { status: "ok", sessions: 0, running: 0, waiting: 0 });
  }));

test("A15: each test has a state of its own", async () => {
  const seen: unknown[] = [];
  for (let count = 0; count < 2; count++) {
    await withHost(async ({ client, clock, agent, host }) => {
      const ann = client("ann");
      seen.push([(await ann.look()).body.connected, clock.now(), host.queue.tombstones]);
      await ann.open();
      await ann.open();
      clock.advance(1_000);
      await until(() => agent.handles.length === 1);
      seen.push((await ann.look()).body.session_id);
    });
  }
  assert.deepEqual(seen, [[false, 0, 0], "s2", [false, 0, 0], "s2"]);
});

/** What a test that leaves something behind is told; the rest is what it would have cleaned up. */
const LEAKS: Readonly<Record<string, { leak(bench: HostBench): Promise<unknown>; told: RegExp }>> =
  {
    "a turn, its guard and its request": {
      leak: async ({ agent, client }) => {
        await client("ann").open();
        void client("ann").chat("never ends");
        await agent.began("never ends");
      },
      told: /^The test left behind: 1 request, 1 turn, 1 guard$/,
    },
    "a turn alone": {
      leak: async ({ agent, client, clock }) => {
        await client("ann").open();
        agent.deaf = true;
        const chat = client("ann").chat("deaf");
        await agent.began("deaf");
        const ending = client("ann").end();
        await until(() => clock.pending > 0);
        clock.advance(5_000);
        await until(() => agent.log.includes("cancel s1: immediate"));
        clock.advance(5_000);
        await settled(Promise.all([chat, ending]));
      },
      told: /^The test left behind: 1 turn, 1 guard$/,
    },
    "a message that waits": {
      leak: async ({ agent, client, host }) => {
        await client("ann").open();
        host.queue.send("s1", { text: "first" });
        await agent.began("first");
        host.queue.send("s1", { text: "second" });
      },
      told: /^The test left behind: 1 turn, 1 guard, 1 message$/,
    },
    "a timer": {
      leak: ({ clock }) => Promise.resolve(clock.setTimeout(() => {}, 1)),
      told: /^The test left behind: 1 timer$/,
    },
    "a message that would expire": {
      leak: async ({ agent, client, host }) => {
        await client("ann").open();
        host.queue.send("s1", { text: "first" });
        await agent.began("first");
        host.queue.send("s1", { text: "second" }, { waitMs: 1_000 });
      },
      told: /1 message, 1 timer$/,
    },
    "a call of the agent": {
      leak: async ({ agent, client, host }) => {
        await client("ann").open();
        agent.hold("close");
        void host.queue.end("s1");
        await until(() => agent.held.length === 1);
      },
      told: /1 timer, 1 held call$/,
    },
    "a session that no client has": {
      leak: async ({ host }) => {
        await host.queue.create("stray");
      },
      told: /^The test left behind: 1 session$/,
    },
    "a handle that nobody closed": {
      leak: async ({ agent }) => {
        await agent.open({ id: "stray" });
      },
      told: /^The test left behind: 1 handle$/,
    },
    "an error that it did not look at": {
      leak: async ({ agent, client }) => {
        await client("ann").open();
        const chat = client("ann").chat("fails");
        (await agent.began("fails")).fail(new Error("no"));
        await settled(chat);
      },
      told: /^The test left behind: 1 unexpected error$/,
    },
  };

for (const [name, { leak, told }] of Object.entries(LEAKS)) {
  test(`A15: a test that leaves ${name} behind fails`, async () => {
    let bench: HostBench | undefined;
    const leaking = withHost(async (given) => {
      bench = given;
      await leak(given);
    });
    await assert.rejects(settled(leaking), ({ message }: Error) => told.test(message));
    assert.ok(bench);
  });
}

test("A15: a test that cleans up passes, and one that fails says why and nothing else", async () => {
  await withHost(async ({ client }) => {
    await client("ann").open();
  });
  const failing = withHost(async ({ clock }) => {
    clock.setTimeout(() => {}, 1);
    await Promise.reject(new Error("the reason"));
  });
  await assert.rejects(failing, /^Error: the reason$/);
});
