import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, bench } from "./_test_support.ts";

/** The answer to a body, and whether a message came of it. */
async function post(path: string, body: unknown, headers = {}): Promise<Answer> {
  const it = bench({ messageLengthMax: 10 });
  await it.open();
  const answer = await it.request("POST", path, { body, headers });
  if (answer.status !== 200) assert.deepEqual([it.queue.running, it.errors], [0, []]);
  return answer;
}

const STRINGS: readonly [unknown, string][] = [
  [1, "a number"],
  [true, "a boolean"],
  [["a"], "an array"],
  [{ a: 1 }, "an object"],
  [null, "null"],
];

/** Bodies that are refused on every route that takes one, with the reason. */
const NO_OBJECTS: readonly [string, string][] = [
  ["{", "the body is not valid JSON"],
  ["hello", "the body is not valid JSON"],
  ['{"message":"a"', "the body is not valid JSON"],
  ["[]", "the body must be a JSON object, not an array"],
  ['["a"]', "the body must be a JSON object, not an array"],
  ["null", "the body must be a JSON object, not null"],
  ["1", "the body must be a JSON object, not a number"],
  ['"a"', "the body must be a JSON object, not a string"],
  ["true", "the body must be a JSON object, not a boolean"],
];

for (const path of ["/api/chat", "/api/session", "/api/stop"]) {
  test(`POST ${path} refuses a body that is no JSON object, and says what it is`, async () => {
    for (const [body, error] of NO_OBJECTS) {
      const answer = await post(path, body);
      assert.deepEqual([answer.status, answer.body], [400, { error }], body);
    }
  });
}

test("POST /api/chat needs a body; the other two do without", async () => {
  for (const body of ["", " \n "]) {
    assert.deepEqual((await post("/api/chat", body)).body, {
      error: "the body is empty: send a JSON object",
    });
    assert.equal((await post("/api/session", body)).status, 200);
    assert.equal((await post("/api/stop", body)).status, 200);
  }
});

test("POST /api/chat needs a message that is a text with something in it", async () => {
  const refused: readonly [unknown, string][] = [
    [{}, 'message is missing: send {"message": "…"}'],
    [{ Message: "a" }, 'message is missing: send {"message": "…"}'],
    ...STRINGS.map(([message, kind]): [unknown, string] => [
      { message },
      `message must be a string, not ${kind}`,
    ]),
    [{ message: "" }, "message is empty"],
    [{ message: " \n\t" }, "message is empty"],
    [
      { message: "12345678901" },
      "message is too long: it has 11 characters, 10 are allowed",
    ],
  ];
  for (const [body, error] of refused) {
    const answer = await post("/api/chat", body);
    assert.deepEqual([answer.status, answer.body], [400, { error }], JSON.stringify(body));
  }
  for (const message of ["1234567890", " a ", "ünï ☃"]) {
    assert.equal((await post("/api/chat", { message })).body.response, `re: ${message}`);
  }
});

test("POST /api/chat knows its policies, and refuses any other", async () => {
  for (const policy of ["reject", "enqueue", "interrupt", "collect", "steer", "rollback", null]) {
    assert.equal((await post("/api/chat", { message: "a", policy })).status, 200, `${policy}`);
  }
  for (const policy of ["Steer", "Reject", "", 1, true, ["reject"], {}]) {
    assert.deepEqual((await post("/api/chat", { message: "a", policy })).body, {
      error: "policy must be one of reject, enqueue, interrupt, collect, steer, rollback",
    });
  }
});

test("POST /api/chat takes the message's id from x-message-id, if it is one", async () => {
  const body = { message: "a" };
  for (const id of ["m-1", "A.b_c-9", "x".repeat(128)]) {
    const answer = await post("/api/chat", body, { "x-message-id": id });
    assert.equal(answer.body.message_id, id);
  }
  for (const id of ["", "x".repeat(129), "a b", "a/b", "ä", ".a"]) {
    const answer = await post("/api/chat", body, { "x-message-id": id });
    assert.equal(answer.status, 400, id);
    assert.match(answer.body.error, /^x-message-id must be 1 to 128 letters/);
  }
});

test("POST /api/session refuses fields that are no texts, empty or over-long ones", async () => {
  for (const field of ["session_id", "project_id", "working_dir"]) {
    for (const [value, kind] of STRINGS.filter(([value]) => value !== null)) {
      assert.deepEqual((await post("/api/session", { [field]: value })).body, {
        error: `${field} must be a string, not ${kind}`,
      });
    }
    for (const value of ["", "x".repeat(4_097)]) {
      assert.deepEqual((await post("/api/session", { [field]: value })).body, {
        error: `${field} must have 1 to 4096 characters`,
      });
    }
    assert.equal((await post("/api/session", { [field]: null })).status, 200);
  }
});

test("POST /api/session takes as a session's id only what can be one", async () => {
  for (const id of ["../etc", "a/b", "a b", ".hidden", "x".repeat(129), "a\u0000"]) {
    const answer = await post("/api/session", { session_id: id });
    assert.deepEqual([answer.status, answer.body], [400, {
      error: "session_id is not an id that this server gives out",
    }]);
  }
  assert.equal((await post("/api/session", { session_id: "old-1" })).body.session_id, "old-1");
});

test("POST /api/stop knows its levels and what becomes of what waits, and refuses any other", async () => {
  for (const body of [{}, { level: "graceful" }, { level: "immediate", queued: "keep" }]) {
    assert.equal((await post("/api/stop", body)).status, 200);
  }
  for (const value of ["hard", "", true, 1, ["graceful"]]) {
    assert.deepEqual((await post("/api/stop", { level: value })).body, {
      error: "level must be one of graceful, immediate",
    });
    assert.deepEqual((await post("/api/stop", { queued: value })).body, {
      error: "queued must be one of keep, discard",
    });
  }
});

test("a body that is too large gets 413, whether its length is told or not (BOUNDED_STATE)", async () => {
  const it = bench({ bodyBytesMax: 100 });
  await it.open();
  const body = JSON.stringify({ message: "x".repeat(200) });
  const refused = { error: "the body is too large: 100 bytes are allowed" };
  for (const path of ["/api/chat", "/api/session", "/api/stop"]) {
    const told = { "content-length": `${body.length}` };
    for (const headers of [told, {}]) {
      const answer = await it.request("POST", path, { body, headers });
      assert.deepEqual([answer.status, answer.body], [413, refused], path);
    }
  }
  const refusal = await it.chat.app.request("/api/chat", { method: "POST", body });
  assert.equal(refusal.headers.get("connection"), "close", "the rest of the body is not read");
  const fits = await it.request("POST", "/api/chat", { body: { message: "x".repeat(80) } });
  assert.equal(fits.status, 200);
});

test("a body that breaks off is the caller's error, and logged as none", async () => {
  const it = bench();
  for (const headers of [{ "content-length": "20" }, {}]) {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new TypeError("terminated")),
    });
    const init = { method: "POST", body, headers, ...{ duplex: "half" } };
    const answer = await it.chat.app.request("/api/chat", init);
    assert.deepEqual([answer.status, await answer.json()], [400, {
      error: "the body did not arrive whole",
    }]);
  }
  assert.deepEqual(it.errors, []);
});

test("the default limits are 32,000 characters of a message and 256 KiB of a body", async () => {
  const it = bench();
  await it.open();
  const send = (length: number) =>
    it.request("POST", "/api/chat", { body: { message: "x".repeat(length) } });
  assert.equal((await send(32_000)).status, 200);
  assert.equal((await send(32_001)).status, 400);
  assert.equal((await send(256 * 1024)).status, 413);
});
