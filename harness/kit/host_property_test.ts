import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkThenAct, goodHost, microtaskRace } from "./_test_hosts.ts";
import type { HostAdapter } from "./adapter.ts";
import { BrokenGuaranteeError, hostProperty, type HostPropertyOptions } from "./host_property.ts";

async function failureOf(
  adapter: HostAdapter,
  options: HostPropertyOptions & { seed?: number; path?: string } = {},
): Promise<{ report: string; error: BrokenGuaranteeError }> {
  const { seed = 1, path, ...rest } = options;
  const again = path === undefined ? {} : { path };
  const parameters = { seed, ...again, includeErrorInReport: false };
  const report = await fc.assert(hostProperty(adapter, rest), parameters)
    .then(() => undefined, (error: Error) => error);
  assert.ok(report?.cause instanceof BrokenGuaranteeError, `it breaks, and not: ${report}`);
  return { report: report.message, error: report.cause };
}

test("hostProperty() holds for a host that keeps its guarantees", async () => {
  const details = await fc.check(hostProperty(goodHost), { seed: 1, numRuns: 60 });
  assert.equal(details.failed, false, String(details.errorInstance));
  assert.equal(details.numRuns, 60);
});

test("hostProperty() fails for a host that breaks one, with the smallest story in its message", async () => {
  const { error, report } = await failureOf(checkThenAct, { file: "my_host.ts" });
  assert.equal(error.guarantee, "SINGLE_TURN");
  assert.deepEqual([error.operations, error.tape], [["send a", "send a"], []]);
  assert.match(error.message, /^SINGLE_TURN is broken/);
  assert.match(error.message, /replay my_host\.ts --operations 'send a; send a' --tape 0$/m);
  // What fast-check prints of the list are the operations as a person reads them.
  assert.match(report, /Counterexample: \[\[[a-z]+[ ,][^\]{]*\],\d+\]/);
});

test("seed and path of fast-check replay a failure", async () => {
  const first = await failureOf(microtaskRace, { seed: 5 });
  const path = /path: "([\d:]+)"/.exec(first.report)?.[1];
  assert.ok(path, first.report);
  const again = await failureOf(microtaskRace, { seed: 5, path });
  // How long it took to shrink is not the same each time.
  const timeless = ({ error }: typeof first) => error.message.replace(/,\s+in\s+[\d.]+\s+m?s/, "");
  assert.equal(timeless(again), timeless(first));
});

test("only the guarantees that are named are judged", async () => {
  const property = hostProperty(checkThenAct, { guarantees: ["FUTURE_SETTLES"] });
  await fc.assert(property, { seed: 1, numRuns: 60 });
});

test("only what a host has methods and features for is asked of it", async () => {
  const asked = new Set<string>();
  const narrow: HostAdapter = {
    name: "narrow",
    create: (env) => ({
      send(session, message, { policy, event, signal }) {
        asked.add(`${session} ${policy} ${event} ${signal}`);
        return env.agent(session, message);
      },
    }),
  };
  const options = { guarantees: ["FUTURE_SETTLES"], sessionsMax: 2 } as const;
  await fc.assert(hostProperty(narrow, options), { seed: 1 });
  const plain = "undefined undefined undefined";
  assert.deepEqual([...asked].sort(), [`a ${plain}`, `b ${plain}`]);
});

test("an adapter that can not be used is told as such", async () => {
  const nothing = { name: "nothing" } as unknown as HostAdapter;
  await assert.rejects(fc.assert(hostProperty(nothing), { seed: 1 }), (error: Error) => {
    assert.match(String(error.cause), /Cannot use adapter: it needs a method create\(env\)/);
    return true;
  });
});

test("a host that never comes to its agent holds nothing", async () => {
  const typo: HostAdapter = {
    name: "typo",
    create: (env) => ({
      // deno-lint-ignore require-await -- as a stranger writes it
      async send(session, message) {
        return (env as unknown as { agnet: typeof env.agent }).agnet(session, message);
      },
    }),
  };
  await assert.rejects(fc.assert(hostProperty(typo), { seed: 1 }), (error: Error) => {
    const why =
      /Cannot judge "typo": its send\(\) never came to env\.agent\(\): it failed with “TypeError/;
    assert.match(String(error.cause), why);
    return true;
  });
});

test("a host with a timer of the runtime is waited for, and not blamed", async () => {
  const timed: HostAdapter = {
    name: "timed",
    create: (env) => ({
      async send(session, message) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        return await env.agent(session, message);
      },
    }),
  };
  await fc.assert(hostProperty(timed, { operationsMax: 1 }), { seed: 1, numRuns: 3 });
});
