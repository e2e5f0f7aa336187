import assert from "node:assert/strict";
import { test } from "node:test";
import { withEcho } from "../support/echo_bench.ts";
import { withHost } from "../support/host_bench.ts";
import { isPending, settled, until } from "../support/settle.ts";
import { withSlackHost } from "../support/slack/slack_bench.ts";

const STEER = { policy: "steer" };

/** What a message is answered with that ran inside the turn of `m1`. */
const merged = (response: string, id = "m2") => ({
  status: 200,
  body: {
    response,
    session_id: "s1",
    session_connected: true,
    message_id: id,
    outcome: "merged",
    merged_into: "m1",
  },
});

test("P1: a message that the running turn takes is answered with that turn's reply", () =>
  withHost(async ({ agent, client }) => {
    agent.onSteer = () => true;
    const ann = client("ann");
    await ann.open();
    const first = ann.chat("first");
    const run = await agent.began("first");
    const steer = ann.chat("and this", STEER);
    assert.ok(await isPending(steer));
    run.reply("both");
    assert.equal((await settled(first)).body.outcome, "completed");
    assert.deepEqual(await settled(steer), merged("both"));
    assert.deepEqual(agent.log, ["open s1", "run s1: first", "steer s1: and this"]);
  }));

test("P1: what the agent refuses, or can not be told, has its own turn: it is not lost", () =>
  withHost(async ({ agent, client, errors }) => {
    const answers = [
      () => false,
      () => Promise.reject(new Error("the pipe is broken")),
      undefined,
    ];
    for (const [index, onSteer] of answers.entries()) {
      agent.onSteer = onSteer;
      const one = client(`client${index}`);
      await one.open();
      const first = one.chat("first");
      const run = await agent.began("first");
      const steer = one.chat("and this", STEER);
      assert.ok(await isPending(steer));
      run.reply();
      (await agent.began("and this")).reply();
      assert.equal((await settled(first)).body.response, "re: first");
      assert.equal((await settled(steer)).body.outcome, "completed");
      assert.equal(errors().length, index === 1 ? 1 : 0);
    }
  }));

test("P1: a turn that ends while it is asked waits for the answer, and so does the message", () =>
  withHost(async ({ agent, client }) => {
    for (const isTaken of [true, false]) {
      let answer = (_isTaken: boolean) => {};
      agent.onSteer = () => new Promise((resolve) => answer = resolve);
      const one = client(`client${isTaken}`);
      await one.open();
      const first = one.chat("first");
      (await agent.began("first")).reply();
      // Between the end of the run and that of the turn there is no step for a message to come in.
      await settled(first);
      const again = one.chat("again");
      const run = await agent.began("again");
      const steer = one.chat("and this", STEER);
      await isPending(steer);
      run.reply("done");
      assert.ok(await isPending(again));
      answer(isTaken);
      assert.equal((await settled(again)).body.response, "done");
      if (!isTaken) (await agent.began("and this")).reply();
      assert.equal((await settled(steer)).body.outcome, isTaken ? "merged" : "completed");
    }
  }));

test("P1: the picture of the sessions shows it in line, then as a part of the running turn", () =>
  withHost(async ({ agent, client }) => {
    let answer = (_isTaken: boolean) => {};
    agent.onSteer = () => new Promise((resolve) => answer = resolve);
    const ann = client("ann");
    await ann.open();
    const first = ann.chat("first");
    const run = await agent.began("first");
    const steer = ann.chat("and this", STEER);
    const look = async () => {
      const { body } = await ann.request("GET", "/api/sessions");
      const [{ running, waiting, outcomes }] = body.sessions;
      return {
        running: running?.message_ids,
        text: running?.text,
        waiting: waiting.map(({ id, policy }: Record<string, string>) => `${id} ${policy}`),
        outcomes: outcomes.map(({ id, status }: Record<string, string>) => `${id} ${status}`),
      };
    };
    await isPending(steer);
    assert.deepEqual(await look(), {
      running: ["m1"],
      text: "first",
      waiting: ["m2 steer"],
      outcomes: [],
    });
    answer(true);
    await isPending(steer);
    assert.deepEqual(await look(), {
      running: ["m1", "m2"],
      text: "first · and this",
      waiting: [],
      outcomes: [],
    });
    run.reply();
    await settled(Promise.all([first, steer]));
    const { running, outcomes } = await look();
    assert.deepEqual([running, outcomes], [undefined, ["m1 completed", "m2 merged"]]);
  }));

test("P1: a stop of a turn stops what it took, and discards what it did not", () =>
  withHost(async ({ agent, client }) => {
    for (const isTaken of [true, false]) {
      agent.onSteer = () => isTaken || new Promise(() => {});
      const one = client(`client${isTaken}`);
      await one.open();
      const chats = [one.chat("first")];
      await agent.began("first");
      chats.push(one.chat("and this", STEER));
      await isPending(chats[1]!);
      const { body } = await settled(one.stop());
      assert.deepEqual(body, { running: "settled", discarded: isTaken ? 0 : 1 });
      for (const { status, body } of await settled(Promise.all(chats))) {
        assert.deepEqual([status, body.outcome, body.cause], [409, "cancelled", "stopped"]);
      }
    }
  }));

test("P1: the echo agent answers what it was steered with in the same reply, and remembers it", () =>
  withEcho(async ({ start, answer, stored, clock }) => {
    const ann = start().client("ann");
    await answer(ann.open());
    const first = ann.chat("slow 2");
    await until(() => clock.pending > 0);
    const steer = ann.chat("mind the gap", STEER);
    assert.ok(await isPending(steer));
    clock.advance(1_000);
    await until(() => clock.pending > 0);
    clock.advance(1_000);
    const reply = "Slowly, for 2 s: 1 2 done\nYou added: mind the gap";
    assert.equal((await answer(first)).body.response, reply);
    const { body } = await answer(steer);
    assert.deepEqual([body.outcome, body.response], ["merged", reply]);
    const lines = (await stored("s1")).slice(1).map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ role, turn_id, text }) => [role, turn_id, text]), [
      ["user", "m1", "slow 2"],
      ["user", "m1", "mind the gap"],
      ["agent", "m1", reply],
    ]);
  }));

test("P1: in a Slack thread what the running turn takes is answered in that turn's reply, once, and loses its sign", () =>
  withSlackHost(async (bench) => {
    const { agent, channel, slack } = bench;
    const told: string[] = [];
    agent.onSteer = ({ text }) => told.push(text) > 0;
    const ann = slack.person("ann");
    const root = ann.post("first", { channel, mention: true });
    const run = await agent.began("first");
    const steered = ann.post("steer: and this", { channel, thread: root });
    await until(() => steered.reactions.length === 1 && told.length === 1, "its sign of life");
    run.reply("both");
    await until(() => bench.surface.snapshot().tasks === 0);
    assert.deepEqual(await bench.replies(root, 1), ["both"]);
    assert.deepEqual([told, agent.runs.length], [["and this"], 1]);
    assert.deepEqual([root.reactions, steered.reactions], [[], []]);
    assert.equal(slack.recorder.callsOf("reactions.remove").length, 2);
  }, { surface: { sign: "reaction" } }));

test("P1: in a Slack thread what the running turn refuses has a reply of its own, behind it", () =>
  withSlackHost(async (bench) => {
    const { agent, channel, slack } = bench;
    agent.onSteer = () => false;
    const ann = slack.person("ann");
    const root = ann.post("first", { channel, mention: true });
    const run = await agent.began("first");
    ann.post("steer: and this", { channel, thread: root });
    await until(() => agent.log.some((line) => line.startsWith("steer ")));
    run.reply();
    (await agent.began("and this")).reply();
    assert.deepEqual(await bench.replies(root, 2), ["re: first", "re: and this"]);
  }));
