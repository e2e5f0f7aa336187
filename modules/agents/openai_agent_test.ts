import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import { turn, until } from "./_test_support.ts";
import { ends, holding, withEndpoint } from "./_testing/openai_bench.ts";
import { createOpenAiAgent } from "./openai_agent.ts";

const REASON = new Error("stop it");

test("a reply streams piece by piece, and is what was emitted", () =>
  withEndpoint({}, async ({ server, session, agent }) => {
    const said = turn("a b");
    assert.equal(await session.run(said), "You said: a b");
    assert.deepEqual(said.pieces, ["You", " said:", " a", " b"]);
    assert.equal(agent.name, "openai:m1");
    const [request] = server.requests;
    assert.deepEqual([request?.url, request?.model], ["/v1/chat/completions", "m1"]);
    assert.deepEqual(request?.messages, [{ role: "user", content: "a b" }]);
  }));

test("a key is sent as a bearer token; without one no such header is sent", () =>
  withEndpoint({}, async ({ server, session, restarted }) => {
    await session.run(turn("hi"));
    const keyed = await restarted({ apiKey: "sk-secret" }).resume("s1");
    await keyed.run(turn("hi", { id: "t2" }));
    assert.deepEqual(server.requests.map(({ headers }) => headers["authorization"]), [
      ...[undefined, "Bearer sk-secret"],
    ]);
  }));

test("the model is told the system prompt and what was said before, also after a restart", () =>
  withEndpoint({ systemPrompt: "be brief" }, async ({ server, session, restarted }) => {
    await session.run(turn([{ text: "one", sender: "ann" }, { text: "two", sender: "bob" }]));
    const resumed = await restarted().resume("s1");
    await resumed.run(turn("three", { id: "t2" }));
    assert.deepEqual(server.requests.at(-1)?.messages, [
      { role: "system", content: "be brief" },
      { role: "user", content: "ann: one\n\nbob: two" },
      { role: "assistant", content: "You said: bob: two" },
      { role: "user", content: "three" },
    ]);
  }));

test("rollback() of a cancelled turn: the model is told nothing of it, also after a restart", () =>
  withEndpoint({}, async (bench) => {
    const { server, session, restarted } = bench;
    await session.run(turn("keep", { id: "t0" }));
    const { said, done } = await holding(bench);
    said.abort.abort(REASON);
    await assert.rejects(done);
    await session.rollback?.(said.id);
    const left = ["keep", "You said: keep", "new"];
    for (const one of [session, await restarted().resume("s1")]) {
      await one.run(turn("new", { id: "t2" }));
      const told = server.requests.at(-1)?.messages.map(({ content }) => content);
      assert.deepEqual(told?.slice(0, 3), left);
      assert.ok(!told?.includes("hold"));
    }
  }));

test("the history is bounded by messages and by characters, and the running turn is always told", () =>
  withEndpoint({ historyMessagesMax: 3, historyCharsMax: 60 }, async ({ server, session }) => {
    for (const n of [1, 2, 3]) await session.run(turn(`m${n}`, { id: `t${n}` }));
    const contents = () => server.requests.at(-1)?.messages.map(({ content }) => content);
    assert.deepEqual(contents(), ["m2", "You said: m2", "m3"]);
    await session.run(turn("x".repeat(58), { id: "t4" }));
    assert.deepEqual(contents(), ["x".repeat(58)]);
    await session.run(turn("y".repeat(100), { id: "t5" }));
    assert.deepEqual(contents(), ["y".repeat(100)]);
  }));

test("an abort closes the connection, and run() rejects only after the endpoint has seen that", () =>
  withEndpoint({}, async (bench) => {
    const { server, session } = bench;
    const { said, done } = await holding(bench);
    const rejected = done.catch((error) => {
      server.events.push("rejected");
      return error;
    });
    said.abort.abort(REASON);
    assert.equal(await rejected, REASON);
    assert.deepEqual(server.events, ["request 1", "closed 1", "rejected"]);
    assert.deepEqual(await ends(session), [
      ["user", "hold", undefined],
      ["agent", "one ", "cancelled"],
    ]);
    assert.equal(await session.run(turn("on", { id: "t2" })), "You said: on");
  }));

test("an abort before the first byte closes the connection as well", () =>
  withEndpoint({}, async ({ server, session }) => {
    const said = turn("silent");
    const done = session.run(said);
    done.catch(() => server.events.push("rejected"));
    await until(() => server.requests.length === 1);
    said.abort.abort(REASON);
    await assert.rejects(done, REASON);
    assert.deepEqual(server.events, ["request 1", "closed 1", "rejected"]);
  }));

test("an answer that crosses the abort is for nobody, and leaves no timer", () =>
  withEndpoint({}, async ({ clock, server, session }) => {
    const said = turn("hold");
    server.onEvent = (event) => {
      if (event === "request 1") said.abort.abort(REASON);
    };
    await assert.rejects(session.run(said), REASON);
    assert.deepEqual([said.pieces, clock.pending], [[], 0]);
  }));

test("an endpoint that does not end its side is left after the time that it has for it", () =>
  withEndpoint({}, async (bench) => {
    const { clock, server } = bench;
    const { createServer } = await import("node:net");
    // Answers, and then neither reads nor ends.
    const deaf = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => {});
      socket.once(
        "data",
        () =>
          socket.write('HTTP/1.1 200 OK\r\n\r\ndata: {"choices":[{"delta":{"content":"x"}}]}\n\n'),
      );
    });
    await new Promise<void>((resolve) => deaf.listen(0, "127.0.0.1", resolve));
    const { port } = deaf.address() as { port: number };
    try {
      const other = bench.restarted({ baseUrl: `http://127.0.0.1:${port}/v1` });
      const said = turn("hi");
      const done = (await other.resume("s1")).run(said);
      done.catch(() => server.events.push("rejected"));
      await until(() => said.pieces.length === 1);
      said.abort.abort(REASON);
      for (let round = 0; round < 200; round++) await quiet();
      assert.deepEqual(server.events, []);
      clock.advance(100);
      await assert.rejects(done, REASON);
    } finally {
      deaf.close();
    }
  }));

test("a graceful cancel closes the connection and returns what was said", () =>
  withEndpoint({}, async (bench) => {
    const { server, session } = bench;
    const { done } = await holding(bench);
    assert.equal(session.requestCancel?.("graceful"), true);
    assert.equal(await done, "one ");
    assert.deepEqual(server.events, ["request 1", "closed 1"]);
    assert.deepEqual((await ends(session)).at(-1), ["agent", "one ", "stopped"]);
    assert.equal(session.requestCancel?.("graceful"), false);
    assert.equal(await session.run(turn("on", { id: "t2" })), "You said: on");
  }));

test("close() ends a running turn and its connection", () =>
  withEndpoint({}, async (bench) => {
    const { done } = await holding(bench);
    await bench.session.close();
    await assert.rejects(done, { name: "AbortError", message: "The session was closed" });
    assert.deepEqual(bench.server.events, ["request 1", "closed 1"]);
  }));

test("options out of range are refused at once", () => {
  const make = (more: object) => () => createOpenAiAgent({ dataDir: ".", model: "m", ...more });
  for (const name of ["historyMessagesMax", "replyCharsMax", "turnMs", "idleMs"]) {
    for (const value of [0, -1, 1.5, NaN]) {
      assert.throws(make({ [name]: value }), new RegExp(`^RangeError: Cannot use ${name}`));
    }
  }
  assert.throws(make({ retriesMax: -1 }), /^RangeError: Cannot use retriesMax/);
  for (const baseUrl of ["no address", "ftp://x/", "127.0.0.1:80"]) {
    assert.throws(make({ baseUrl }), /^RangeError: Cannot use baseUrl/);
  }
});
