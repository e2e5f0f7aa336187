import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "@lanekeeper/test/settle";
import { bench } from "./_test_support.ts";
import { createWebChat, SessionBoard } from "./mod.ts";

test("the health check tells the state and how much is going on", async () => {
  const it = bench();
  const ok = await it.request("GET", "/healthz");
  assert.deepEqual([ok.status, ok.body], [200, {
    status: "ok",
    sessions: 0,
    running: 0,
    waiting: 0,
  }]);
  await it.open();
  for (const message of ["hold", "next"]) {
    void it.request("POST", "/api/chat", { body: { message, policy: "enqueue" } });
  }
  await until(() => it.queue.waiting === 1);
  const busy = { sessions: 1, running: 1, waiting: 1 };
  assert.deepEqual((await it.request("GET", "/healthz")).body, { status: "ok", ...busy });
  for (const state of ["starting", "draining"] as const) {
    it.state = state;
    const { status, body } = await it.request("GET", "/healthz");
    assert.deepEqual([status, body], [503, { status: state, ...busy }]);
  }
  it.runs[0]?.reply("");
});

test("what is not there is a 404 in JSON, also another method on a path that is", async () => {
  const it = bench();
  for (
    const [method, path] of [
      ["GET", "/nothing"],
      ["GET", "/api/nothing"],
      ["GET", "/api/chat"],
      ["PUT", "/api/chat"],
      ["PATCH", "/api/session"],
      ["POST", "/api/transcript"],
      ["POST", "/"],
    ] as const
  ) {
    const { status, body } = await it.request(method, path);
    assert.deepEqual([status, body], [404, { error: `there is nothing at ${method} ${path}` }]);
  }
});

test("the page and its files are served with their types, and may load nothing from elsewhere", async () => {
  const it = bench();
  const types = {
    "/": "text/html; charset=utf-8",
    "/page/page.js": "text/javascript; charset=utf-8",
    "/page/page.css": "text/css; charset=utf-8",
  };
  for (const [path, type] of Object.entries(types)) {
    const { status, headers, body } = await it.request("GET", path);
    assert.deepEqual([status, headers.get("content-type")], [200, type], path);
    assert.ok(body.length > 0);
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.equal(headers.get("cache-control"), "no-cache");
  }
});

test("nothing but the page's own files is served", async () => {
  const it = bench();
  for (
    const path of [
      "/page/",
      "/page/index.html",
      "/page/README.md",
      "/page/labels_test.ts",
      "/page/..%2faccess.ts",
      "/page/%2e%2e%2f%2e%2e%2fpackage.json",
      "/page/../web_chat.ts",
      "/page/no_such.js",
      "/page/PAGE.JS",
      "/page/a/b.js",
    ]
  ) {
    assert.equal((await it.request("GET", path)).status, 404, path);
  }
});

test("an error that nobody foresaw is 500 with its type, and is told with its place", async () => {
  const it = bench();
  it.onCreate = () => Promise.reject(new TypeError("no such thing"));
  const { status, body } = await it.request("POST", "/api/session");
  assert.deepEqual([status, body], [500, { error: "no such thing", type: "TypeError" }]);
  assert.deepEqual(it.errors, ["POST /api/session: TypeError: no such thing"]);
});

test("a request that is refused is no error of the server", async () => {
  const it = bench();
  await it.request("POST", "/api/chat", { body: "{" });
  await it.request("GET", "/api/session", { headers: { host: "evil.example" } });
  await it.request("GET", "/nothing");
  assert.deepEqual(it.errors, []);
});

test("two web chats share nothing", async () => {
  const [first, second] = [bench(), bench()];
  await first.open();
  assert.equal((await first.request("GET", "/api/session")).body.connected, true);
  assert.equal((await second.request("GET", "/api/session")).body.connected, false);
});

test("without an interval of the caller's the keep-alive uses the runtime's, and closeStreams() clears it", async () => {
  const board = new SessionBoard();
  const refuse = () => Promise.reject(new Error("not here"));
  const chat = createWebChat({
    board,
    backend: {
      state: "ready",
      create: refuse,
      resume: refuse,
      isEnded: () => false,
      find: () => undefined,
      send: () => {
        throw new Error("not here");
      },
      stop: refuse,
      end: refuse,
      transcript: refuse,
      counts: () => ({ sessions: 0, running: 0, waiting: 0 }),
    },
  });
  const { setInterval, clearInterval } = globalThis;
  const timers = new Set<unknown>();
  try {
    globalThis.setInterval = ((fn: () => void, ms: number) => {
      const timer = setInterval(fn, ms);
      timers.add(timer);
      return timer;
    }) as typeof globalThis.setInterval;
    globalThis.clearInterval = (timer) => {
      timers.delete(timer);
      clearInterval(timer);
    };
    await chat.app.request("/api/events");
    assert.equal(timers.size, 1);
    chat.closeStreams();
    await until(() => board.listeners === 0);
    assert.equal(timers.size, 0);
  } finally {
    Object.assign(globalThis, { setInterval, clearInterval });
  }
});
