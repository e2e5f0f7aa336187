import { createHost, type Host } from "@lanekeeper/host";
import { createSlackSurface, type SlackSurface } from "@lanekeeper/host/slack";
import { systemClock } from "@lanekeeper/session-queue";
import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { hasProc, type OpenSocket, socketsOf } from "../support/os_look.ts";
import { quiet } from "../support/fake_clock.ts";
import { ScriptedAgent } from "../support/scripted_agent.ts";
import { settled, until } from "../support/settle.ts";
import { type LoopbackSlack, withSlack } from "../support/slack/loopback_slack.ts";

/** Times that are to run out, on the real clock. */
const ROUNDS_MAX = 1_000_000;

interface RealHost {
  readonly host: Host;
  readonly surface: SlackSurface;
  readonly agent: ScriptedAgent;
}

/** A host with Slack on the real clock, as it is inside of somebody's own process. */
function createRealHost(slack: LoopbackSlack): RealHost {
  const agent = new ScriptedAgent();
  let surface: SlackSurface | undefined;
  const host = createHost({
    agent,
    surfaces: [(queue) =>
      surface = createSlackSurface(queue, {
        botToken: slack.tokens.bot,
        appToken: slack.tokens.app,
        apiUrl: slack.apiUrl,
        clock: systemClock,
      })],
  });
  host.start();
  return { host, agent, surface: surface as unknown as SlackSurface };
}

/** Connects, answers one message, loses its socket once, answers another one, and stops. */
async function liveOnce(slack: LoopbackSlack): Promise<void> {
  const { host, surface, agent } = createRealHost(slack);
  await settled(surface.slack.start());
  const ann = slack.person("ann");
  const channel = slack.channel();
  const root = ann.post("one", { channel, mention: true });
  (await agent.began("one")).reply();
  slack.socket.cutAll();
  await until(() => slack.socket.connections.length === 1, "the next socket", {
    roundsMax: ROUNDS_MAX,
  });
  ann.post("two", { channel, thread: root });
  (await agent.began("two")).reply();
  await until(() => slack.workspace.read(channel.id, root.ts).length === 4, "the replies");
  await until(() => surface.slack.snapshot().tasks === 0, "the end of the tasks");
  const { steps } = await host.stop();
  assert.ok(steps.every(({ status }) => status === "completed"), JSON.stringify(steps));
}

/** The sockets of this process that lead to Slack, from the app's side. */
function toSlack({ port }: LoopbackSlack): OpenSocket[] {
  return socketsOf("self").filter(({ remotePort }) => remotePort === port);
}

/** What keeps the process alive, by kind: only Node tells. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of (process.getActiveResourcesInfo?.() ?? []).sort()) {
    if (kind !== "Immediate") counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

test("a host that has stopped leaves its process no socket to Slack, by the system's list", (t) => {
  if (!hasProc()) return t.skip("there is no /proc here");
  return withSlack(async (slack) => {
    for (let count = 0; count < 3; count++) {
      await liveOnce(slack);
      await until(() => slack.socket.size === 0 && toSlack(slack).length === 0, "the last socket");
    }
    assert.equal(slack.socket.opened, 6);
  }, { keepsAlive: false });
});

test("while it runs there are such sockets", (t) => {
  if (!hasProc()) return t.skip("there is no /proc here");
  return withSlack(async (slack) => {
    const { host, surface } = createRealHost(slack);
    await settled(surface.slack.start());
    assert.ok(toSlack(slack).length >= 1);
    await host.stop();
  }, { keepsAlive: false });
});

test("a host that has stopped keeps nothing that would keep its process alive: no timer, no handle", () =>
  withSlack(async (slack) => {
    await until(() => (resources()["TCPServerWrap"] ?? 0) <= 1, "no server but this Slack");
    const before = resources();
    await liveOnce(slack);
    const isLike = () => JSON.stringify(resources()) === JSON.stringify(before);
    for (let round = 0; round < ROUNDS_MAX && !isLike(); round++) await quiet();
    assert.deepEqual(resources(), before);
  }, { keepsAlive: false }));
