import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import { countedSignal } from "./_testing/counted_signal.ts";
import { hold, ignore } from "./_testing/lock_contract.ts";
import { type Lock, LockManager, LockQueueFullError, type LongHold } from "./mod.ts";

// What the Web Locks API says is in the contract suite; here is what this manager adds to it.

const abortError = { name: "AbortError" };

test("a LockManager fits where the types ask for the LockManager of the platform", async () => {
  type PlatformLocks = {
    request<T>(
      name: string,
      options: { mode?: "exclusive" | "shared"; signal?: AbortSignal; steal?: boolean },
      callback: (lock: { readonly name: string } | null) => T,
    ): Promise<Awaited<T>>;
    query(): Promise<{ held?: { clientId?: string }[]; pending?: unknown[] }>;
  };
  const locks: PlatformLocks = new LockManager();
  const promised: Promise<number> = locks.request("a", {}, () => Promise.resolve(1));
  assert.equal(await promised, 1);
});

test("the callback of a request without options gets a lock that is not null", async () => {
  assert.equal(await new LockManager().request("a", (lock) => lock.name.length), 1);
});

test("lock.held tells a holder that the lock was stolen, and tells of its end (STALE_EFFECT_FENCED, OWNER_ONLY_RELEASE)", async () => {
  const locks = new LockManager();
  const first = hold(locks, "a");
  const lock = (await first.started)!;
  assert.equal(lock.held, true);
  const thief = hold(locks, "a", { steal: true });
  assert.equal(lock.held, false);
  await assert.rejects(first.done, { ...abortError, message: `Lock "a" was stolen` });
  const stolen = (await thief.started)!;
  first.release();
  assert.equal(stolen.held, true);
  thief.release();
  await thief.done;
  assert.equal(stolen.held, false);
});

test("lock.generation grows with every lock that is granted (STALE_EFFECT_FENCED)", async () => {
  const locks = new LockManager();
  const generations: number[] = [];
  for (const name of ["a", "b", "a"]) {
    await locks.request(name, (lock) => generations.push(lock.generation));
  }
  assert.deepEqual(generations, [1, 2, 3]);
});

test("a callback that was stolen from before it began is called, with a lock not held", async () => {
  const locks = new LockManager();
  const seen: unknown[] = [];
  const first = locks.request("a", (lock) => seen.push(lock.held));
  const thief = locks.request("a", { steal: true }, (lock) => seen.push(lock?.held));
  await assert.rejects(first, abortError);
  await thief;
  assert.deepEqual(seen, [false, true]);
});

test("what a callback that was stolen from rejects with is dropped", async () => {
  const locks = new LockManager();
  let fail!: (reason: Error) => void;
  const failing = new Promise<void>((_resolve, reject) => fail = reject);
  const first = locks.request("a", () => failing);
  await locks.request("a", { steal: true }, ignore);
  await assert.rejects(first, abortError);
  fail(new Error("too late"));
  await assert.rejects(failing);
  assert.equal(locks.size, 0);
});

test("a request that finds waitersMax requests waiting rejects with LockQueueFullError (BOUNDED_STATE)", async () => {
  const locks = new LockManager({ waitersMax: 2 });
  const first = hold(locks, "a");
  const waiting = [1, 2].map((n) => locks.request("a", () => n));
  const expected = {
    name: "LockQueueFullError",
    message: `Cannot request lock: 2 requests wait for "a"`,
    lockName: "a",
    waitersMax: 2,
  };
  await assert.rejects(locks.request("a", () => assert.fail("it must not run")), expected);
  assert.equal(await locks.request("b", () => "another name"), "another name");
  assert.equal(await locks.request("a", { ifAvailable: true }, (lock) => lock), null);
  first.release();
  assert.deepEqual(await Promise.all(waiting), [1, 2]);
  assert.equal(locks.size, 0);
});

test("1,000 requests may wait for one name, and clientId is local, unless told otherwise", async () => {
  const locks = new LockManager();
  const first = hold(locks, "a");
  const waiting = Array.from(
    { length: 1_000 },
    () => locks.request("a", { mode: "shared" }, ignore),
  );
  await assert.rejects(locks.request("a", ignore), {
    name: "LockQueueFullError",
    waitersMax: 1_000,
  });
  const { held, pending } = locks.snapshot();
  assert.deepEqual(held, [{ name: "a", mode: "exclusive", clientId: "local" }]);
  assert.equal(pending.length, 1_000);
  first.release();
  await Promise.all(waiting);
  assert.equal(locks.size, 0);
});

test("a release grants the lock to the first who waits for it alone, and to no one behind (SINGLE_TURN)", async () => {
  const locks = new LockManager();
  const first = hold(locks, "a");
  let running = 0;
  const most: number[] = [];
  const waiting = [1, 2, 3].map(() =>
    locks.request("a", async () => {
      most.push(++running);
      await quiet();
      running--;
    })
  );
  first.release();
  await Promise.all(waiting);
  assert.deepEqual(most, [1, 1, 1]);
});

test("a name whose lock went on to who waited is not free (LOCK_STABLE)", async () => {
  const locks = new LockManager();
  const first = hold(locks, "a");
  const second = hold(locks, "a");
  first.release();
  await second.started;
  assert.equal(await locks.request("a", { ifAvailable: true }, (lock) => lock), null);
  second.release();
  await second.done;
  assert.equal(locks.size, 0);
});

test("of two arguments the second is the callback alone, whatever properties it has", async () => {
  const locks = new LockManager();
  const first = hold(locks, "a");
  const callback = Object.assign((lock: Lock) => lock.mode, { steal: true, mode: "shared" });
  const request = locks.request("a", callback);
  assert.equal(locks.snapshot().pending.length, 1);
  first.release();
  assert.equal(await request, "exclusive");
});

test("a signal that aborts between the grant and the callback takes the request out", async () => {
  const locks = new LockManager();
  const { controller, signal, listeners } = countedSignal();
  let calls = 0;
  const request = locks.request("a", { signal }, () => calls++);
  assert.equal(locks.snapshot().held.length, 1);
  controller.abort("changed my mind");
  assert.equal(locks.size, 0);
  await assert.rejects(request, (reason) => reason === "changed my mind");
  await quiet();
  assert.deepEqual([calls, locks.size, listeners.size], [0, 0, 0]);
});

test("with waitersMax 0 nothing waits, and a free lock is granted", async () => {
  const locks = new LockManager({ waitersMax: 0 });
  await locks.request("a", async () => {
    await assert.rejects(locks.request("a", ignore), LockQueueFullError);
  });
  assert.equal(locks.size, 0);
});

test("a waitersMax that is no whole number from 0 is refused", () => {
  for (const waitersMax of [-1, 0.5, NaN, Infinity]) {
    assert.throws(() => new LockManager({ waitersMax }), {
      name: "RangeError",
      message: `Cannot make LockManager: ${waitersMax} is not a number of waiters`,
    });
  }
});

test("snapshot() and size show what is held and awaited, under the manager's clientId", async () => {
  const locks = new LockManager({ clientId: "host-1" });
  const first = hold(locks, "a");
  const second = locks.request("a", { mode: "shared" }, ignore);
  const clientId = "host-1";
  const expected = {
    held: [{ name: "a", mode: "exclusive", clientId }],
    pending: [{ name: "a", mode: "shared", clientId }],
  };
  assert.deepEqual(locks.snapshot(), expected);
  const query = locks.query();
  assert.ok(query instanceof Promise, "as the Web Locks API has it");
  assert.deepEqual(await query, expected);
  assert.equal(locks.size, 1);
  first.release();
  await Promise.all([first.done, second]);
  assert.equal(locks.size, 0);
});

test("the abort listener is gone on every path", async () => {
  const locks = new LockManager({ waitersMax: 1 });
  const { controller, signal, listeners } = countedSignal();
  // Granted at once: the listener is there until the callback is called.
  const granted = locks.request("a", { signal }, () => listeners.size);
  assert.equal(listeners.size, 1);
  assert.equal(await granted, 0);
  // Waited and granted; and refused, which adds none.
  const holder = hold(locks, "a");
  const waited = locks.request("a", { signal }, () => listeners.size);
  await assert.rejects(locks.request("a", { signal }, ignore), LockQueueFullError);
  assert.equal(listeners.size, 1);
  holder.release();
  assert.equal(await waited, 0);
  // Stolen before its callback was called.
  const stolen = locks.request("a", { signal }, ignore);
  const thief = locks.request("a", { steal: true }, ignore);
  await assert.rejects(stolen, abortError);
  await thief;
  assert.equal(listeners.size, 0);
  // Aborted while it waited.
  const last = hold(locks, "a");
  const aborted = locks.request("a", { signal }, () => assert.fail("it must not run"));
  controller.abort();
  await assert.rejects(aborted, abortError);
  assert.equal(listeners.size, 0);
  last.release();
  await last.done;
  assert.equal(locks.size, 0);
});

test("100,000 requests in a row on one name keep neither stack nor entries", async () => {
  const locks = new LockManager({ waitersMax: 10_000 });
  let ran = 0;
  for (let batch = 0; batch < 10; batch++) {
    const requests: Promise<number>[] = [];
    for (let i = 0; i < 10_000; i++) requests.push(locks.request("a", () => ++ran));
    await Promise.all(requests);
  }
  assert.deepEqual([ran, locks.size], [100_000, 0]);
});

async function askForIt(locks: LockManager, callback: () => Promise<void>) {
  await locks.request("a", callback);
}

test("an exclusive lock held for too long is reported, with the stack of its request", async () => {
  const clock = new FakeClock();
  const reports: LongHold<string>[] = [];
  const report = (long: LongHold<string>) => void reports.push(long);
  const locks = new LockManager({ holdLimit: { ms: 100, report, clock } });
  const first = hold(locks, "a");
  const second = askForIt(locks, () => Promise.resolve(clock.advance(100)));
  await first.started;
  clock.advance(99);
  first.release();
  await first.done;
  await second;
  const { stack, ...long } = reports[0]!;
  assert.deepEqual(long, { key: "a", generation: 2, heldMs: 100 });
  assert.match(stack, /askForIt/);
  await locks.request("a", { mode: "shared" }, () => clock.advance(100));
  const stolen = hold(locks, "a");
  const thief = locks.request("a", { steal: true }, ignore);
  await assert.rejects(stolen.done, abortError);
  await thief;
  assert.deepEqual([reports.length, clock.pending], [1, 0]);
});

test("a report that throws strands nobody who waits for the lock (FUTURE_SETTLES)", async () => {
  let nowMs = 0;
  const clock = { now: () => nowMs, setTimeout: () => 1, clearTimeout: () => {} };
  const report = () => {
    throw new Error("a broken diagnostic");
  };
  const locks = new LockManager({ holdLimit: { ms: 100, report, clock } });
  const slow = locks.request("a", () => nowMs += 100);
  const next = locks.request("a", () => "granted");
  assert.equal(await slow, 100);
  assert.equal(await next, "granted");
});

test("a request that was taken back makes room in a full line (BOUNDED_STATE)", async () => {
  const locks = new LockManager({ waitersMax: 1 });
  const first = hold(locks, "a");
  const controller = new AbortController();
  const gone = locks.request("a", { signal: controller.signal }, ignore);
  controller.abort(new Error("gone"));
  await assert.rejects(gone, { message: "gone" });
  const next = locks.request("a", () => "granted");
  first.release();
  assert.equal(await next, "granted");
});

test("the end of a holder that was stolen from leaves the thief its lock (OWNER_ONLY_RELEASE)", async () => {
  const locks = new LockManager();
  const first = hold(locks, "a");
  await first.started;
  const thief = hold(locks, "a", { steal: true });
  await thief.started;
  const next = hold(locks, "a");
  await assert.rejects(first.done, abortError);
  first.release();
  await quiet();
  const { held, pending } = locks.snapshot();
  assert.deepEqual([held.length, pending.length], [1, 1]);
  thief.release();
  await next.started;
  next.release();
  await next.done;
});

test("a shared request overtakes no exclusive one when one of several holders ends (FIFO)", async () => {
  const locks = new LockManager();
  const readers = [1, 2].map(() => hold(locks, "a", { mode: "shared" }));
  const order: string[] = [];
  const exclusive = locks.request("a", () => order.push("exclusive"));
  const shared = locks.request("a", { mode: "shared" }, () => order.push("shared"));
  readers[0]!.release();
  await readers[0]!.done;
  await quiet();
  assert.deepEqual(order, []);
  readers[1]!.release();
  await Promise.all([exclusive, shared]);
  assert.deepEqual(order, ["exclusive", "shared"]);
});
