import assert from "node:assert/strict";
import { test } from "node:test";
import { type AgentScript, explore, Ledger, ScriptedAgent } from "../mod.ts";

function agentOf(script: AgentScript = {}) {
  const ledger = new Ledger();
  const agent = new ScriptedAgent(ledger, { scriptOf: () => script });
  const labels = () => agent.enabled().map(({ label }) => label);
  const acts = () => ledger.records.map((event) => event.kind === "run" ? event.act : event.kind);
  return { agent, ledger, labels, acts };
}

test("an agent goes through the stages of its script, and records each act", async () => {
  const { agent, labels, acts } = agentOf({ stages: [["start"], ["step"], ["end", "throw"]] });
  const reply = agent.run("s", "m");
  assert.deepEqual(labels(), ["s/m start"]);
  agent.take("s/m start");
  assert.deepEqual(labels(), ["s/m step"]);
  agent.take("s/m step");
  assert.deepEqual(labels(), ["s/m end", "s/m throw"]);
  assert.equal(agent.running, 1);
  agent.take("s/m end");
  assert.deepEqual([labels(), agent.running], [[], 0]);
  assert.equal(await reply, "reply to m");
  assert.deepEqual(acts(), ["call", "start", "step", "end"]);
});

test("an agent that throws rejects its run", async () => {
  const { agent, acts } = agentOf({ stages: [["throw"]] });
  const reply = agent.run("s", "m");
  agent.take("s/m throw");
  await assert.rejects(reply, { message: "Agent failed on m" });
  assert.deepEqual(acts(), ["call", "throw"]);
});

test("an agent may settle with the abort's reason once its signal is aborted, not before", async () => {
  const { agent, labels, acts } = agentOf();
  const controller = new AbortController();
  const reply = agent.run("s", "m", { signal: controller.signal });
  assert.deepEqual(labels(), ["s/m end"]);
  controller.abort("stop");
  assert.deepEqual(labels(), ["s/m end", "s/m settle"]);
  agent.take("s/m settle");
  assert.equal(await reply.catch((reason) => reason), "stop");
  assert.deepEqual(acts(), ["call", "settle"]);
});

test("an agent that ignores the abort is deaf to it and may still end", async () => {
  const { agent, labels, acts } = agentOf({ onAbort: ["settle", "ignore"] });
  const reply = agent.run("s", "m", { signal: AbortSignal.abort() });
  assert.deepEqual(labels(), ["s/m end", "s/m settle", "s/m ignore"]);
  agent.take("s/m ignore");
  assert.deepEqual(labels(), ["s/m end"]);
  agent.take("s/m end");
  assert.equal(await reply, "reply to m");
  assert.deepEqual(acts(), ["call", "ignore", "end"]);
});

test("the runs of several sessions are told apart, each with the script of its message", () => {
  const ledger = new Ledger();
  const agent = new ScriptedAgent(ledger, {
    scriptOf: (_session, message) => message === "2" ? { stages: [["throw"]] } : {},
  });
  void agent.run("a", "1");
  agent.run("b", "2").catch(() => {});
  assert.deepEqual(agent.enabled().map(({ label }) => label), ["a/1 end", "b/2 throw"]);
  agent.take("b/2 throw");
  agent.take("a/1 end");
  const runs = ledger.records.map((event) => event.kind === "run" ? [event.run, event.act] : []);
  assert.deepEqual(runs, [[1, "call"], [2, "call"], [2, "throw"], [1, "end"]]);
});

test("take() of a step that is not enabled throws and says what is", () => {
  const { agent } = agentOf();
  void agent.run("s", "m");
  assert.throws(() => agent.take("s/m throw"), {
    message: `Cannot take step "s/m throw": the agent may take ["s/m end"]`,
  });
});

test("under the explorer an agent takes every way through its script", async () => {
  const ways = new Set<string>();
  const { schedules } = await explore(() => {
    const script: AgentScript = {
      stages: [["start"], ["end", "throw"]],
      onAbort: ["settle", "ignore"],
    };
    const { agent, acts } = agentOf(script);
    const controller = new AbortController();
    agent.run("s", "m", { signal: controller.signal }).catch(() => {});
    const abort = { label: "abort", run: () => controller.abort() };
    return {
      enabled: () => [...agent.enabled(), ...controller.signal.aborted ? [] : [abort]],
      finish: () => {
        ways.add(acts().join(" "));
        assert.equal(agent.running, 0);
      },
    };
  });
  assert.equal(schedules, 15);
  assert.deepEqual([...ways].sort(), [
    "call ignore start end",
    "call ignore start throw",
    "call settle",
    "call start end",
    "call start ignore end",
    "call start ignore throw",
    "call start settle",
    "call start throw",
  ]);
});
