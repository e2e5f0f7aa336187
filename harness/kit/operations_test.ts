import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  allLists,
  cheapestLists,
  formatOperation,
  operationLists,
  operationsFor,
  parseOperation,
  parseOperations,
} from "./operations.ts";

const nothing = () => {};
const EVERYTHING = {
  send: nothing,
  stop: nothing,
  end: nothing,
  create: nothing,
  resume: nothing,
  disconnect: nothing,
  shutdown: nothing,
};
const FEATURES = [
  "withdraw",
  "interrupt",
  "supersede",
  "collect",
  "reject",
  "events",
  "crash",
] as const;

test("every operation that can be made is read back from its text", () => {
  const lists = operationLists(operationsFor(EVERYTHING, FEATURES));
  fc.assert(fc.property(lists, (list) => {
    for (const operation of list) {
      assert.deepEqual({ ...parseOperation(formatOperation(operation)) }, { ...operation });
    }
    assert.equal(parseOperations(list.map(formatOperation).join(" ; ")).length, list.length);
  }));
});

test("an operation says all it means in its text", () => {
  const texts = [
    "send a throws interrupt by s2 cleanup+3",
    "stop b graceful keep",
    "withdraw a oldest",
    "resume c revive",
    "create a fails",
    "resume a gone",
    "advance 5000",
    "shutdown",
    "redeliver a",
    "resume a revive fails",
    "crash",
  ];
  for (const text of texts) assert.equal(formatOperation(parseOperation(text)), text);
});

test("what is no operation is refused, and the message says why", () => {
  const wrong: [string, RegExp][] = [
    [
      "jump a",
      /^Cannot read operation "jump a": "jump" is none of send, redeliver, withdraw, stop/,
    ],
    ["send", /it needs the name of a session, such as a$/],
    ["send a gracefully", /"gracefully" can not follow send$/],
    ["stop a deaf", /"deaf" can not follow stop$/],
    ["advance soon", /it needs a number of ms$/],
    ["send a by", /"by" can not follow send$/],
  ];
  for (const [text, message] of wrong) {
    assert.throws(() => parseOperation(text), { name: "TypeError", message });
  }
});

test("only what a host has methods and features for is asked of it", () => {
  const texts = (host: object, features: readonly (typeof FEATURES)[number][] = []) =>
    operationsFor({ send: nothing, ...host }, features).map(formatOperation);
  assert.deepEqual(texts({}), ["send a", "send a throws", "send a deaf"]);
  assert.deepEqual(texts({ stop: nothing }).slice(3), ["stop a", "stop a graceful", "stop a keep"]);
  assert.deepEqual(texts({}, ["collect"]).slice(3), ["send a collect"]);
  assert.equal(texts(EVERYTHING, FEATURES).length, 23);
});

test("all lists of a length come once each", () => {
  const operations = operationsFor({ send: nothing }, []);
  const texts = [...allLists(operations, 3)].map((list) => list.map(formatOperation).join("; "));
  assert.equal(texts.length, 27);
  assert.equal(new Set(texts).size, 27);
  assert.equal(texts[1], "send a; send a; send a throws");
});

test("random lists have one to three sessions, two senders, and messages that come in a release", () => {
  const lists = fc.sample(operationLists(operationsFor(EVERYTHING, FEATURES)), {
    numRuns: 500,
    seed: 1,
  });
  const all = lists.flat();
  const sessions = lists.map((list) => new Set(list.map(({ session }) => session || "a")).size);
  assert.deepEqual([...new Set(sessions)].sort(), [1, 2, 3]);
  assert.ok(all.some(({ sender }) => sender === "s2"));
  assert.ok(all.some(({ cleanupHops }) => cleanupHops !== undefined));
  assert.ok(all.some(({ what }) => what === "advance"));
  const sends = all.filter(({ what }) => what === "send").length;
  assert.ok(sends > all.length * 0.4 && sends < all.length * 0.8, `${sends} of ${all.length}`);
});

test("random lists are no longer, and on no more sessions, than asked", () => {
  const bounded = operationLists(operationsFor(EVERYTHING, []), {
    operationsMax: 3,
    sessionsMax: 1,
  });
  fc.assert(fc.property(bounded, (list) => {
    assert.ok(list.length >= 1 && list.length <= 3);
    assert.ok(list.every(({ session }) => session === "" || session === "a"));
  }));
});

test("cheapestLists() gives each list once, those of operations that come early first", () => {
  const operations = ["send a", "stop a", "end a"].map(parseOperation);
  const lists = [...cheapestLists(operations, 3)];
  const texts = lists.map((list) => list.map(formatOperation).join("; "));
  const all = [1, 2, 3].flatMap((length) => [...allLists(operations, length)]);
  assert.equal(new Set(texts).size, all.length);
  assert.deepEqual(
    texts.toSorted(),
    all.map((list) => list.map(formatOperation).join("; ")).toSorted(),
  );
  assert.deepEqual(texts.slice(0, 6), [
    "send a", // 2
    "stop a", // 3
    "end a", // 4
    "send a; send a", // 4
    "send a; stop a", // 6
    "stop a; send a", // 6
  ]);
  const costs = lists.map((list) =>
    list.reduce((cost, operation) => cost * (operations.indexOf(operation) + 2), 1)
  );
  assert.deepEqual(costs, costs.toSorted((one, other) => one - other));
});
