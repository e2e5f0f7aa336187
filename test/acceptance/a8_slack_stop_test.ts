import assert from "node:assert/strict";
import { test } from "node:test";
import { drive, isPending, settled, until } from "../support/settle.ts";
import { type SlackBench, withSlackHost } from "../support/slack/slack_bench.ts";
import type { Message } from "../support/slack/workspace.ts";

/** Ann asks the bot something in the channel. */
function ask({ slack, channel }: SlackBench, text: string): Message {
  return slack.person("ann").post(text, { channel, mention: true });
}

test("A8: stopping Slack waits for the tracked tasks, and their replies arrive", () =>
  withSlackHost(async (bench) => {
    const { agent, surface, replies } = bench;
    const asked = ask(bench, "hello");
    const run = await agent.began("hello");
    const stopping = surface.stop();
    assert.ok(await isPending(stopping));
    assert.ok(!run.turn.signal.aborted);
    run.reply();
    const report = await settled(stopping);
    assert.deepEqual(await replies(asked, 1), ["re: hello"]);
    assert.ok(report.completed >= 1);
    assert.deepEqual([report.failed, report.cancelled, report.abandoned], [0, 0, 0]);
  }));

test("A8: it waits for 30 s by default, then cancels the rest and waits for them", () =>
  withSlackHost(async (bench) => {
    const { agent, clock, surface, channel } = bench;
    const asked = ask(bench, "hello");
    const run = await agent.began("hello");
    const other = bench.slack.person("bob").post("waits", { channel, thread: asked });
    await until(() => bench.host.queue.waiting === 1);
    const stopping = surface.stop();
    clock.advance(29_999);
    assert.ok(await isPending(stopping));
    assert.ok(!run.turn.signal.aborted);
    const gate = bench.slack.faults.hold("chat.postMessage");
    clock.advance(1);
    assert.ok(run.turn.signal.aborted);
    // What a cancelled task still has to say is waited for, too.
    await until(() => gate.waiting === 1);
    assert.ok(await isPending(stopping));
    assert.ok(surface.isConnected);
    gate.open();
    const { cancelled, abandoned } = await settled(stopping);
    assert.deepEqual([cancelled >= 2, abandoned], [true, 0]);
    assert.deepEqual(agent.runs.map(({ text }) => text), ["hello"]);
    const said = await bench.replies(other, 2);
    assert.ok(said.every((text) => /about to be restarted/.test(text)), said.join("\n"));
  }));

test("A8: a task that starts during the drain is acknowledged, told no, and drained, too", () =>
  withSlackHost(async (bench) => {
    const { agent, surface, slack, told } = bench;
    const first = ask(bench, "hello");
    const run = await agent.began("hello");
    const stopping = surface.stop();
    const gate = slack.faults.hold("chat.postMessage");
    const late = ask(bench, "late");
    await until(() => told.includes("started late"));
    await bench.acknowledged();
    run.reply();
    await until(() => gate.waiting === 2, "both replies");
    assert.ok(await isPending(stopping), "the late task is waited for");
    gate.open();
    const report = await settled(stopping);
    assert.deepEqual(await bench.replies(first, 1), ["re: hello"]);
    assert.match((await bench.replies(late, 1))[0] ?? "", /about to be restarted/);
    assert.deepEqual(agent.runs.map(({ text }) => text), ["hello"]);
    assert.equal(report.cancelled + report.abandoned + report.failed, 0);
  }));

/** Asks Slack for something, and waits for the answer. */
async function roundTrip({ slack }: SlackBench): Promise<void> {
  const response = await fetch(`${slack.apiUrl}api.test`, { method: "POST" });
  await response.text();
}

const STOPS: Record<string, (bench: SlackBench) => Promise<unknown>> = {
  "Slack's stop": ({ surface }) => surface.stop(),
  "the host's stop": ({ host }) => host.stop(),
};

for (const [name, stop] of Object.entries(STOPS)) {
  test(`A8: an acknowledgement that is under way goes out before the socket closes: ${name}`, () =>
    withSlackHost(async (bench) => {
      const { clock, slack, wire } = bench;
      const gate = wire.hold();
      const asked = ask(bench, "hello");
      await until(() => gate.waiting === 2);
      const stopping = stop(bench);
      assert.ok(await isPending(stopping));
      assert.equal(slack.socket.connections.length, 1);
      gate.open();
      await drive(clock, stopping);
      // What comes while the socket closes, as the echo of the reply may, is not in flight before it.
      await until(() => slack.socket.size === 0);
      assert.ok(slack.isAcknowledged(asked));
      assert.match((await bench.replies(asked, 1))[0] ?? "", /about to be restarted/);
      assert.deepEqual(bench.agent.log.filter((line) => line.startsWith("run")), []);
    }));
}

test("A8: a task that ignores its cancel is named and given up, and the stop ends all the same", () =>
  withSlackHost(async (bench) => {
    const { agent, clock, surface, channel } = bench;
    agent.deaf = true;
    const asked = ask(bench, "deaf");
    const run = await agent.began("deaf");
    const stopping = surface.stop({ deadlineMs: 1_000, cancelGraceMs: 500 });
    clock.advance(1_000);
    assert.ok(run.turn.signal.aborted);
    assert.ok(await isPending(stopping));
    clock.advance(500);
    const { abandoned, names } = await settled(stopping);
    assert.deepEqual([abandoned, names.abandoned], [1, [`${channel.id} ${asked.ts}`]]);
    run.reply("too late");
    await until(() => agent.running === 0 && surface.snapshot().messages === 0);
    assert.deepEqual(bench.slack.workspace.read(channel.id, asked.ts).length, 1);
  }));

test("A8: after the stop nothing is taken, nothing runs, and no socket is opened again", () =>
  withSlackHost(async (bench) => {
    const { agent, clock, surface, slack } = bench;
    const report = await settled(surface.stop());
    assert.equal(await surface.stop(), report, "every call gets the report of the first");
    await until(() => slack.socket.size === 0);
    const asked = ask(bench, "hello");
    clock.advance(600_000);
    assert.ok(await isPending(bench.acknowledged()));
    assert.deepEqual([slack.socket.opened, slack.socket.waiting], [1, 2]);
    assert.deepEqual(slack.workspace.read(bench.channel.id, asked.ts).length, 1);
    assert.deepEqual(agent.log, []);
    assert.equal(surface.state, "stopped");
  }));

for (const [when, reach] of Object.entries(STARTS())) {
  test(`A8: a stop ${when} ends, opens no socket afterwards and throws nothing (node-slack-sdk #2656)`, () =>
    withSlackHost(async (bench) => {
      const { surface, slack, clock } = bench;
      const { starting, go } = await reach(bench);
      const { opened } = slack.socket;
      const stopping = settled(surface.stop());
      await until(() => {
        clock.advance(100);
        return surface.state === "stopped" || surface.snapshot().connections === 0;
      });
      go();
      await stopping;
      await starting;
      // What it had begun in spite of the stop would have got there by now.
      for (let count = 0; count < 5; count++) await roundTrip(bench);
      clock.advance(600_000);
      await until(() => slack.socket.size === 0);
      assert.equal(surface.snapshot().connections, 0);
      assert.equal(slack.socket.opened, opened, "no socket was opened after the stop");
    }, { isStarted: false }));
}

interface Reached {
  /** The start, whatever becomes of it. */
  readonly starting: Promise<unknown>;
  /** Lets go what was held. */
  go(): void;
}

/** The moments of a start or of a reconnect in which a stop may come. */
function STARTS(): Record<string, (bench: SlackBench) => Promise<Reached>> {
  const started = async ({ surface }: SlackBench) => {
    await settled(surface.start());
  };
  const start = ({ surface }: SlackBench) => surface.start().catch((error: unknown) => error);
  return {
    "before the start": () => Promise.resolve({ starting: Promise.resolve(), go: () => {} }),
    "while the bot's name is asked for": async (bench) => {
      const gate = bench.slack.faults.hold("auth.test");
      const starting = start(bench);
      await until(() => gate.waiting === 1);
      return { starting, go: () => gate.open() };
    },
    "while the first address is asked for": async (bench) => {
      const gate = bench.slack.faults.hold("apps.connections.open");
      const starting = start(bench);
      await until(() => gate.waiting === 1);
      return { starting, go: () => gate.open() };
    },
    "while the first hello is waited for": async (bench) => {
      const gate = bench.slack.socket.holdHello();
      const starting = start(bench);
      await until(() => gate.waiting === 1);
      return { starting, go: () => gate.open() };
    },
    "while the address of a reconnect is asked for": async (bench) => {
      await started(bench);
      const gate = bench.slack.faults.hold("apps.connections.open");
      bench.slack.socket.cutAll();
      await until(() => {
        bench.passRetry();
        return gate.waiting === 1;
      });
      return { starting: Promise.resolve(), go: () => gate.open() };
    },
    "while the hello of a reconnect is waited for": async (bench) => {
      await started(bench);
      const gate = bench.slack.socket.holdHello();
      bench.slack.socket.cutAll();
      await until(() => {
        bench.passRetry();
        return gate.waiting === 1;
      });
      return { starting: Promise.resolve(), go: () => gate.open() };
    },
    "while a reconnect waits for its time": async (bench) => {
      await started(bench);
      bench.slack.socket.cutAll();
      await until(() => !bench.surface.isConnected);
      return { starting: Promise.resolve(), go: () => {} };
    },
    "while one socket takes over from another": async (bench) => {
      await started(bench);
      const gate = bench.slack.socket.holdHello();
      bench.slack.socket.disconnectAll("warning");
      await until(() => gate.waiting === 1);
      return { starting: Promise.resolve(), go: () => gate.open() };
    },
  };
}

test("A8: the host's own stop drains Slack: replies, then the agent's end, then the sockets (SHUTDOWN_ORDER)", () =>
  withSlackHost(async (bench) => {
    const { agent, clock, host, slack } = bench;
    const asked = ask(bench, "hello");
    const run = await agent.began("hello");
    const gate = slack.faults.hold("chat.postMessage");
    const stopping = host.stop();
    const late = ask(bench, "late");
    await bench.acknowledged();
    run.reply();
    await until(() => gate.waiting === 2);
    assert.ok(await isPending(stopping));
    assert.deepEqual([agent.log.includes("end of the agent"), slack.socket.size], [false, 1]);
    agent.hold("end");
    gate.open();
    const end = await agent.asked("end");
    assert.deepEqual(await bench.replies(asked, 1), ["re: hello"]);
    assert.match((await bench.replies(late, 1))[0] ?? "", /about to be restarted/);
    assert.equal(slack.socket.size, 1, "transports close last");
    end.go();
    const { steps } = await drive(clock, stopping);
    const own = steps.filter(({ name }) => !name.startsWith("witness"));
    assert.deepEqual(own.map(({ name, status }) => `${name} ${status}`), [
      ...["intake completed", "turns completed", "slack completed", "agent completed"],
      ...["streams completed", "slack connections completed"],
    ]);
    await until(() => slack.socket.size === 0);
  }));

test("A8: the host's stop ends in its one deadline, though an agent is deaf and Slack answers nothing", () =>
  withSlackHost(async (bench) => {
    const { agent, clock, host, slack } = bench;
    agent.deaf = true;
    ask(bench, "deaf");
    const run = await agent.began("deaf");
    const gate = slack.faults.hold("chat.postMessage");
    ask(bench, "waits for Slack");
    const other = await agent.began("waits for Slack");
    other.reply();
    await until(() => gate.waiting === 1);
    const stopping = host.stop({ deadlineMs: 10_000 });
    let isOver = false;
    void stopping.then(() => isOver = true);
    const startedAtMs = clock.now();
    for (let passedMs = 0; passedMs < 10_000 && !isOver; passedMs += 50) {
      clock.advance(50);
      await isPending(stopping);
    }
    assert.ok(isOver, "the stop has ended in its time");
    assert.ok(clock.now() - startedAtMs <= 10_000);
    assert.equal((await stopping).turns?.abandoned.length, 2);
    gate.open();
    run.reply();
    await until(() => agent.running === 0);
    bench.failures();
  }));
