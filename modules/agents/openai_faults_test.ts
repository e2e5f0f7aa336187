import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import { turn, until } from "./_test_support.ts";
import { startChatServer } from "./_testing/chat_server.ts";
import { ends, holding, withEndpoint } from "./_testing/openai_bench.ts";
import type { EndpointError } from "./endpoint_error.ts";

const REASON = new Error("stop it");

/** Each fault, the code of its error and what its message says. */
const FAULTS: readonly [string, string, RegExp][] = [
  ["unauthorized", "unauthorized", /^Cannot use the endpoint http:.*: no key was given \(401\): /],
  ["forbidden", "forbidden", /\(403\): not for you$/],
  ["missing", "not_found", /^Cannot find the model "m1" at http:.* \(404\): no such model$/],
  ["wrong", "invalid", /\(400\): too long$/],
  ["limit", "rate_limited", /too many requests, or no quota \(429\): slow down$/],
  ["down", "unavailable", /\(503\): .*down/],
  ["break", "broken", /^The reply of the endpoint .* broke off: /],
  ["half", "broken", /broke off: it ended before the reply was whole$/],
  ["empty", "broken", /it ended before the reply was whole$/],
  ["decoy", "broken", /it ended before the reply was whole$/],
  ["json", "malformed", /^Cannot read the reply of the endpoint http:.*: it has no message$/],
  ["quota", "failed", /^The endpoint http:.* failed: no quota$/],
  ["pretty", "malformed", /An answer that is no stream is longer than 1048576 bytes$/],
  ["malformed", "malformed", /^Cannot read the reply of the endpoint http:/],
  ["line", "malformed", /A line of the answer is longer than 1048576 bytes$/],
  ["endless", "unavailable", /\(500\): 500 An answer of status 500 is longer than 65536 bytes$/],
  ["told", "failed", /^The endpoint http:.* failed: out of memory$/],
];

for (const [word, code, says] of FAULTS) {
  test(`a fault is a typed error, in the transcript, and the next message goes on: ${word}`, () =>
    withEndpoint({}, async ({ server, session }) => {
      await assert.rejects(session.run(turn(word)), (error: EndpointError) => {
        assert.equal(error.name, "EndpointError");
        assert.equal(error.code, code);
        assert.match(error.message, says);
        return true;
      });
      assert.equal((await ends(session)).at(-1)?.[2], "failed");
      assert.equal(server.requests.length, 1, "it is not tried again");
      assert.match(await session.run(turn("on", { id: "t2" })), /on$/);
    }));
}

test("the time that an endpoint asks to wait is part of the error", () =>
  withEndpoint({}, async ({ session }) => {
    await assert.rejects(session.run(turn("limit")), { status: 429, retryAfterMs: 7_000 });
  }));

test("no error says the key, also where the endpoint repeats it", () =>
  withEndpoint({ apiKey: "sk-secret" }, async ({ session }) => {
    await assert.rejects(session.run(turn("unauthorized")), (error: Error) => {
      assert.match(error.message, /the key is not accepted \(401\): Wrong key: \(the key\)$/);
      assert.doesNotMatch(JSON.stringify(error, Object.getOwnPropertyNames(error)), /sk-secret/);
      return true;
    });
  }));

test("an endpoint that is not there is unreachable, and a password in its address is not said", () =>
  withEndpoint({}, async ({ restarted }) => {
    const gone = await startChatServer();
    await gone.stop();
    const baseUrl = gone.baseUrl.replace("//", "//ann:password@");
    const session = await restarted({ baseUrl }).resume("s1");
    await assert.rejects(session.run(turn("hi")), (error: EndpointError) => {
      assert.equal(error.code, "unreachable");
      assert.match(error.message, /^Cannot reach the endpoint http:\/\/127\.0\.0\.1:\d+\/v1: /);
      assert.doesNotMatch(error.message, /password/);
      return true;
    });
  }));

for (const [word, waitMs] of [["limit", 7_000], ["down", 500], ["empty", 500]] as const) {
  test(`a request that may succeed later is tried again while nothing was said: ${word}`, () =>
    withEndpoint({ retriesMax: 2 }, async ({ clock, server, session, waits }) => {
      const done = session.run(turn(`${word} 1`));
      await until(() => waits.includes(waitMs));
      clock.advance(waitMs - 1);
      await quiet();
      assert.equal(server.requests.length, 1);
      clock.advance(1);
      assert.equal(await done, `You said: ${word} 1`);
      assert.equal(server.requests.length, 2);
    }));
}

for (const word of ["break", "half"]) {
  test(`once a piece was said a request is not tried again: ${word}`, () =>
    withEndpoint({ retriesMax: 2 }, async ({ server, session }) => {
      await assert.rejects(session.run(turn(`${word} 1`)), { code: "broken" });
      assert.equal(server.requests.length, 1);
    }));
}

test("the tries have a limit, and each waits twice as long", () =>
  withEndpoint({ retriesMax: 2 }, async ({ clock, server, session, waits }) => {
    const done = session.run(turn("down"));
    done.catch(() => {});
    for (const waitMs of [500, 1_000]) {
      await until(() => waits.includes(waitMs));
      clock.advance(waitMs);
    }
    await assert.rejects(done, { code: "unavailable" });
    assert.equal(server.requests.length, 3);
    assert.equal(clock.now(), 1_500);
  }));

test("an endpoint that asks for more patience than there is fails at once", () =>
  withEndpoint({ retriesMax: 2 }, async ({ server, session }) => {
    await assert.rejects(session.run(turn("patience")), { retryAfterMs: 3_600_000 });
    assert.equal(server.requests.length, 1);
  }));

test("an abort in the wait before another try ends the turn, without one", () =>
  withEndpoint({ retriesMax: 2 }, async ({ server, session, waits }) => {
    const said = turn("down");
    const done = session.run(said);
    done.catch(() => {});
    await until(() => waits.includes(500));
    said.abort.abort(REASON);
    await assert.rejects(done, REASON);
    assert.equal(server.requests.length, 1);
  }));

test("an endpoint that is silent for too long is a timeout, before and within its reply", () =>
  withEndpoint({ idleMs: 700 }, async ({ clock, server, session }) => {
    const silent = session.run(turn("silent"));
    silent.catch(() => {});
    await until(() => server.requests.length === 1);
    clock.advance(700);
    await assert.rejects(silent, { code: "timeout", message: /nothing came for 700 ms$/ });
    const said = turn("hold", { id: "t2" });
    const held = session.run(said);
    held.catch(() => {});
    await until(() => said.pieces.length === 1);
    clock.advance(700);
    await assert.rejects(held, { code: "timeout" });
    assert.deepEqual((await ends(session)).at(-1), ["agent", "one ", "failed"]);
  }));

test("an endpoint that was silent for too long is not asked again: it may be at work", () =>
  withEndpoint({ idleMs: 700, retriesMax: 2 }, async ({ clock, server, session, waits }) => {
    const silent = session.run(turn("silent"));
    let isOver = false;
    silent.catch(() => isOver = true);
    await until(() => server.requests.length === 1);
    clock.advance(700);
    await until(() => isOver || waits.includes(500));
    assert.ok(isOver, "it waits for another try");
    await assert.rejects(silent, { code: "timeout" });
    assert.equal(server.requests.length, 1);
  }));

test("an endpoint that says something in time is not silent", () =>
  withEndpoint({ idleMs: 700 }, async ({ clock, server, session }) => {
    server.onEvent = () => clock.advance(600);
    const said = turn("hold");
    const done = session.run(said);
    done.catch(() => {});
    await until(() => said.pieces.length === 1);
    server.onEvent = () => {};
    clock.advance(600);
    for (let round = 0; round < 50; round++) await quiet();
    assert.equal(session.requestCancel?.("graceful"), true, "it goes on");
    assert.equal(await done, "one ");
  }));

test("a turn that takes too long fails, whatever comes meanwhile", () =>
  withEndpoint({ turnMs: 5_000 }, async (bench) => {
    const { done } = await holding(bench);
    bench.clock.advance(5_000);
    await assert.rejects(done, { name: "TurnTimeoutError", code: "turn_timeout" });
    await until(() => bench.server.events.includes("closed 1"));
  }));

test("a reply that is too long fails, and what was said before is kept", () =>
  withEndpoint({ replyCharsMax: 10_000 }, async ({ session }) => {
    await assert.rejects(session.run(turn("flood")), { name: "ReplyTooLongError" });
    const [, text, end] = (await ends(session)).at(-1) ?? [];
    assert.deepEqual([text?.length, end], [10_000, "failed"]);
  }));

test("the longest reply that may be is stored whole, whatever its characters are", () =>
  withEndpoint({ replyCharsMax: 300_000 }, async ({ session }) => {
    assert.equal((await session.run(turn("book"))).length, 300_000);
    const [, text, end] = (await ends(session)).at(-1) ?? [];
    assert.deepEqual([text?.length, end], [300_000, undefined]);
  }));

test("a reply that does not fit into the transcript fails, and is stored as far as it does", () => {
  const told: unknown[] = [];
  const options = {
    limits: { lineBytesMax: 100_000 },
    onError: (error: unknown) => told.push(error),
  };
  return withEndpoint({ ...options, replyCharsMax: 300_000 }, async ({ session }) => {
    await assert.rejects(session.run(turn("book")), { code: "transcript_full" });
    const [, text = "", end] = (await ends(session)).at(-1) ?? [];
    assert.equal(text, `${"\x01".repeat(9_375)}\n\n[The rest does not fit into the transcript]`);
    assert.deepEqual([end, told], ["failed", []]);
    assert.match(await session.run(turn("on", { id: "t2" })), /on$/);
  });
});

test("a transcript in which nothing more fits fails the turn, and that is told once", () => {
  const told: unknown[] = [];
  const options = { limits: { fileBytesMax: 100 }, onError: (error: unknown) => told.push(error) };
  return withEndpoint(options, async ({ session }) => {
    await assert.rejects(session.run(turn("on")), { code: "transcript_full" });
    assert.deepEqual(told.map((error) => (error as Error).name), ["TranscriptFullError"]);
  });
});

test("a reply that the model or the endpoint cut off says so", () =>
  withEndpoint({}, async ({ session }) => {
    assert.match(await session.run(turn("length")), /^one\n\n\[The reply was cut off: the model/);
    assert.match(
      await session.run(turn("filter", { id: "t2" })),
      /the endpoint's content filter\]$/,
    );
  }));

test("a stream that says it is over is whole, also without the model's own end", () =>
  withEndpoint({}, async ({ session }) => {
    assert.equal(await session.run(turn("done")), "one");
    assert.deepEqual((await ends(session)).at(-1), ["agent", "one", undefined]);
  }));

test("a reply that does not come as a stream counts, and is asked for once", () =>
  withEndpoint({ retriesMax: 2 }, async ({ server, session }) => {
    const said = turn("wholly");
    assert.equal(await session.run(said), "one");
    assert.deepEqual(said.pieces, ["one"]);
    assert.match(await session.run(turn("whole", { id: "t2" })), /^one\n\n\[The reply was cut off/);
    await assert.rejects(session.run(turn("json", { id: "t3" })), { code: "malformed" });
    assert.equal(server.requests.length, 3);
  }));

test("chunks of an odd shape are left out, and what fails after the reply is whole is no failure", () =>
  withEndpoint({}, async ({ session }) => {
    assert.equal(await session.run(turn("odd")), "");
    assert.equal(await session.run(turn("late", { id: "t2" })), "one");
  }));
