import assert from "node:assert/strict";
import { contract, hold, ignore, notCalled, requestAny } from "./lock_contract.ts";
import type { Lock, LockManagerSnapshot } from "../mod.ts";

const aborted = { name: "AbortError" };

contract("any string is a name, and no two are mixed up", async (locks) => {
  for (const name of ["", "abc\x00def", "\uD800", "\uDC00", "\uDC00\uD800", "\uFFFF"]) {
    assert.equal(await locks.request(name, (lock) => lock?.name), name);
  }
  const inner = () => locks.request("\uFFFD", (lock) => lock?.name);
  assert.equal(await locks.request("\uD800", inner), "\uFFFD");
});

contract("request() is a promise of what the callback returns", async (locks, name) => {
  const request = locks.request(name, () => 123);
  assert.equal(Promise.resolve(request), request);
  assert.equal(await request, 123);
  assert.equal(await locks.request(name, () => Promise.resolve("later")), "later");
});

contract(
  "a callback may return any thenable",
  async (locks, name) => {
    const thenable = { then: (resolve: (value: number) => void) => resolve(5) };
    assert.equal(await requestAny(locks, name, () => thenable), 5);
  },
);

/** Something to throw that must not be taken for a promise. */
const thrown = { then: () => assert.fail("then() must not be called") };
const caughtBy = (request: Promise<unknown>) => request.then(notCalled, (error) => [error]);

contract("a callback that rejects rejects the request, and frees the lock", async (locks, name) => {
  const caught = await caughtBy(locks.request(name, () => Promise.reject(thrown)));
  assert.equal(caught[0], thrown);
  assert.equal(await locks.request(name, { ifAvailable: true }, (lock) => lock?.name), name);
});

contract(
  "a callback that throws rejects the request, and frees the lock",
  async (locks, name) => {
    const fail = () => {
      throw thrown;
    };
    const caught = await caughtBy(locks.request(name, fail));
    assert.equal(caught[0], thrown);
    assert.equal(await locks.request(name, { ifAvailable: true }, (lock) => lock?.name), name);
  },
  { node: "never frees the lock" },
);

contract(
  "the callback is not called inside request()",
  async (locks, name) => {
    const order: string[] = [];
    const request = locks.request(name, () => order.push("callback"));
    const refused = locks.request(name, { ifAvailable: true }, () => order.push("refused"));
    order.push("returned");
    await Promise.all([request, refused]);
    assert.deepEqual(order, ["returned", "callback", "refused"]);
  },
  { node: "calls it inside", deno: "calls it inside" },
);

contract("a lock is held until what the callback returned settles", async (locks, name) => {
  for (const end of ["resolve", "reject"] as const) {
    const order: string[] = [];
    const callback = async () => {
      await locks.query();
      order.push(end);
      await Promise[end]();
    };
    const first = locks.request(name, callback);
    const second = locks.request(name, () => order.push("second"));
    await Promise.allSettled([first, second]);
    assert.deepEqual(order, [end, "second"]);
  }
});

contract("requests are granted in the order in which they came", async (locks, name) => {
  const order: number[] = [];
  const requests = [1, 2, 3, 4, 5].map((n) =>
    locks.request(name, async () => {
      await locks.query();
      order.push(n);
    })
  );
  await Promise.all(requests.reverse());
  assert.deepEqual(order, [1, 2, 3, 4, 5]);
});

contract("different names do not wait for each other", async (locks, name) => {
  const first = hold(locks, name);
  await first.started;
  assert.equal(await locks.request(`${name}-other`, () => "granted"), "granted");
  first.release();
  await first.done;
});

contract("shared locks are held together, also after an exclusive one", async (locks, name) => {
  const before = hold(locks, name);
  await before.started;
  const shared = [1, 2, 3].map(() => hold(locks, name, { mode: "shared" }));
  before.release();
  for (const { started } of shared) assert.equal((await started)?.mode, "shared");
  for (const { release } of shared) release();
  await Promise.all([before, ...shared].map(({ done }) => done));
});

contract("a shared request waits behind an exclusive one that waits", async (locks, name) => {
  const order: string[] = [];
  const reader = hold(locks, name, { mode: "shared" });
  await reader.started;
  const writer = locks.request(name, () => order.push("exclusive"));
  const late = locks.request(name, { mode: "shared" }, () => order.push("shared"));
  await locks.query();
  order.push("released");
  reader.release();
  await Promise.all([reader.done, writer, late]);
  assert.deepEqual(order, ["released", "exclusive", "shared"]);
});

contract("ifAvailable gets the lock where it is free or shared", async (locks, name) => {
  const granted = (lock: Lock | null) => lock?.mode;
  assert.equal(await locks.request(name, { ifAvailable: true }, granted), "exclusive");
  const reader = hold(locks, name, { mode: "shared" });
  await reader.started;
  const shared = { ifAvailable: true, mode: "shared" } as const;
  assert.equal(await locks.request(name, shared, granted), "shared");
  reader.release();
  await reader.done;
});

contract("ifAvailable gets null where it would have to wait", async (locks, name) => {
  for (const [held, asked] of [["exclusive", "shared"], ["shared", "exclusive"]] as const) {
    const holder = hold(locks, name, { mode: held });
    await holder.started;
    const options = { ifAvailable: true, mode: asked } as const;
    assert.deepEqual(await locks.request(name, options, (lock) => [lock, 123]), [null, 123]);
    const failure = new Error("thrown by the callback");
    const fail = () => {
      throw failure;
    };
    await assert.rejects(locks.request(name, options, fail), failure);
    await assert.rejects(locks.request(name, options, () => Promise.reject(failure)), failure);
    holder.release();
    await holder.done;
  }
});

contract(
  "ifAvailable does not overtake a request that waits",
  async (locks, name) => {
    const reader = hold(locks, name, { mode: "shared" });
    await reader.started;
    const writer = locks.request(name, ignore);
    const options = { ifAvailable: true, mode: "shared" } as const;
    assert.equal(await locks.request(name, options, (lock) => lock), null);
    reader.release();
    await Promise.all([reader.done, writer]);
  },
  { deno: "waits in line instead" },
);

contract("a signal that is aborted already rejects with its reason", async (locks, name) => {
  const reason = await locks.request(name, { signal: AbortSignal.abort("mine") }, notCalled)
    .catch((reason) => reason);
  assert.equal(reason, "mine");
  const holder = hold(locks, name);
  await holder.started;
  const byDefault = locks.request(name, { signal: AbortSignal.abort() }, notCalled);
  await assert.rejects(byDefault, aborted);
  holder.release();
  await holder.done;
});

contract("an abort takes a waiting request out, and it alone", async (locks, name) => {
  const first = hold(locks, name);
  await first.started;
  const controller = new AbortController();
  const second = locks.request(name, { signal: controller.signal }, notCalled);
  const third = locks.request(name, () => "third");
  await locks.query();
  controller.abort("changed my mind");
  assert.equal(await second.catch((reason) => reason), "changed my mind");
  first.release();
  await first.done;
  assert.equal(await third, "third");
});

contract("an abort lets those through who waited only for it", async (locks, name) => {
  const reader = hold(locks, name, { mode: "shared" });
  await reader.started;
  const controller = new AbortController();
  const writer = locks.request(name, { signal: controller.signal }, notCalled);
  const late = locks.request(name, { mode: "shared" }, () => "while the first is held");
  controller.abort();
  await assert.rejects(writer, aborted);
  assert.equal(await late, "while the first is held");
  reader.release();
  await reader.done;
}, { node: "lets them wait for the release", deno: "lets them wait for the release" });

contract(
  "an abort right after request() is in time",
  async (locks, name) => {
    const controller = new AbortController();
    const request = locks.request(name, { signal: controller.signal }, notCalled);
    controller.abort();
    await assert.rejects(request, aborted);
    assert.equal(await locks.request(name, () => "free"), "free");
  },
);

contract("an abort has no effect once the callback is called", async (locks, name) => {
  const controller = new AbortController();
  const holder = hold(locks, name, { signal: controller.signal });
  await holder.started;
  controller.abort();
  const next = locks.request(name, { ifAvailable: true }, (lock) => lock);
  assert.equal(await next, null);
  holder.release("resolved");
  assert.equal(await holder.done, "resolved");
});

contract("steal takes a lock from its holder, who is told", async (locks, name) => {
  const steal = { steal: true };
  assert.equal(await locks.request(name, steal, (lock) => lock?.mode), "exclusive");
  const holders = [1, 2].map(() => hold(locks, name, { mode: "shared" }));
  for (const { started } of holders) await started;
  const told = holders.map(({ done }) => assert.rejects(done, aborted));
  assert.equal(await locks.request(name, steal, () => "stolen"), "stolen");
  await Promise.all(told);
});

contract("steal goes ahead of those who wait, and the last thief wins", async (locks, name) => {
  const order: string[] = [];
  const holder = hold(locks, name);
  await holder.started;
  const waiting = locks.request(name, () => order.push("waiting"));
  const first = hold(locks, name, { steal: true });
  const told = [holder, first].map(({ done }) => assert.rejects(done, aborted));
  await first.started;
  await locks.request(name, { steal: true }, () => order.push("thief"));
  await Promise.all([...told, waiting]);
  assert.deepEqual(order, ["thief", "waiting"]);
});

contract("the end of a callback that was stolen from frees nothing", async (locks, name) => {
  const holder = hold(locks, name);
  await holder.started;
  const thief = hold(locks, name, { steal: true });
  await assert.rejects(holder.done, aborted);
  await thief.started;
  holder.release();
  await locks.query();
  assert.equal(await locks.request(name, { ifAvailable: true }, (lock) => lock), null);
  thief.release();
  await thief.done;
});

contract("query() shows what is held and what waits, in order", async (locks, name) => {
  const holder = hold(locks, name);
  await holder.started;
  const waiting = (["shared", "exclusive", "shared"] as const).map((mode) =>
    locks.request(name, { mode }, ignore)
  );
  const snapshot = await locks.query();
  const mine = (part: keyof LockManagerSnapshot) =>
    (snapshot[part] ?? []).filter((info) => info.name === name);
  assert.deepEqual(mine("held").map(({ mode }) => mode), ["exclusive"]);
  assert.deepEqual(mine("pending").map(({ mode }) => mode), ["shared", "exclusive", "shared"]);
  const clientIds = new Set([...mine("held"), ...mine("pending")].map((info) => info.clientId));
  assert.equal(clientIds.size, 1);
  assert.deepEqual(Object.keys(mine("held")[0]!).sort(), ["clientId", "mode", "name"]);
  holder.release();
  await Promise.all([holder.done, ...waiting]);
});
