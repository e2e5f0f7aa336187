import { test } from "node:test";
import assert from "node:assert/strict";
import { abortable } from "@std/async/abortable";
import { delay } from "@std/async/delay";
import { retry, RetryError } from "@std/async/retry";

test("@std/async/abortable ends a wait with the reason of its signal", async () => {
  const aborter = new AbortController();
  const never: Promise<number> = new Promise(() => {});
  const wait = abortable(never, aborter.signal);
  aborter.abort("enough");
  await assert.rejects(wait, (reason) => reason === "enough");
  assert.equal(await abortable(Promise.resolve(7), new AbortController().signal), 7);
});

test("@std/async/delay resolves, and rejects with the reason of its signal", async () => {
  assert.equal(await delay(0), undefined);
  const aborter = new AbortController();
  const wait = delay(1e6, { signal: aborter.signal });
  aborter.abort("enough");
  await assert.rejects(wait, (reason) => reason === "enough");
});

test("@std/async/retry returns the first success and gives up with a RetryError", async () => {
  const cause = new Error("always");
  let attempts = 0;
  const secondTime = (): number => {
    if (++attempts < 2) throw cause;
    return attempts;
  };
  assert.equal(await retry(secondTime, { minTimeout: 0, maxTimeout: 1 }), 2);
  await assert.rejects(
    retry(() => Promise.reject(cause), { maxAttempts: 1 }),
    (error) => error instanceof RetryError && error.cause === cause,
  );
});
