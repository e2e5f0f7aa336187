import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryState } from "@chat-adapter/state-memory";
import type { QueueEntry, StateAdapter } from "chat";
import type { SimEnv } from "../kit/adapter.ts";
import { ShownState } from "./_chat_state.ts";

const THREAD = "wild:a";
const ENTRY = { message: { text: "m1" }, enqueuedAt: 0, expiresAt: 0 } as unknown as QueueEntry;

/** After how many microtasks it is over. */
async function hopsOf(promise: Promise<unknown>): Promise<number> {
  let isOver = false;
  promise.then(() => isOver = true);
  let hops = 0;
  for (; !isOver && hops < 100; hops++) await null;
  return hops;
}

/** Each call that the Chat SDK makes while messages come and go. */
async function hopsOfAll(state: StateAdapter): Promise<Record<string, number>> {
  await state.connect();
  const lock = (await state.acquireLock(THREAD, 1_000))!;
  return {
    acquireLock: await hopsOf(state.acquireLock("wild:b", 1_000)),
    busy: await hopsOf(state.acquireLock(THREAD, 1_000)),
    extendLock: await hopsOf(state.extendLock(lock, 1_000)),
    enqueue: await hopsOf(state.enqueue(THREAD, ENTRY, 10)),
    queueDepth: await hopsOf(state.queueDepth(THREAD)),
    dequeue: await hopsOf(state.dequeue(THREAD)),
    empty: await hopsOf(state.dequeue(THREAD)),
    releaseLock: await hopsOf(state.releaseLock(lock)),
    forceReleaseLock: await hopsOf(state.forceReleaseLock("wild:b")),
    setIfNotExists: await hopsOf(state.setIfNotExists("key", true, 1_000)),
    isSubscribed: await hopsOf(state.isSubscribed(THREAD)),
    set: await hopsOf(state.set("key", true)),
    get: await hopsOf(state.get("key")),
    delete: await hopsOf(state.delete("key")),
  };
}

test("the memory state that shows what it holds settles in as many microtask hops as the bare one", async () => {
  const shown = new ShownState({} as SimEnv, { isRemote: false });
  const bare = createMemoryState() as unknown as StateAdapter;
  assert.deepEqual(await hopsOfAll(shown), await hopsOfAll(bare));
});

test("the memory state shows a lock before whoever took it goes on", async () => {
  const state = new ShownState({} as SimEnv, { isRemote: false });
  await state.connect();
  const guard = await state.acquireLock(THREAD, 1_000);
  assert.deepEqual(state.snapshot((thread) => thread).sessions, [
    { session: THREAD, waiting: [], guard },
  ]);
});
