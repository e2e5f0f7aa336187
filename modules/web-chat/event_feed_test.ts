import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet } from "@lanekeeper/test/fake_clock";
import { EventFeed, type FeedEvent } from "./event_feed.ts";

const event = (data: number): FeedEvent => ({ event: "n", data: `${data}` });
const texts = (events: FeedEvent[] | undefined) => events?.map(({ data }) => data);

test("next() gives what was pushed since the last call, in order", async () => {
  const feed = new EventFeed({ eventsMax: 10 });
  for (const n of [1, 2, 3]) assert.ok(feed.push(event(n)));
  assert.deepEqual(texts(await feed.next()), ["1", "2", "3"]);
  feed.push(event(4));
  assert.deepEqual(texts(await feed.next()), ["4"]);
});

test("next() waits until something is pushed", async () => {
  const feed = new EventFeed({ eventsMax: 10 });
  let got: string[] | undefined;
  const next = feed.next().then((events) => got = texts(events));
  await quiet();
  assert.equal(got, undefined);
  feed.push(event(1));
  feed.push(event(2));
  await next;
  assert.deepEqual(got, ["1", "2"]);
});

test("close() ends a next() that waits, and every later one", async () => {
  const feed = new EventFeed({ eventsMax: 10 });
  const waiting = feed.next();
  assert.equal(feed.closed, false);
  feed.close();
  assert.ok(feed.closed);
  assert.equal(await waiting, undefined);
  assert.equal(await feed.next(), undefined);
});

test("what was pushed before close() is still given, what comes after it is not taken", async () => {
  const feed = new EventFeed({ eventsMax: 10 });
  feed.push(event(1));
  feed.close();
  assert.equal(feed.push(event(2)), false);
  assert.deepEqual(texts(await feed.next()), ["1"]);
  assert.equal(await feed.next(), undefined);
});

test("a reader who falls behind is cut off, and what waited for it is dropped (BOUNDED_STATE)", async () => {
  const feed = new EventFeed({ eventsMax: 3 });
  const taken = [1, 2, 3, 4, 5].map((n) => feed.push(event(n)));
  assert.deepEqual(taken, [true, true, true, false, false]);
  assert.ok(feed.closed);
  assert.equal(await feed.next(), undefined);
});

test("a reader who keeps up may read any number of events", async () => {
  const feed = new EventFeed({ eventsMax: 3 });
  for (let n = 0; n < 100; n++) {
    for (let more = 0; more < 3; more++) assert.ok(feed.push(event(n)));
    assert.equal((await feed.next())?.length, 3);
  }
  assert.equal(feed.closed, false);
});
