import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { test } from "node:test";
import { until } from "@lanekeeper/test/settle";
import { listen, type Listener } from "./listen.ts";

const hostname = "127.0.0.1";

/** One GET, on a connection of its own or one of `agent`. */
function get(listener: Listener, agent: Agent | false = false): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(
      { host: hostname, port: listener.port, agent },
      (response) => {
        let text = "";
        response.on("data", (chunk) => text += chunk);
        response.on("end", () => resolve(text));
      },
    );
    call.on("error", reject);
    call.end();
  });
}

test("port 0 takes a free port, on which requests are answered", async () => {
  const listener = await listen({ hostname, port: 0, fetch: () => new Response("hello") });
  assert.ok(listener.port > 0);
  assert.equal(await get(listener), "hello");
  await listener.close(1_000);
  await assert.rejects(get(listener), { code: "ECONNREFUSED" });
});

test("a port that is in use rejects with the runtime's code", async () => {
  const fetch = () => new Response("");
  const first = await listen({ hostname, port: 0, fetch });
  await assert.rejects(listen({ hostname, port: first.port, fetch }), { code: "EADDRINUSE" });
  await first.close(1_000);
});

test("close() waits for the answers that are under way", async () => {
  let answer: (response: Response) => void = () => {};
  let isAsked = false;
  const fetch = () => {
    isAsked = true;
    return new Promise<Response>((resolve) => answer = resolve);
  };
  const listener = await listen({ hostname, port: 0, fetch });
  const agent = new Agent({ keepAlive: true });
  const got = get(listener, agent);
  await until(() => isAsked);
  let isClosed = false;
  const closing = listener.close(60_000).then(() => isClosed = true);
  await assert.rejects(get(listener), "no new connection is taken");
  assert.equal(isClosed, false);
  answer(new Response("in time"));
  assert.equal(await got, "in time");
  await closing;
  agent.destroy();
});

test("close() ends connections that are kept alive without a request", async () => {
  const listener = await listen({ hostname, port: 0, fetch: () => new Response("hello") });
  const agent = new Agent({ keepAlive: true });
  assert.equal(await get(listener, agent), "hello");
  await listener.close(60_000);
  agent.destroy();
});

test("close() ends what is still under way when its deadline is over", async () => {
  let isAsked = false;
  const fetch = () => {
    isAsked = true;
    return new Promise<Response>(() => {});
  };
  const listener = await listen({ hostname, port: 0, fetch });
  const failed = get(listener).then(() => false, () => true);
  await until(() => isAsked);
  await listener.close(0);
  assert.ok(await failed);
});
