import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { processesBelow } from "@lanekeeper/test/os_look";
import { turn, withFolder } from "./_test_support.ts";
import { begun, testAgent, until, withAcp } from "./_testing/acp_bench.ts";
import { createAcpAgent } from "./acp_agent.ts";
import type { AcpError } from "./acp_error.ts";

test("a reply streams piece by piece, its last piece is not lost, and it is what was emitted", () =>
  withAcp({}, async ({ agent, session }) => {
    for (let n = 1; n <= 20; n++) {
      const said = turn("a b c", { id: `t${n}` });
      assert.equal(await session.run(said), "You said: a b c");
      assert.equal(said.pieces.join(""), "You said: a b c");
      assert.ok(said.pieces.length > 1);
    }
    assert.match(agent.name, /^acp:(node|deno|bun)/);
  }));

test("one process serves one session, in its directory, from its first turn on", () =>
  withAcp({}, async ({ agent, session, dir }) => {
    assert.deepEqual(processesBelow(dir), []);
    const first = await session.run(turn("pid"));
    assert.equal(await session.run(turn("pid", { id: "t2" })), first);
    const other = await agent.open({ id: "s2", workingDir: dir });
    assert.notEqual(await other.run(turn("pid")), first);
    assert.equal(processesBelow(dir).length, 2);
    assert.equal(await session.run(turn("cwd", { id: "t3" })), JSON.stringify([dir, dir]));
  }));

test("several messages are one prompt, each with its sender", () =>
  withAcp({}, async ({ session }) => {
    const messages = [{ text: "one", sender: "ann" }, { text: "two" }];
    assert.equal(await session.run(turn(messages)), "You said: ann: one + two");
  }));

test("what is no message, of no known kind or of another session is left out", () =>
  withAcp({ onError: () => {} }, async ({ session }) => {
    assert.equal(await session.run(turn("garbage")), "You said: garbage");
    assert.equal(await session.run(turn("odd", { id: "t2" })), "You said: odd");
  }));

test("an agent that writes what is no message, and does not read meanwhile, goes on; it is told once", () => {
  const told: unknown[] = [];
  return withAcp({ onError: (error) => told.push(error) }, async ({ session }) => {
    assert.equal(await session.run(turn("chatter")), "You said: chatter");
    assert.equal(await session.run(turn("on", { id: "t2" })), "You said: on");
    assert.deepEqual(told, []);
    await session.close();
    assert.deepEqual(told.map((error) => (error as AcpError).code), ["chatter"]);
    assert.match(`${told}`, /^AcpError: Lines of the agent ".*" that are no messages .*: 100000$/);
  });
});

test("an answer to what nobody asked, or asked once, is left out and not in the host's log", () =>
  withAcp({}, async ({ session }) => {
    const logged: unknown[][] = [];
    const { error } = console;
    console.error = (...args: unknown[]) => void logged.push(args);
    try {
      assert.equal(await session.run(turn("answers")), "You said: answers");
    } finally {
      console.error = error;
    }
    assert.deepEqual(logged, []);
  }));

test("a reply that the agent did not end by itself says so", () =>
  withAcp({}, async ({ session }) => {
    const notes = {
      refusal: /^one\n\n\[The agent refuses to go on\]\n\n$/,
      max_tokens: /^one\n\n\[The reply was cut off: the model's own limit\]/,
      cancelled: /^one\n\n\[The agent stopped by itself\]/,
    };
    for (const [word, note] of Object.entries(notes)) {
      assert.match(await session.run(turn(word, { id: word })), note);
    }
  }));

test("an error that the agent answers with is typed, and its process goes on", () =>
  withAcp({}, async ({ session }) => {
    const pid = await session.run(turn("pid"));
    await assert.rejects(session.run(turn("fail", { id: "t2" })), (error: AcpError) => {
      assert.deepEqual([error.name, error.code], ["AcpError", "failed"]);
      assert.match(error.message, /^The agent failed: .*no quota/);
      return true;
    });
    assert.equal(await session.run(turn("pid", { id: "t3" })), pid);
  }));

test("nothing is allowed by default, and the reply says what was denied", () =>
  withAcp({}, async ({ session }) => {
    const denied = (kind: string) =>
      `Let me see.\n\n[Permission denied: Look at it (${kind})]\n\nno`;
    for (const kind of ["read", "execute"]) {
      assert.equal(await session.run(turn(`ask ${kind}`, { id: kind })), denied(kind));
    }
    const bare = await session.run(turn("ask read bare", { id: "bare" }));
    assert.match(bare, /\[Permission denied: Look at it \(read\)\]\n\ncancelled$/);
  }));

test("reads allow what reads, searches and thinks, once, and nothing else", () =>
  withAcp({ permissions: "reads" }, async ({ session }) => {
    const answers: string[] = [];
    const asked = [
      "read",
      "search",
      "think",
      "read early",
      "read always",
      "fetch",
      "edit",
      "other",
    ];
    for (const kind of asked) {
      const reply = await session.run(turn(`ask ${kind}`, { id: kind }));
      answers.push(`${kind}: ${reply.match(/(yes|no)$/)?.[0]}`);
    }
    assert.deepEqual(answers, [
      ...["read: yes", "search: yes", "think: yes", "read early: yes"],
      ...["read always: no", "fetch: no", "edit: no", "other: no"],
    ]);
  }));

test("all allows everything, and for good where nothing else is offered", () =>
  withAcp({ permissions: "all" }, async ({ session }) => {
    for (const how of ["execute", "edit always", "delete bare"]) {
      const reply = await session.run(turn(`ask ${how}`, { id: how }));
      assert.match(reply, /^Let me see\.\s*yes$/);
    }
  }));

test("the environment of the process has no secrets of the host", () =>
  withFolder(async (dir) => {
    const { env } = await import("node:process");
    Object.assign(env, { LANEKEEPER_TOKEN: "a", SLACK_BOT_TOKEN: "b", AGENT_KEY: "c" });
    const agent = createAcpAgent({ dataDir: dir, command: testAgent() });
    try {
      const session = await agent.open({ id: "s1", workingDir: dir });
      const told = await session.run(turn("env LANEKEEPER_TOKEN SLACK_BOT_TOKEN AGENT_KEY"));
      assert.equal(told, JSON.stringify([null, null, "c"]));
    } finally {
      await agent.close();
      for (const name of ["LANEKEEPER_TOKEN", "SLACK_BOT_TOKEN", "AGENT_KEY"]) delete env[name];
    }
  }));

/** How an agent fails to start, the code of its error and what that says. */
const STARTS: readonly [string, string, RegExp][] = [
  [
    "exit",
    "exited",
    /^The agent ".*" ended \(code 7\); it wrote: line 19997 .*\n.*no such profile$/s,
  ],
  ["auth", "unauthorized", /sign in with its own command first/],
  ["error", "failed", /no disk/],
  ["version", "protocol", /version 99 of the protocol, not 1$/],
];

for (const [start, code, says] of STARTS) {
  test(`an agent that does not start is a typed error, in a bounded text: ${start}`, () =>
    withAcp({ command: testAgent("--start", start) }, async ({ session, dir }) => {
      await assert.rejects(session.run(turn("hi")), (error: AcpError) => {
        assert.equal(error.code, code);
        assert.match(error.message, says);
        assert.ok(error.stderr.length <= 16 * 1024);
        return true;
      });
      assert.deepEqual(processesBelow(dir), []);
    }));
}

test("a command that is not there is a typed error", () =>
  withAcp({ command: "no-such-agent --acp" }, async ({ session }) => {
    await assert.rejects(session.run(turn("hi")), (error: AcpError) => {
      assert.equal(error.code, "not_started");
      assert.match(error.message, /^Cannot start the agent "no-such-agent": .*(ENOENT|not found)/);
      return true;
    });
  }));

test("a command that no system can run is a typed error", () =>
  withAcp({ command: ["no-such-agent", "a\0b"] }, async ({ session }) => {
    await assert.rejects(session.run(turn("hi")), (error: AcpError) => {
      assert.deepEqual([error.name, error.code], ["AcpError", "not_started"]);
      assert.match(error.message, /^Cannot start the agent "no-such-agent": /);
      return true;
    });
  }));

test("without file descriptors an agent does not start, and the server goes on", () =>
  withFolder(async (dir) => {
    const script = fileURLToPath(new URL("./_testing/acp_starved.ts", import.meta.url));
    const [runtime = "", ...args] = testAgent();
    const command = [runtime, ...args.slice(0, -1), script, dir];
    const child = spawn("sh", ["-c", 'ulimit -n 256 && exec "$@"', "sh", ...command], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => output += chunk);
    child.stderr.on("data", (chunk) => output += chunk);
    const code = await new Promise((resolve) => child.once("close", resolve));
    assert.deepEqual([output, code], ["not_started\nnot_started\n", 0]);
  }));

test("an agent that takes too long to start is killed, and so is one whose turn is cancelled then", () =>
  withAcp({ command: testAgent("--start", "silent"), startMs: 4_000 }, async (bench) => {
    const { clock, dir, session, waits } = bench;
    const late = session.run(turn("hi"));
    late.catch(() => {});
    await until(() => processesBelow(dir).length === 1 && waits.includes(4_000));
    clock.advance(4_000);
    await assert.rejects(late, { code: "not_started", message: /it took longer than 4000 ms$/ });
    assert.deepEqual(processesBelow(dir), []);
    const reason = new Error("never mind");
    const said = turn("hi", { id: "t2" });
    const cancelled = session.run(said);
    cancelled.catch(() => {});
    await until(() => processesBelow(dir).length === 1);
    said.abort.abort(reason);
    await assert.rejects(cancelled, reason);
    assert.deepEqual(processesBelow(dir), []);
  }));

test("a graceful cancel while an agent starts ends the turn, without a word, and the start", () =>
  withAcp({ command: testAgent("--start", "silent") }, async ({ dir, session }) => {
    const stopped = session.run(turn("hi"));
    let isOver = false;
    stopped.then(() => isOver = true, () => {});
    await until(() => processesBelow(dir).length === 1);
    assert.equal(session.requestCancel?.("graceful"), true);
    await until(() => isOver);
    assert.equal(await stopped, "");
    assert.deepEqual(processesBelow(dir), []);
    assert.equal((await session.transcript?.() ?? []).at(-1)?.end, "stopped");
  }));

test("a turn that takes too long is stopped, and fails", () =>
  withAcp({ turnMs: 9_000 }, async ({ clock, session }) => {
    const { done } = await begun(session, "hold");
    clock.advance(9_000);
    await assert.rejects(done, { code: "turn_timeout" });
    assert.equal(await session.run(turn("on", { id: "t2" })), "You said: on");
  }));

test("a reply and a line that are too long end the turn", () =>
  withAcp({ replyCharsMax: 10_000, lineBytesMax: 100_000 }, async ({ session, dir }) => {
    await assert.rejects(session.run(turn("flood")), { code: "reply_too_long" });
    assert.equal(await session.run(turn("on", { id: "t2" })), "You said: on");
    await assert.rejects(session.run(turn("line", { id: "t3" })), {
      code: "protocol",
      message: /a line of it is longer than 100000 bytes/,
    });
    assert.deepEqual(processesBelow(dir), []);
    const texts = (await session.transcript?.() ?? []).map(({ text }) => text.length);
    assert.equal(texts[1], 10_000);
  }));

test("options out of range are refused at once", () => {
  const make = (more: object) => () => createAcpAgent({ dataDir: ".", command: "a", ...more });
  for (
    const name of [
      "processesMax",
      "turnsWaitingMax",
      "idleMs",
      "startMs",
      "turnMs",
      "cancelMs",
      "lineBytesMax",
    ]
  ) {
    for (const value of [0, -1, 1.5, NaN]) {
      assert.throws(make({ [name]: value }), new RegExp(`^RangeError: Cannot use ${name}`));
    }
  }
  assert.throws(make({ permissions: "some" }), /^RangeError: Cannot use permissions "some"/);
  assert.throws(make({ command: [] }), /^RangeError: Cannot use no command/);
  assert.throws(make({ command: "a 'b" }), { code: "command_syntax" });
});
