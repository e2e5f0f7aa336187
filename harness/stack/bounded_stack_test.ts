import assert from "node:assert/strict";
import { test } from "node:test";
import { BOUNDED, GROWING, hostOf, RUNTIME } from "./_test_support.ts";
import { measureStack, type StackReport } from "./bounded_stack.ts";
import type { ChainSubject } from "./chain.ts";

const FRAMES = "synchronous frames per follow-up";
const AWAITING = "awaiting functions per follow-up";
const PROMISES = "promises that wait for the end of the chain per follow-up";
const BYTES = "live bytes per follow-up";

/** The heap lane measures where the collector is exposed, as it is in the gate. */
const HAS_GC = "gc" in globalThis || RUNTIME === "bun";
const NO_GC = { lane: "heap", reason: "the garbage collector is not exposed" };
const NO_HOOKS = {
  lane: "promises",
  reason: "the runtime does not tell node:async_hooks of promises",
};

/** Which series grow, host by host. On Node; elsewhere without the promises, and otherwise the same. */
const SEEN_BY: Record<keyof typeof GROWING, readonly string[]> = {
  "await drain()": [AWAITING, PROMISES, BYTES],
  "return self()": [PROMISES, BYTES],
  ".then(() => self())": [PROMISES, BYTES],
  "synchronous recursion": [FRAMES],
  "a list of all turns": [BYTES],
};

/** Those of the series that can be measured here. */
function measurable(names: readonly string[]): string[] {
  return names.filter((name) =>
    (name !== PROMISES || RUNTIME === "node") && (name !== BYTES || HAS_GC)
  );
}

function growing({ records }: StackReport): string[] {
  return records.filter(({ value, limit = Infinity }) => value > limit).map(({ name }) => name);
}

function judged({ records }: StackReport): string[] {
  return records.filter(({ limit }) => limit !== undefined).map(({ name }) => name);
}

/** What is skipped here of a chain on which all lanes are run. */
const SKIPPED = [...RUNTIME === "node" ? [] : [NO_HOOKS], ...HAS_GC ? [] : [NO_GC]];

for (const name of Object.keys(GROWING) as (keyof typeof GROWING)[]) {
  test(`${name} is seen to grow, by the lanes that can see it (BOUNDED_STACK)`, async () => {
    const report = await measureStack(GROWING[name]);
    assert.deepEqual(growing(report), measurable(SEEN_BY[name]));
    if (name === "synchronous recursion") {
      const reason = "the stack grows, and a longer chain would overflow it";
      assert.deepEqual(report.skipped, ["promises", "heap"].map((lane) => ({ lane, reason })));
      assert.deepEqual(judged(report), [FRAMES, AWAITING]);
    } else {
      assert.deepEqual(report.skipped, SKIPPED);
      assert.deepEqual(judged(report), measurable([FRAMES, AWAITING, PROMISES, BYTES]));
    }
  });
}

for (const [name, subject] of Object.entries<ChainSubject>(BOUNDED)) {
  test(`${name} is seen not to grow, by every lane (BOUNDED_STACK)`, async () => {
    const report = await measureStack(subject);
    assert.deepEqual(growing(report), []);
    assert.deepEqual(judged(report), measurable([FRAMES, AWAITING, PROMISES, BYTES]));
    assert.deepEqual(report.skipped, SKIPPED);
  });
}

test("the records of a series are its points in the order of the turns, and then its slope", async () => {
  const { records } = await measureStack(GROWING["synchronous recursion"], {
    frames: { lengths: [100], samples: 4 },
  });
  const of = (name: string) => records.filter((record) => record.name.startsWith(name));
  const [first, ...others] = of("synchronous frames");
  assert.deepEqual([first?.kind, first?.lane, first?.n], ["measure", "frames", 10]);
  const at = first?.value ?? NaN;
  assert.ok(at > 10);
  assert.deepEqual(others.map(({ n, value, limit }) => [n, value, limit]), [
    [40, at + 30, undefined],
    [70, at + 60, undefined],
    [100, at + 90, undefined],
    [100, 1, 0],
  ]);
});

test("a chain that loses a turn is not measured", async () => {
  const subject: ChainSubject = {
    run: (length, atStart) => GROWING["await drain()"].run(length - 1, atStart),
  };
  await assert.rejects(measureStack(subject), {
    message: "Cannot measure chain: it had 99 turns instead of 100",
  });
});

test("a chain that has its turns in another order is not measured", async () => {
  const subject: ChainSubject = {
    run: (length, atStart) => GROWING["await drain()"].run(length, (n) => atStart(n === 7 ? 8 : n)),
  };
  await assert.rejects(measureStack(subject), {
    message: "Cannot measure chain: turn 7 was that of message 8",
  });
});

test("too few samples for a slope are refused", async () => {
  const subject = BOUNDED["a loop"];
  await assert.rejects(measureStack(subject, { frames: { samples: 1 } }), RangeError);
  await assert.rejects(measureStack(subject, { frames: { lengths: [1] } }), RangeError);
});

test("a host that swallows what is thrown at it can not hide that a look failed", async () => {
  const { stackTraceLimit } = Error;
  const subject = hostOf(async ({ next, agent }) => {
    for (let n = next(); n !== undefined; n = next()) await agent(n).catch(() => {});
  });
  const failing: ChainSubject = {
    run: (length, atStart) =>
      subject.run(length, (n) => {
        // The stack can not be looked at: its limit is read only.
        const isLast = n === length;
        if (isLast) Object.defineProperty(Error, "stackTraceLimit", { writable: false });
        try {
          atStart(n);
        } catch {
          // as a host does
        } finally {
          if (isLast) Object.defineProperty(Error, "stackTraceLimit", { writable: true });
        }
      }),
  };
  await assert.rejects(measureStack(failing), /only 15 of 16 looks came to their end/);
  assert.equal(Error.stackTraceLimit, stackTraceLimit);
});
