import assert from "node:assert/strict";
import { test } from "node:test";
import { adapterModule, NAIVE, withFolder } from "./_test_support.ts";

/** Two turns at once, if the second message comes in while the first one is looked up. */
const LATE = adapterModule(`
  const busy = new Set();
  return {
    async send(session, message) {
      if (busy.has(session)) return { accepted: false, reason: "busy" };
      await env.io("look");
      busy.add(session);
      try {
        return await env.agent(session, message);
      } finally {
        busy.delete(session);
      }
    },
  };
`);
/** The words of the steps in a picture. */
function stepsOf(text: string): string[] {
  const steps = text.matchAll(/^ +\d+ .* {3}(\p{Lu}.*?)( \[.*)?$/gmu);
  return [...steps].map(([, words = ""]) => words);
}

const ONLY = ["--guarantee", "SINGLE_TURN"];

test("replay of a schedule that breaks a guarantee tells its story, with exit code 1", () =>
  withFolder(async ({ run, write }) => {
    await write("late.mjs", LATE);
    const args = ["replay", "late.mjs", "--operations", "send a; send a", ...ONLY];
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 1, stderr);
    assert.match(stdout, /^SINGLE_TURN is broken\n/);
    assert.match(
      stdout,
      /\nnpm run check:host -- replay late\.mjs .*--tape 0 --guarantee SINGLE_TURN\n/,
    );
  }));

test("the command that shows a schedule again has all that the first one was given", () =>
  withFolder(async ({ run, write, read }) => {
    await write("named.mjs", NAIVE.replace("default", "const mine ="));
    await write("slip.mjs", adapterModule("return { send() { throw new Error('slip'); } };"));
    const more = ["--guarantee", "single_turn", "--guarantee", "FIFO"];
    const given = ["--operations", "send a; send a", "--tape", "0", "--json", "o.json", ...more];
    const { code } = await run(["replay", "named.mjs", "--export", "mine", ...given]);
    assert.equal(code, 1);
    const { violations } = JSON.parse(await read("o.json"));
    const line = "--operations 'send a; send a' --tape 0";
    const judged = "--guarantee SINGLE_TURN --guarantee FIFO";
    const command = "npm run check:host -- replay";
    assert.deepEqual(
      violations.map(({ replay }: { replay: string }) => replay),
      [`${command} named.mjs ${line} --export mine ${judged}`],
    );
    const { stderr } = await run(["replay", "slip.mjs", ...given]);
    assert.ok(stderr.includes(`${command} slip.mjs ${line} ${judged}\n`), stderr);
  }));

test("replay of one that breaks several tells all of them", () =>
  withFolder(async ({ run, write }) => {
    await write("mute.mjs", adapterModule("return { send: () => new Promise(() => {}) };"));
    const { code, stdout } = await run(["replay", "mute.mjs", "--operations", "send a"]);
    assert.equal(code, 1);
    assert.match(stdout, /^EXACTLY_ONE_OUTCOME is broken\n[^]*\n\nIt also breaks:\n {2}[A-Z_]+: /);
  }));

test("replay of one that breaks nothing tells what happened, with exit code 0", () =>
  withFolder(async ({ run, write }) => {
    await write("late.mjs", LATE);
    const { code, stdout } = await run(["replay", "late.mjs", "--operations", "send a", ...ONLY]);
    assert.equal(code, 0);
    assert.match(stdout, /^No guarantee is broken; judged were SINGLE_TURN\n\n {8}caller\n/);
    assert.deepEqual(stepsOf(stdout), [
      "The caller sends m1 for sender s1.",
      "Call 1 of look is done.",
      "Run 1 ends: the agent is done with m1.",
    ]);
    assert.doesNotMatch(stdout, /goes wrong|──►|To see it again/);
    assert.match(stdout, /\n● who acts\n/);
  }));

test("replay heeds --racy, --work and --tape", () =>
  withFolder(async ({ run, write }) => {
    const host = `return { async send(session, message) {
      await new Promise((resolve) => env.clock.setTimeout(resolve, 5));
      return await env.agent(session, message);
    } };`;
    await write("timer.mjs", adapterModule(host));
    const steps = async (...args: string[]) => {
      const command = ["replay", "timer.mjs", "--operations", "send a; send a", ...ONLY];
      const { stdout, stderr } = await run([...command, ...args]);
      assert.equal(stderr, "");
      return stepsOf(stdout).map((step) => step.replace(/[:.].*| for sender s1/g, ""));
    };
    const [first, second] = ["The caller sends m1", "The caller sends m2"];
    const timers = ["Timer 1 fires", "Timer 2 fires"];
    const [one, two] = ["Run 1 ends", "Run 2 ends"];
    assert.deepEqual(await steps(), [first, second, ...timers, one, two]);
    assert.deepEqual(await steps("--work", "1"), [
      ...[first, second, ...timers, "Run 1", one, "Run 2", two],
    ]);
    assert.deepEqual(await steps("--tape", "0.0.0.0.0.1"), [first, second, ...timers, two, one]);
    assert.deepEqual((await steps("--racy", "--tape", "0.1")).slice(0, 3), [
      ...[first, timers[0], second],
    ]);
  }));

test("a tape that does not fit is refused in one line, and so is what the host can not be asked", () =>
  withFolder(async ({ run, write }) => {
    await write("late.mjs", LATE);
    const refused = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(["replay", "late.mjs", ...args]);
      assert.equal(code, 2, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /^check:host: .*\n$/);
      return stderr;
    };
    const send = ["--operations", "send a"];
    assert.match(await refused(), /--operations is missing/);
    assert.match(await refused("--operations", "jump a"), /"jump" is none of send, /);
    assert.match(await refused("--operations", " ; "), /there is no operation in/);
    assert.match(await refused(...send, "--tape", "0.x"), /Cannot read tape "0\.x"/);
    assert.match(
      await refused(...send, "--tape", "9.9.9.9.9.9.9.9.9"),
      /Cannot follow the tape: expected .*; the host may have changed, or --racy or --work is missing/,
    );
    assert.match(
      await refused("--operations", "send a; send a", "--tape", "0.7"),
      /expected a choice/,
    );
    assert.match(
      await refused("--operations", "stop a"),
      /Cannot ask "stop a": this host has no stop/,
    );
    assert.match(
      await refused("--operations", "withdraw a"),
      /this host has no feature "withdraw"/,
    );
    assert.match(await refused("--operations", "send a collect"), /no feature "collect"/);
  }));

test("replay writes JSON, HTML and a picture; nothing broken has no picture", () =>
  withFolder(async ({ run, write, read }) => {
    const files = ["--json", "o.json", "--html", "o.html", "--svg", "o.svg"];
    await write("naive.mjs", NAIVE);
    await run(["replay", "naive.mjs", "--operations", "send a; send a", ...files]);
    const { violations, schedules } = JSON.parse(await read("o.json"));
    assert.equal(violations[0].guarantee, "SINGLE_TURN");
    assert.equal(schedules, 1);
    assert.match(await read("o.html"), /^<!doctype html>/);
    assert.match(await read("o.svg"), /^<\?xml.*\n<svg /);
    const clean = await run(["replay", "naive.mjs", "--operations", "send a", "--svg", "no.svg"]);
    assert.match(clean.stderr, /Wrote no SVG: nothing is broken\n$/);
    await assert.rejects(read("no.svg"));
  }));

test("a schedule in which the adapter breaks is told as such, with exit code 3", () =>
  withFolder(async ({ run, write }) => {
    await write("slip.mjs", adapterModule("return { send() { throw new TypeError('slip'); } };"));
    const { code, stderr } = await run(["replay", "slip.mjs", "--operations", "send a"]);
    assert.equal(code, 3);
    assert.match(stderr, /BrokenMethodError: send\(\) threw "TypeError: slip"/);
    assert.match(stderr, /The steps until then:\n {2}send a \(m1\)\n/);
  }));
