import { test } from "node:test";
import assert from "node:assert/strict";
import { EventStream, RETRY_MAX_MS, RETRY_MIN_MS, retryDelayMs } from "./events.js";
import { FakeClock } from "@lanekeeper/test/fake_clock";

class FakeSource extends EventTarget {
  static all: FakeSource[] = [];
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  constructor(_url: string) {
    super();
    FakeSource.all.push(this);
  }
  close(): void {
    this.readyState = 2;
  }
  /** An HTTP error: the browser gives up. */
  refuse(): void {
    this.readyState = 2;
    this.onerror?.();
  }
  /** A broken connection: the browser tries again. */
  drop(): void {
    this.readyState = 0;
    this.onerror?.();
  }
  say(name: string, data: string): void {
    this.dispatchEvent(Object.assign(new Event(name), { data }));
  }
}

function stream() {
  FakeSource.all = [];
  const clock = new FakeClock();
  const told: string[] = [];
  const tell = (name: string) => (data: unknown) =>
    void told.push(`${name} ${JSON.stringify(data)}`);
  const events = new EventStream("/api/events", {
    sessions: tell("sessions"),
    session: tell("session"),
    text: tell("text"),
    draining: () => void told.push("draining"),
    link: (link) => void told.push(link),
  }, {
    Source: FakeSource as unknown as typeof EventSource,
    setTimeout: (fn, ms) => clock.setTimeout(fn, ms),
    clearTimeout: (handle) => clock.clearTimeout(handle),
  });
  events.open();
  const last = () => FakeSource.all.at(-1) as FakeSource;
  return { events, clock, told, last };
}

test("the stream says connecting, live, reconnecting and live again", () => {
  const { told, last } = stream();
  last().onopen?.();
  last().drop();
  last().onopen?.();
  assert.deepEqual(told, ["connecting", "live", "reconnecting", "live"]);
  assert.equal(FakeSource.all.length, 1);
});

test("after an HTTP error the stream is opened anew, at growing intervals", () => {
  const { clock, last } = stream();
  last().refuse();
  clock.advance(RETRY_MIN_MS);
  assert.equal(FakeSource.all.length, 2);
  last().refuse();
  clock.advance(RETRY_MIN_MS);
  assert.equal(FakeSource.all.length, 2);
  clock.advance(RETRY_MIN_MS);
  assert.equal(FakeSource.all.length, 3);
  assert.equal(retryDelayMs(1_000), RETRY_MAX_MS);
});

test("close() leaves no retry behind", () => {
  const { events, clock, last } = stream();
  last().refuse();
  events.close();
  assert.equal(clock.pending, 0);
});

test("events are told with their data; half an event and an old connection's are not", () => {
  const { events, told, last } = stream();
  const old = last();
  old.say("text", '{"text":"a"}');
  old.say("text", '{"te');
  events.open();
  old.say("text", '{"text":"late"}');
  assert.deepEqual(told, ["connecting", 'text {"text":"a"}', "connecting"]);
});
