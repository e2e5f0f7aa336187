import assert from "node:assert/strict";
import { test } from "node:test";
import { adapterOf, chainHost, naiveHost, recursiveHost } from "./_test_adapters.ts";
import { AdapterError } from "./adapter_error.ts";
import { checkHost, type CheckOptions, type CheckProgress } from "./check.ts";
import type { CheckReport } from "../report/check_report.ts";

const LEVEL_2 = { level: 2 } as const;
/** Few schedules, and a time that stands still. */
const FEW: CheckOptions = {
  runs: 16,
  operationsMax: 1,
  guarantees: ["SINGLE_TURN"],
  now: () => 0,
};

const quietHost = (env: Parameters<typeof chainHost>[0]) => ({
  ...chainHost(env),
  snapshot: () => ({ sessions: [] }),
});

function verdictOf({ verdicts }: CheckReport, name: string) {
  return verdicts.find(({ guarantee }) => guarantee === name)!;
}

test("checkHost() plays old stories, all short lists, then random ones, an eighth with work", async () => {
  const story = { operations: [{ what: "send", session: "a" }], tape: [], lane: {} } as const;
  const report = await checkHost(adapterOf(quietHost, LEVEL_2), { ...FEW, tapes: [story] });
  const lanes = report.strategies.map(({ name, schedules, complete, bounds }) => ({
    name,
    complete,
    bounds,
    ...(complete === undefined ? { schedules } : {}),
  }));
  const lists = "all lists of up to 1 of 3 operations on one session";
  const random = "random lists of up to 8 operations on up to 3 sessions";
  assert.deepEqual(lanes, [
    {
      name: "regression tapes",
      complete: undefined,
      bounds: "1 story found before",
      schedules: 1,
    },
    {
      name: "exhaustive",
      complete: true,
      bounds: `${lists}, all orders, 1 of them 0, 1, 2, 3, 4, 5, 6 hops after another step`,
    },
    { name: "exhaustive", complete: true, bounds: `${lists}, up to 3 deviations` },
    { name: "exhaustive", complete: true, bounds: `${lists}, all orders, timers at any time` },
    { name: "portfolio", complete: undefined, bounds: random, schedules: 14 },
    {
      name: "uncompressed",
      complete: undefined,
      bounds: `${random}, 3 steps of work in each turn`,
      schedules: 2,
    },
  ]);
  assert.equal(report.claim, "exhaustive to bound");
});

test("old stories are no bounds: with nothing else to its end, a report claims less", async () => {
  const story = { operations: [{ what: "send", session: "a" }], tape: [], lane: {} } as const;
  const options = { ...FEW, tapes: [story], strategy: "portfolio" };
  assert.equal((await checkHost(adapterOf(quietHost, LEVEL_2), options)).claim, "required");
});

test("what was not asked for is skipped with this reason, and what is asked for is judged", async () => {
  const adapter = adapterOf(chainHost, { guarantees: ["FIFO"] });
  const own = await checkHost(adapter, { ...FEW, runs: 100, guarantees: ["SINGLE_TURN"] });
  assert.equal(verdictOf(own, "SINGLE_TURN").verdict, "kept");
  const reasonOf = (report: CheckReport, name: string) => {
    const verdict = verdictOf(report, name);
    return verdict.verdict === "skipped" ? verdict.reason : verdict.verdict;
  };
  assert.equal(reasonOf(own, "FIFO"), "this check was not asked for it");
  const { guarantees: _all, ...options } = FEW;
  const promised = await checkHost(adapter, options);
  assert.equal(reasonOf(promised, "FIFO"), "kept");
  assert.equal(reasonOf(promised, "SINGLE_TURN"), "the adapter does not promise it");
  assert.equal(reasonOf(promised, "BOUNDED_STACK"), "the adapter does not promise it");
  const exhaustive = await checkHost(adapterOf(chainHost), { ...options, strategy: "exhaustive" });
  const left = "strategy exhaustive does not measure it";
  assert.equal(reasonOf(exhaustive, "BOUNDED_STACK"), left);
});

test("the parts of an adapter that is a class are still there when other guarantees are judged", async () => {
  class Adapter {
    readonly name = "class";
    readonly #host = chainHost;
    create(env: Parameters<typeof chainHost>[0]) {
      return this.#host(env);
    }
  }
  assert.deepEqual((await checkHost(new Adapter(), FEW)).violations, []);
});

test("BOUNDED_STACK is measured over chains, and a host that grows breaks it", async () => {
  const options: CheckOptions = {
    guarantees: ["BOUNDED_STACK"],
    stack: { frames: { lengths: [300] }, promises: { length: 300 }, heap: { length: 3_000 } },
    file: "my host.ts",
    now: () => 0,
  };
  const grown = await checkHost(adapterOf(recursiveHost), options);
  const [violation] = grown.violations;
  assert.equal(violation?.guarantee, "BOUNDED_STACK", JSON.stringify(grown.warnings));
  assert.equal(violation.replay, "npm run check:host -- 'my host.ts' --guarantee BOUNDED_STACK");
  assert.equal(violation.ledger[violation.root]?.record.kind, "measure");
  assert.equal(verdictOf(grown, "BOUNDED_STACK").verdict, "broken");
  assert.deepEqual(grown.strategies.map(({ name }) => name), ["bounded stack"]);
  const kept = await checkHost(adapterOf(chainHost), options);
  assert.equal(verdictOf(kept, "BOUNDED_STACK").verdict, "kept");
});

test("a host that takes no follow-ups is skipped for BOUNDED_STACK, with what it said", async () => {
  const adapter = adapterOf((env) => {
    let isBusy = false;
    return {
      async send(session, message) {
        if (isBusy) return { accepted: false, reason: "busy" };
        isBusy = true;
        return await env.agent(session, message).finally(() => isBusy = false);
      },
    };
  });
  const report = await checkHost(adapter, { ...FEW, guarantees: ["BOUNDED_STACK"] });
  assert.deepEqual(verdictOf(report, "BOUNDED_STACK"), {
    guarantee: "BOUNDED_STACK",
    verdict: "skipped",
    reason: "the host stands still after turn 1 of 100: it refused m2 (busy)",
  });
});

test("the exhaustive lanes get at most half of the time, and the random ones the rest", async () => {
  let nowMs = 0;
  const report = await checkHost(adapterOf(naiveHost), {
    guarantees: ["SINGLE_TURN"],
    operationsMax: 6,
    budgetMs: 1_000,
    now: () => nowMs += 0.25,
  });
  const msOf = (wanted: string) =>
    report.strategies.filter(({ name }) => name === wanted).reduce((sum, { ms }) => sum + ms, 0);
  assert.ok(report.ms >= 1_000 && report.ms <= 1_150, `${report.ms}`);
  assert.ok(msOf("exhaustive") <= 520, `${msOf("exhaustive")}`);
  assert.ok(msOf("portfolio") >= 350, `${msOf("portfolio")}`);
  assert.ok(msOf("uncompressed") >= 30, `${msOf("uncompressed")}`);
  assert.equal(report.strategies[1]?.complete, false);
  assert.match(report.warnings[0]!, /^The time was up after \d+ of 20000 random schedules$/);
});

test("checkHost() tells how it goes on before each schedule", async () => {
  const seen: CheckProgress[] = [];
  const report = await checkHost(adapterOf(chainHost), {
    ...FEW,
    progress: (progress) => void seen.push(progress),
  });
  assert.ok(seen.length >= report.schedules);
  assert.deepEqual(seen[0], {
    strategy: "exhaustive",
    schedules: 0,
    situationsSeen: 0,
    situationsAll: 5,
    violations: 0,
    elapsedMs: 0,
    budgetMs: 30_000,
  });
  assert.equal(seen.at(-1)!.schedules, report.schedules);
});

test("a check that is stopped reports what it found, and says that it was stopped", async () => {
  const controller = new AbortController();
  const report = await checkHost(adapterOf(naiveHost), {
    ...FEW,
    operationsMax: 3,
    signal: controller.signal,
    progress: ({ schedules }) => void (schedules === 40 && controller.abort()),
  });
  assert.equal(report.schedules, 41);
  assert.equal(report.violations.length, 1);
  assert.deepEqual(report.warnings[0], "It was stopped before its end");
});

test("a host that is not the same twice can still be checked, and the claim says so", async () => {
  let calls = 0;
  const adapter = adapterOf((env) => ({
    async send(session, message) {
      if (++calls % 3 === 0) await env.io("sometimes");
      return await env.agent(session, message);
    },
    snapshot: () => ({ sessions: [] }),
  }), LEVEL_2);
  const short = await checkHost(adapter, { ...FEW, strategy: "exhaustive" });
  assert.equal(short.claim, "stochastic");
  assert.equal(short.escapes.length, 1);
  const report = await checkHost(adapter, FEW);
  assert.equal(report.claim, "stochastic");
  assert.equal(report.strategies[0]?.complete, false);
  assert.match(report.escapes.join(), /the same choices told two different stories/);
  assert.equal(report.strategies.at(-2)?.schedules, 14);
});

test("an adapter that breaks rejects the check, with the schedule and what was found before", async () => {
  const adapter = adapterOf((env) => ({
    send: (session, message) => env.agent(session, message),
    stop() {
      throw new TypeError("slip");
    },
  }));
  const error: unknown = await checkHost(adapter, FEW).catch((error) => error);
  assert.ok(error instanceof AdapterError);
  assert.match(
    error.message,
    /^Adapter broke: BrokenMethodError: stop\(\) threw "TypeError: slip"/,
  );
  assert.deepEqual(error.broken.operations, ["stop a"]);
  assert.deepEqual(error.broken.schedule, ["stop a"]);
  assert.match(
    error.broken.replay!,
    /^npm run check:host -- replay ADAPTER\.ts --operations 'stop a'/,
  );
  assert.ok(error.report!.schedules > 0);
});

test("a check that came to nothing is an error, and not a clean report", async () => {
  const mute = adapterOf(() => ({ send: () => new Promise(() => {}) }));
  await assert.rejects(checkHost(mute, FEW), /the agent was not called in any of \d+ schedules/);
  await assert.rejects(
    checkHost(adapterOf(chainHost), { ...FEW, budgetMs: 0 }),
    /no schedule was played/,
  );
  const nothing = checkHost(adapterOf(chainHost), { ...FEW, guarantees: ["ATOMIC_CLAIM"] });
  await assert.rejects(nothing, /nothing could be judged in any of \d+ schedules/);
});

test("a strategy, a guarantee and a story that can not be are refused", async () => {
  const refused = (options: CheckOptions, message: RegExp) =>
    assert.rejects(checkHost(adapterOf(chainHost), options), { name: "TypeError", message });
  await refused({ strategy: "luck" }, /^Cannot use strategy "luck": it must be one of all, exhau/);
  await refused({ guarantees: ["LUCK" as "FIFO"] }, /"LUCK" is no guarantee/);
  const story = { operations: [{ what: "end", session: "a" }], tape: [], lane: {} } as const;
  await refused({ tapes: [story] }, /^Cannot ask "end a": this host has no end\(\)/);
});

test("a host that is hard to shrink does not take more than its time", async () => {
  let nowMs = 0;
  // The worlds are the clock.
  const adapter = adapterOf((env) => {
    nowMs += 20;
    return naiveHost(env);
  });
  const report = await checkHost(adapter, {
    ...FEW,
    strategy: "uniform",
    runs: 50,
    budgetMs: 4_000,
    now: () => nowMs,
  });
  assert.ok(report.violations[0]!.shrinkMs <= 600, `${report.violations[0]!.shrinkMs}`);
});

test("the runtime's timers are back when an adapter that has the world's breaks", async () => {
  const before = globalThis.setTimeout;
  const adapter = adapterOf((env) => ({
    send: (session, message) => env.agent(session, message),
    snapshot() {
      throw new Error("snap");
    },
  }), { level: 1, globalTimers: true });
  await assert.rejects(checkHost(adapter, FEW), AdapterError);
  assert.equal(globalThis.setTimeout, before);
  assert.equal(performance.now() === performance.now() && Date.now() === 946_684_800_000, false);
});

test("a check that is stopped does not go on to shrink what it found", async () => {
  /** So many worlds it took to shrink what was found: they are the clock. */
  const shrunkIn = async (stop: boolean) => {
    const controller = new AbortController();
    let worlds = 0;
    const adapter = adapterOf((env) => {
      worlds++;
      const running = new Set<string>();
      return {
        send(session, message) {
          if (stop && running.has(session)) controller.abort();
          running.add(session);
          return env.agent(session, message).finally(() => running.delete(session));
        },
      };
    });
    const { violations } = await checkHost(adapter, {
      ...FEW,
      strategy: "uniform",
      runs: 1_000,
      budgetMs: 1e9,
      signal: controller.signal,
      now: () => worlds,
    });
    return violations[0]!.shrinkMs;
  };
  assert.ok(await shrunkIn(false) > 5);
  assert.equal(await shrunkIn(true), 0);
});
