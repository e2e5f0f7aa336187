import assert from "node:assert/strict";
import { contract, hold, ignore, notCalled, requestAny } from "./lock_contract.ts";
import type { Lock } from "../mod.ts";

contract("arguments of the wrong type are TypeErrors that reject", async (locks, name) => {
  const wrong: unknown[][] = [[], [name], [Symbol("name"), notCalled], [name, 5, notCalled]];
  for (const callback of [undefined, null, 123, "abc", [], {}, Promise.resolve()]) {
    wrong.push([name, callback], [name, {}, callback]);
  }
  for (const mode of ["foo", null, "Shared"]) wrong.push([name, { mode }, notCalled]);
  for (const signal of ["string", 12.34, false, null, {}, Symbol("signal"), ignore, globalThis]) {
    wrong.push([name, { signal }, notCalled]);
  }
  // They do not wait for their turn to be refused.
  const holder = hold(locks, name);
  await holder.started;
  for (const args of wrong) await assert.rejects(requestAny(locks, ...args), TypeError);
  holder.release();
  await holder.done;
});

contract(
  "what only looks like an AbortSignal is a TypeError",
  async (locks, name) => {
    const signal = {
      aborted: false,
      throwIfAborted: ignore,
      addEventListener: ignore,
      removeEventListener: ignore,
    };
    await assert.rejects(requestAny(locks, name, { signal }, notCalled), TypeError);
  },
  { node: "takes it" },
);

contract(
  "a third argument that is undefined is no callback",
  (locks, name) => assert.rejects(requestAny(locks, name, notCalled, undefined), TypeError),
  { node: "takes the second argument instead" },
);

contract("names that start with a hyphen are not supported", async (locks) => {
  for (const name of ["-", "-foo"]) {
    await assert.rejects(locks.request(name, notCalled), { name: "NotSupportedError" });
  }
  assert.equal(await locks.request("x-anything", (lock) => lock?.name), "x-anything");
});

contract("options that exclude each other are not supported", async (locks, name) => {
  const { signal } = new AbortController();
  const invalid = [
    { steal: true, ifAvailable: true },
    { steal: true, mode: "shared" },
    { steal: true, signal },
    { ifAvailable: true, signal },
  ] as const;
  for (const options of invalid) {
    const error = await locks.request(name, options, notCalled).catch((error) => error);
    assert.ok(error instanceof DOMException);
    assert.equal(error.name, "NotSupportedError");
  }
});

contract(
  "options that exclude each other count before a signal that is aborted",
  async (locks, name) => {
    const options = { steal: true, signal: AbortSignal.abort("not the reason") };
    await assert.rejects(locks.request(name, options, notCalled), { name: "NotSupportedError" });
  },
  { node: "rejects with the signal's reason" },
);

contract(
  "options may be null, undefined or a function, and their values too",
  async (locks, name) => {
    const allUndefined = { mode: undefined, ifAvailable: undefined, steal: undefined };
    for (const options of [null, undefined, ignore, { ...allUndefined, signal: undefined }]) {
      assert.equal(await requestAny(locks, name, options, (lock: Lock) => lock.mode), "exclusive");
    }
    const truthy = { ifAvailable: 1, mode: { toString: () => "shared" } };
    assert.equal(await requestAny(locks, name, truthy, (lock: Lock) => lock.mode), "shared");
  },
);

contract(
  "a name is converted to a string",
  async (locks) => assert.equal(await requestAny(locks, 12, (lock: Lock) => lock.name), "12"),
  { deno: "keeps the number" },
);
