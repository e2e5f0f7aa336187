import assert from "node:assert/strict";
import { test } from "node:test";
import { adapterOf, chainHost, naiveHost } from "./_test_adapters.ts";
import type { HostAdapter } from "./adapter.ts";
import { chainOf } from "./host_chain.ts";

/** The turns of a chain, in order. */
async function turnsOf(adapter: HostAdapter, length: number, isOver = () => false) {
  const turns: number[] = [];
  await chainOf(adapter, { isOver }).run(length, (n) => void turns.push(n));
  return turns;
}

const upTo = (length: number) => Array.from({ length }, (_, at) => at + 1);

test("a chain has one turn after the other, each begun by the message that the one before sent", async () => {
  const busy: boolean[] = [];
  let isRunning = false;
  const adapter = adapterOf((env) => {
    const { send } = chainHost({
      ...env,
      async agent(session, input) {
        isRunning = true;
        return await env.agent(session, input).finally(() => isRunning = false);
      },
    });
    return {
      send(session, message, options) {
        busy.push(isRunning);
        return send(session, message, options);
      },
    };
  });
  assert.deepEqual(await turnsOf(adapter, 5), upTo(5));
  assert.deepEqual(busy, [false, true, true, true, true]);
});

test("whatever a host waits for is there at once: its ports, its timers, and its own", async () => {
  const adapter = adapterOf((env) => {
    const chain = chainHost({
      ...env,
      async agent(session, input) {
        const handle = await env.backend.open(session);
        await env.io("look");
        await env.store.append({ what: "message", session, message: String(input) });
        assert.deepEqual(await env.store.read(), []);
        await new Promise<void>((resolve) => void env.clock.setTimeout(resolve, 10_000));
        await env.backend.close(handle);
        const reply = await env.agent(session, input);
        await env.deliver(session, String(input), reply);
        return reply;
      },
    });
    return chain;
  });
  assert.deepEqual(await turnsOf(adapter, 20), upTo(20));
});

test("a host that reads the runtime's timers gets the world's, and the runtime gets its own back", async () => {
  const before = globalThis.setTimeout;
  const adapter = adapterOf((env) => ({
    async send(session, message) {
      await new Promise((resolve) => setTimeout(resolve, 3_600_000));
      return await env.agent(session, message);
    },
  }), { globalTimers: true });
  assert.deepEqual(await turnsOf(adapter, 5), upTo(5));
  assert.equal(globalThis.setTimeout, before);
});

test("a chain that does not go on rejects with what its host said of the next message", async () => {
  const stuck = (send: () => unknown) =>
    adapterOf((env) => {
      let isFirst = true;
      return {
        send(session, message) {
          if (!isFirst) return send();
          isFirst = false;
          return env.agent(session, message);
        },
      };
    });
  const where = "the host stands still after turn 1 of 3";
  const message = (text: string) => ({ message: `${where}${text}` });
  const refusal = { accepted: false, reason: "busy" };
  await assert.rejects(turnsOf(stuck(() => undefined), 3), message(""));
  await assert.rejects(turnsOf(stuck(() => refusal), 3), message(": it refused m2 (busy)"));
  const later = stuck(() => Promise.resolve(refusal));
  await assert.rejects(turnsOf(later, 3), message(": it refused m2 (busy)"));
  const throwing = stuck(() => {
    throw new Error("full");
  });
  await assert.rejects(turnsOf(throwing, 3), message(": it refused m2 (Error: full)"));
  const rejecting = stuck(() => Promise.reject(new Error("full")));
  await assert.rejects(turnsOf(rejecting, 3), message(": it refused m2 (Error: full)"));
});

test("a host that polls its ports for ever stands still", async () => {
  const adapter = adapterOf((env) => ({
    async send() {
      for (;;) await env.io("poll");
    },
  }));
  await assert.rejects(turnsOf(adapter, 3), {
    message: "the host stands still after turn 0 of 3: it called its ports 1000 times",
  });
});

test("a host may note that it is busy after it has called the agent", async () => {
  const adapter = adapterOf((env) => {
    let tail: Promise<unknown> | undefined;
    return {
      send(session, message) {
        const run = () => env.agent(session, message);
        tail = tail === undefined ? run() : tail.then(run);
        return tail;
      },
    };
  });
  assert.deepEqual(await turnsOf(adapter, 5), upTo(5));
});

test("turns that overlap are no chain", async () => {
  await assert.rejects(turnsOf(adapterOf(naiveHost), 3), {
    message: "turn 2 began while another one was running",
  });
});

test("a chain is given up when the time is up, and its host is disposed of", async () => {
  let [asked, disposed] = [0, 0];
  const adapter = adapterOf((env) => ({ ...chainHost(env), dispose: () => void disposed++ }));
  await assert.rejects(turnsOf(adapter, 1_000, () => ++asked === 7), {
    message: "the time was up after turn 7 of 1000",
  });
  assert.equal(disposed, 1);
});
