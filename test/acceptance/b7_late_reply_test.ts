import assert from "node:assert/strict";
import { test } from "node:test";
import { StaleTurnError } from "@lanekeeper/drain-handoff";
import { withHost } from "../support/host_bench.ts";
import { withQueue } from "../support/queue_bench.ts";
import { settled, until } from "../support/settle.ts";

test("B7: an interrupted turn's late reply is not delivered (late-reply)", () =>
  withQueue(async ({ queue, began }) => {
    const delivered: string[] = [];
    const deliver = (reply: string) => void delivered.push(reply);
    const first = queue.send("s1", "first", { deliver });
    const run = await began("first");
    const urgent = queue.send("s1", "urgent", { policy: "interrupt", deliver });
    run.reply("late");
    (await began("urgent")).reply();
    assert.deepEqual(await settled(first.outcome), { status: "superseded", by: urgent.id });
    assert.equal((await settled(urgent.outcome)).status, "completed");
    assert.deepEqual(delivered, ["re: urgent"]);
  }, { isDeaf: true }));

test("B7: an interrupted turn can emit nothing any more, and is told so", async () => {
  const emitted: unknown[] = [];
  await withQueue(async ({ queue, began }) => {
    const first = queue.send("s1", "first");
    const run = await began("first");
    run.turn.emit("in time");
    const stopping = queue.stop("s1");
    run.turn.emit("late");
    assert.equal(run.turn.live, false);
    assert.throws(() => run.turn.throwIfStale(), StaleTurnError);
    run.reply();
    await settled(Promise.all([first.outcome, stopping]));
    run.turn.emit("after its end");
  }, { isDeaf: true, observer: { emitted: (_, data) => void emitted.push(data) } });
  assert.deepEqual(emitted, ["in time"]);
});

test("B7: a delivery that is under way when the turn is cancelled is told by its signal", () =>
  withQueue(async ({ queue, began }) => {
    let signal: AbortSignal | undefined;
    let sent = () => {};
    const first = queue.send("s1", "first", {
      deliver: (_, given) => {
        signal = given;
        return new Promise<void>((resolve) => sent = resolve);
      },
    });
    (await began("first")).reply();
    await until(() => signal !== undefined);
    const stopping = queue.stop("s1");
    assert.ok(signal?.aborted);
    assert.equal(queue.running, 1, "the session is busy until the delivery has settled");
    sent();
    await settled(stopping);
    // It is out: to call it cancelled would not be the truth.
    assert.deepEqual(await settled(first.outcome), { status: "completed", value: "re: first" });
  }));

test("B7: an abandoned turn's late reply is not delivered, nor does it change its outcome", () =>
  withQueue(async ({ queue, began, clock }) => {
    const delivered: string[] = [];
    const first = queue.send("s1", "first", { deliver: (reply) => void delivered.push(reply) });
    const run = await began("first");
    const stopping = queue.stop("s1");
    clock.advance(5_000);
    assert.equal((await settled(stopping)).running, "abandoned");
    assert.deepEqual(await settled(first.outcome), { status: "abandoned" });
    run.reply("very late");
    await until(() => queue.size === 0);
    assert.deepEqual(delivered, []);
    assert.equal(first.status, "abandoned");
  }, { isDeaf: true }));

test("B7: the web chat answers an interrupted message with what became of it, and shows nothing late", () =>
  withHost(async ({ agent, client, host }) => {
    const ann = client("ann");
    await ann.open();
    agent.deaf = true;
    const events = await host.app.request("/api/events", { headers: { "x-client-id": "ann" } });
    const told = readTexts(events);
    const first = ann.chat("first");
    const run = await agent.began("first");
    run.turn.emit("in time");
    const urgent = ann.chat("urgent", { policy: "interrupt" });
    await until(() => run.turn.signal.aborted);
    run.turn.emit("late piece");
    run.reply("late reply");
    const next = await agent.began("urgent");
    next.turn.emit("the answer");
    next.reply("the answer");
    assert.deepEqual(await settled(first), {
      status: 409,
      body: {
        error: "the message was superseded",
        session_connected: true,
        in_flight: false,
        message_id: "m1",
        outcome: "superseded",
      },
    });
    assert.equal((await settled(urgent)).body.response, "the answer");
    await settled(host.stop());
    assert.deepEqual(await settled(told), ["in time", "the answer"]);
  }));

/** The texts of the `text` events of a stream, up to its end. */
async function readTexts(response: Response): Promise<string[]> {
  const stream = await response.text();
  const blocks = stream.split("\n\n").filter((block) => block.startsWith("event: text\n"));
  return blocks.map((block) => JSON.parse(block.slice(block.indexOf("data: ") + 6)).text);
}
