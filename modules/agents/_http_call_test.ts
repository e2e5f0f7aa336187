import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { FakeClock } from "@lanekeeper/test/fake_clock";
import { HttpCall, type HttpCallOptions } from "./_http_call.ts";
import { until } from "./_test_support.ts";

interface Bench {
  readonly url: string;
  readonly clock: FakeClock;
  /** What happened, in order. */
  readonly events: string[];
  call(options?: Partial<HttpCallOptions>): HttpCall;
}

/** A server that answers `/STATUS` with it, and goes on for ever with `/forever`. */
async function withServer(use: (bench: Bench) => Promise<void>): Promise<void> {
  const clock = new FakeClock();
  const events: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = request.url?.slice(1) ?? "";
    request.socket.once("close", () => events.push("closed"));
    if (path === "forever") response.write("one\n");
    else response.writeHead(Number(path), { "x-more": ["a", "b"] }).end("body");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const call = (options: Partial<HttpCallOptions> = {}) =>
    new HttpCall({ clock, lingerMs: 100, lineBytesMax: 1_000, errorBytesMax: 4, ...options });
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await use({ url, clock, events, call });
    assert.equal(clock.pending, 0);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

test("hangUp() resolves once the other side has ended, and twice is once", () =>
  withServer(async ({ url, events, call }) => {
    const one = call();
    const { body } = await one.fetch(`${url}/forever`);
    await body?.getReader().read();
    await Promise.all([one.hangUp(), one.hangUp().then(() => events.push("hung up"))]);
    await one.hangUp();
    assert.deepEqual(events, ["closed", "hung up"]);
  }));

test("hangUp() of a call that was never made, or has ended, does nothing", () =>
  withServer(async ({ url, call, events }) => {
    const one = call();
    await one.hangUp();
    assert.equal(await (await one.fetch(`${url}/200`)).text(), "body");
    await one.hangUp();
    await until(() => events.includes("closed"));
  }));

test("status, headers and body arrive, and a status without a body has none", () =>
  withServer(async ({ url, call }) => {
    for (const [status, text] of [[200, "body"], [404, "body"], [204, ""]] as const) {
      const one = call();
      const response = await one.fetch(`${url}/${status}`);
      assert.deepEqual([response.status, response.headers.get("x-more")], [status, "a, b"]);
      assert.equal(await response.text(), text);
      await one.hangUp();
    }
  }));

test("what is no success has a short body, and more of it hangs up", () =>
  withServer(async ({ url, call, events }) => {
    for (const status of [302, 400, 500]) {
      const one = call({ errorBytesMax: 3 });
      const response = await one.fetch(`${url}/${status}`);
      await assert.rejects(response.text(), {
        name: "RangeError",
        message: `An answer of status ${status} is longer than 3 bytes`,
      });
      await one.hangUp();
    }
    await until(() => events.length === 3);
    const whole = call({ errorBytesMax: 3 });
    assert.equal(await (await whole.fetch(`${url}/200`)).text(), "body");
    await whole.hangUp();
  }));

test("a redirect is not followed, and one call makes one request", () =>
  withServer(async ({ url, call }) => {
    const one = call();
    assert.equal((await one.fetch(`${url}/302`)).status, 302);
    await assert.rejects(one.fetch(`${url}/200`), /this call was made already/);
    await one.hangUp();
  }));

test("an abort rejects with its reason, before, while and after the answer begins", () =>
  withServer(async ({ url, call }) => {
    const reason = new Error("stop it");
    const early = call();
    await assert.rejects(early.fetch(url, { signal: AbortSignal.abort(reason) }), reason);
    const abort = new AbortController();
    const late = call();
    const { body } = await late.fetch(`${url}/forever`, { signal: abort.signal });
    const reader = body?.getReader();
    await reader?.read();
    const next = reader?.read();
    abort.abort(reason);
    await assert.rejects(Promise.resolve(next), reason);
    await Promise.all([early.hangUp(), late.hangUp()]);
  }));

test("a body that is cancelled hangs up", () =>
  withServer(async ({ url, call, events }) => {
    const one = call();
    const { body } = await one.fetch(`${url}/forever`);
    await body?.cancel();
    await until(() => events.includes("closed"));
    await one.hangUp();
  }));
