import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { quiet } from "@lanekeeper/harness";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import { DrainHandoff, type DrainHandoffOptions } from "./mod.ts";

// What `ended()` or an observer throws surfaces as an unhandled rejection. A test runner takes that
// for a failure, so the throwing is done by this same file in a process of its own.
const CHILD = "LANEKEEPER_TEST_SURFACE";

type Options = Partial<DrainHandoffOptions<string, string>>;

/** Options that call `throwOnce` somewhere. */
const THROWING: Record<string, (throwOnce: () => void) => Options> = {
  ended: (throwOnce) => ({ ended: throwOnce }),
  handedOff: (throwOnce) => ({ observer: { handedOff: throwOnce } }),
  released: (throwOnce) => ({ observer: { released: throwOnce } }),
  lateSettled: (throwOnce) => ({ observer: { lateSettled: throwOnce } }),
};

/** Runs "1", which is abandoned and settles late, then "2", then "3" once the key is idle. */
async function surface(options: (throwOnce: () => void) => Options): Promise<unknown> {
  let surfaced = 0;
  const count = (error: unknown) => surfaced += (error as Error).message === "No" ? 1 : 1_000;
  process.on("unhandledRejection", count);
  const inbox = ["1", "2"];
  const ran: string[] = [];
  const clock = new FakeClock();
  const work = Promise.withResolvers<void>();
  const next = () => inbox.shift();
  let isThrown = false;
  const throwOnce = () => {
    if (isThrown) return;
    isThrown = true;
    throw new Error("No");
  };
  const run: DrainHandoffOptions<string, string>["run"] = (turn) => {
    ran.push(turn.item);
    return turn.item === "1" ? work.promise : undefined;
  };
  const chain = new DrainHandoff<string, string>({ next, run, clock, ...options(throwOnce) });
  chain.wake("s");
  await quiet();
  if (options === THROWING["lateSettled"]) {
    chain.turnOf("s")!.interrupt();
    clock.advance(5_000);
  }
  work.resolve();
  await quiet();
  inbox.push("3");
  const isIdle = chain.wake("s");
  await quiet();
  process.off("unhandledRejection", count);
  return { surfaced, ran, isIdle, size: chain.size, abandoned: chain.abandoned };
}

/** Wakes so many keys in one step, and the first turn throws at its end. */
async function surfaceAmong(keys: number): Promise<unknown> {
  let surfaced = 0;
  const count = (error: unknown) => surfaced += (error as Error).message === "No" ? 1 : 1_000;
  process.on("unhandledRejection", count);
  const ready = new Set<number>();
  let runs = 0;
  const chain = new DrainHandoff<number, true>({
    next: (key) => ready.delete(key) ? true : undefined,
    run: () => void runs++,
    ended: () => {
      if (runs === 1) throw new Error("No");
    },
  });
  for (let key = 0; key < keys; key++) {
    ready.add(key);
    chain.wake(key);
  }
  await quiet();
  return { surfaced, runs, size: chain.size };
}

/** Runs this file as a process that throws, and gives what it prints. */
async function child(what: string): Promise<unknown> {
  const file = fileURLToPath(import.meta.url);
  const args = "Deno" in globalThis ? ["run", "-A", "--no-check", file] : [file];
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const options = { env: { ...env, [CHILD]: what }, timeout: 20_000 };
  const printed = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${error.message}: ${stderr}`));
    });
  });
  return JSON.parse(printed);
}

const AMONG = "ended among many";
const KEYS = 200_000;

const what = process.env[CHILD];
if (what === AMONG) {
  console.log(JSON.stringify(await surfaceAmong(KEYS)));
} else if (what !== undefined) {
  console.log(JSON.stringify(await surface(THROWING[what]!)));
} else {
  test("a throw of ended() does not strand the turns that became ready with it (NO_ORPHAN_GUARD, NO_CROSS_SESSION_HOL)", async () => {
    assert.deepEqual(await child(AMONG), { surfaced: 1, runs: KEYS, size: 0 });
  });

  for (const name of Object.keys(THROWING)) {
    test(`a throw of ${name}() surfaces once and does not strand the key`, async () => {
      const fine = { surfaced: 1, ran: ["1", "2", "3"], isIdle: true, size: 0, abandoned: 0 };
      assert.deepEqual(await child(name), fine);
    });
  }
}
