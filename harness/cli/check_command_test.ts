import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { adapterModule, CHAIN, FEW, NAIVE, withFolder } from "./_test_support.ts";

const BUSY_FLAG = fileURLToPath(new URL("../examples/busy_flag.ts", import.meta.url));

test("a host that keeps its guarantees gives a summary and exit code 0", () =>
  withFolder(async ({ run, write }) => {
    const { code, stdout, stderr } = await run([await write("chain.mjs", CHAIN), ...FEW]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^tiny \(chain\.mjs\), level 0/);
    assert.match(stdout, /The one guarantee that was judged is kept\./);
    assert.match(stdout, /this check was not asked for it: ATOMIC_CLAIM, /);
    assert.match(stderr, /^Checking tiny with seed 7\n/);
  }));

test("a host that breaks one gives the story, the summary and exit code 1", () =>
  withFolder(async ({ run, write }) => {
    const { code, stdout } = await run([await write("naive.mjs", NAIVE), ...FEW]);
    assert.equal(code, 1);
    assert.match(stdout, /^SINGLE_TURN is broken\n/);
    assert.match(
      stdout,
      /\nnpm run check:host -- replay naive\.mjs --operations 'send a; send a' --tape 0\n/,
    );
    assert.match(stdout, /1 of 1 guarantee that was judged is broken\./);
  }));

test("the busy flag of the examples breaks SINGLE_TURN, and its JSON says how to see it", () =>
  withFolder(async ({ run, read }) => {
    const { code } = await run([BUSY_FLAG, "--runs", "500", "--json", "out.json"]);
    assert.equal(code, 1);
    const { violations } = JSON.parse(await read("out.json"));
    const { guarantee, operations, tape, replay } = violations[0];
    assert.equal(guarantee, "SINGLE_TURN");
    assert.deepEqual(operations, ["send a", "send a"]);
    assert.deepEqual(tape, []);
    assert.equal(
      replay,
      `npm run check:host -- replay ${BUSY_FLAG} --operations 'send a; send a' --tape 0`,
    );
  }));

test("the same seed gives the same report, and another seed another one", () =>
  withFolder(async ({ run, write, read }) => {
    await write("naive.mjs", NAIVE);
    const search = async (...args: string[]) => {
      await run([
        "naive.mjs",
        "--strategy",
        "portfolio",
        "--runs",
        "50",
        "--json",
        "o.json",
        ...args,
      ]);
      return await read("o.json");
    };
    const first = await search("--seed", "3");
    assert.equal(await search("--seed", "3"), first);
    assert.notEqual(await search("--seed", "4"), first);
    assert.equal(JSON.parse(await search()).seed, 7); // the one that was drawn
  }));

test("--json - writes nothing but JSON to standard output, and the rest to standard error", () =>
  withFolder(async ({ run, write }) => {
    const { stdout, stderr } = await run([await write("naive.mjs", NAIVE), ...FEW, "--json", "-"]);
    assert.equal(JSON.parse(stdout).violations.length, 1);
    assert.match(stderr, /SINGLE_TURN is broken/);
  }));

test("the report is written as JSON, HTML and JUnit, and what was written is told", () =>
  withFolder(async ({ run, write, read }) => {
    const files = ["--json", "o.json", "--html", "o.html", "--junit", "o.xml"];
    const { code, stderr } = await run([await write("naive.mjs", NAIVE), ...FEW, ...files]);
    assert.equal(code, 1);
    assert.match(stderr, /Wrote o\.json\nWrote o\.html\nWrote o\.xml\n$/);
    assert.equal(JSON.parse(await read("o.json")).adapter, "tiny");
    assert.match(await read("o.html"), /^<!doctype html>/);
    assert.match(await read("o.xml"), /<testcase classname="tiny" name="SINGLE_TURN"/);
  }));

test("a file that can not be written is refused before the search", () =>
  withFolder(async ({ run, write }) => {
    await write("naive.mjs", NAIVE);
    const refused = async (...args: string[]) => {
      const { code, stderr, stdout } = await run(["naive.mjs", ...args]);
      assert.equal(code, 2);
      assert.equal(stdout, "");
      return stderr;
    };
    assert.match(await refused("--json", "no/o.json"), /there is no folder .*no\n$/);
    assert.match(await refused("--html", "."), /it is a folder\n$/);
    assert.match(await refused("--json", "o", "--html", "o"), /--json goes there, too\n$/);
  }));

test("a strategy, a guarantee and tapes that there are not are refused", () =>
  withFolder(async ({ run, write }) => {
    await write("naive.mjs", NAIVE);
    const refused = async (...args: string[]) => {
      const { code, stderr } = await run(["naive.mjs", ...args]);
      assert.equal(code, 2, stderr);
      return stderr;
    };
    assert.match(await refused("--strategy", "comit"), /did you mean "commit"\?/);
    assert.match(await refused("--guarantee", "SINGLE_TRUN"), /did you mean SINGLE_TURN\?/);
    assert.match(await refused("--guarantee", "x"), /there are SINGLE_TURN, /);
    assert.match(await refused("--tapes", "none.json"), /^check:host: Cannot read none\.json/);
    for (
      const [text, why] of [
        ["{", "it is no JSON"],
        ["{}", "must be a JSON list"],
        ["[{}]", "story 1: its operations must be a list"],
        [`[{ "operations": ["send a"] }]`, "story 1: its tape must be a list"],
        [`[{ "operations": ["send a"], "tape": [-1] }]`, "story 1: its tape must be a list"],
        [`[{ "operations": ["foo"], "tape": [] }]`, `"foo" is none of send`],
        [
          `[{ "operations": ["stop a"], "tape": [] }]`,
          `Cannot ask "stop a": this host has no stop`,
        ],
        [`[{ "operations": ["send a"], "tape": [], "racy": 1 }]`, "racy must be true or false"],
        [`[{ "operations": ["send a"], "tape": [], "work": -1 }]`, "work must be a whole number"],
      ] as const
    ) {
      await write("tapes.json", text);
      assert.ok((await refused("--tapes", "tapes.json")).includes(why), why);
    }
  }));

test("--tapes plays its stories before anything else", () =>
  withFolder(async ({ run, write, read }) => {
    const story = { operations: ["send a", "send a"], tape: [], racy: true, work: 2, note: "old" };
    await write("naive.mjs", NAIVE);
    await write("tapes.json", JSON.stringify([story]));
    await run(["naive.mjs", ...FEW, "--tapes", "tapes.json", "--json", "o.json"]);
    const { violations, strategies } = JSON.parse(await read("o.json"));
    assert.equal(violations[0].strategy, "regression tapes");
    assert.equal(violations[0].foundAfter, 1);
    assert.deepEqual([strategies[0].name, strategies[0].schedules], ["regression tapes", 1]);
  }));

test("--strategy chooses the lanes, --runs and --operations how much they do", () =>
  withFolder(async ({ run, write, read }) => {
    await write("chain.mjs", CHAIN);
    const lanes = async (...args: string[]) => {
      const common = ["--guarantee", "SINGLE_TURN", "--runs", "16", "--json", "o.json"];
      await run(["chain.mjs", ...common, ...args]);
      const { strategies } = JSON.parse(await read("o.json"));
      return strategies.map(({ name, schedules, bounds }: Record<string, unknown>) =>
        name === "exhaustive" ? /up to (\d+) of/.exec(String(bounds))![1] : `${name} ${schedules}`
      );
    };
    assert.deepEqual(await lanes(), ["2", "3", "portfolio 14", "uncompressed 2"]);
    assert.deepEqual(await lanes("--operations", "1", "--runs", "0"), ["1", "1"]);
    assert.deepEqual(await lanes("--strategy", "exhaustive"), ["2", "3"]);
    assert.deepEqual(await lanes("--strategy", "pct d=4"), ["pct d=4 16"]);
    assert.deepEqual(await lanes("--strategy", "commit"), ["commit 16"]);
  }));

test("colours are for terminals, and can be forced and forbidden", () =>
  withFolder(async ({ run, write }) => {
    const args = [await write("naive.mjs", NAIVE), ...FEW];
    const isColoured = async (more: string[], env: Record<string, string> = {}, isTTY = true) => {
      let text = "";
      const stdout = { isTTY, columns: 90, write: (more: string) => text += more };
      await run([...args, ...more], { stdout, env });
      return text.includes("\u001b[");
    };
    assert.equal(await isColoured([]), true);
    assert.equal(await isColoured([], {}, false), false);
    assert.equal(await isColoured(["--color"], {}, false), true);
    assert.equal(await isColoured(["--no-color"]), false);
    assert.equal(await isColoured([], { NO_COLOR: "1" }), false);
    assert.equal(await isColoured([], { TERM: "dumb" }), false);
    assert.equal(await isColoured(["--color"], { NO_COLOR: "1" }), true);
  }));

test("a terminal sees one line that changes, anything else plain lines", () =>
  withFolder(async ({ run, write }) => {
    const args = [await write("chain.mjs", CHAIN), ...FEW];
    let text = "";
    const stderr = { isTTY: true, columns: 90, write: (more: string) => text += more };
    await run(args, { stderr });
    const clear = "\r\u001b[2K";
    const [, first] = text.split(clear);
    assert.match(first!, /^exhaustive .* schedules .* situations 0\/5 .* 30 s left$/);
    assert.ok(text.endsWith(clear));
    const plain = await run(args);
    assert.match(plain.stderr, /\nexhaustive {2}0 schedules .* 30 s left\n$/);
  }));

test("--budget bounds the time, and what was left out is told", () =>
  withFolder(async ({ run, write, read }) => {
    await write("chain.mjs", CHAIN);
    let nowMs = 0;
    const { code } = await run(
      ["chain.mjs", "--guarantee", "SINGLE_TURN", "--budget", "2", "--json", "o.json"],
      { now: () => nowMs += 0.5 },
    );
    assert.equal(code, 0);
    const { ms, strategies, warnings } = JSON.parse(await read("o.json"));
    assert.ok(ms >= 1_900 && ms < 2_300, `${ms}`);
    assert.equal(strategies[0].complete, false);
    assert.match(warnings[0], /^The time was up after \d+ of 20000 random schedules$/);
    const [exhaustive, random] = ["exhaustive", "portfolio"].map((one) =>
      strategies.filter(({ name }: { name: string }) => name === one)
        .reduce((sum: number, { ms }: { ms: number }) => sum + ms, 0)
    );
    assert.ok(exhaustive! <= 1_050, `${exhaustive}`);
    assert.ok(random! >= 700, `${random}`);
  }));

test("a situation that never came up is a warning, and with --strict exit code 3", () =>
  withFolder(async ({ run, write }) => {
    const args = [await write("chain.mjs", CHAIN), ...FEW, "--strategy", "exhaustive"];
    const plain = await run(args);
    assert.equal(plain.code, 0);
    assert.match(plain.stdout, /This never came up: two sessions at once/);
    const strict = await run([...args, "--strict"]);
    assert.equal(strict.code, 3);
    assert.match(
      strict.stderr,
      /check:host: Not clean: \d situations never came up \(--strict\)\n$/,
    );
  }));

test("a stop ends the search after its schedule, and shows what was found, with exit code 130", () =>
  withFolder(async ({ run, write }) => {
    await write("naive.mjs", NAIVE);
    for (const [signal, wanted] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
      const controller = new AbortController();
      let asked = 0;
      const now = () => {
        if (++asked === 2_000) controller.abort(signal);
        return 0;
      };
      const { code, stdout } = await run(["naive.mjs"], { signal: controller.signal, now });
      assert.equal(code, wanted);
      assert.match(stdout, /SINGLE_TURN is broken/);
      assert.match(stdout, /It was stopped before its end/);
    }
  }));

test("an error that nobody caught is told, and no clean run", () =>
  withFolder(async ({ run, write }) => {
    const args = [await write("chain.mjs", CHAIN), ...FEW];
    const strays = [new Error("lost"), "plain"];
    const { code, stdout } = await run(args, { strays });
    assert.equal(code, 3);
    assert.match(
      stdout.replace(/\s+/g, " "),
      /Nobody caught an error, .*: Error: lost at .*Nobody .*: plain/,
    );
  }));

test("an adapter that breaks is told with its error, what led to it and what to look at: exit 3", () =>
  withFolder(async ({ run, write }) => {
    const broken = async (name: string, text: string) => {
      const { code, stdout, stderr } = await run([await write(name, text), ...FEW]);
      assert.equal(code, 3, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /check:host: The adapter broke, so nothing can be said of its host\n/);
      return stderr;
    };
    const load = await broken("load.mjs", `throw new Error("no database");`);
    assert.match(load, /LoadError: Cannot load load\.mjs: no database\n {4}.*load\.mjs:1/);
    assert.match(
      await broken("create.mjs", adapterModule(`throw new Error("no port");`)),
      /\nError: no port\n.*create\.mjs:1:\d+/,
    );
    const typo = await broken(
      "typo.mjs",
      adapterModule("return { send: (session, message) => env.agnt(session, message) };"),
    );
    assert.match(typo, /BrokenMethodError: send\(\) threw "TypeError: .*\n {4}.*typo\.mjs:1:\d+/);
    assert.match(typo, /What had been asked of the host:\n {2}send a\n/);
    assert.match(typo, /\nnpm run check:host -- replay typo\.mjs --operations 'send a' --tape 0\n/);
    assert.match(typo, /What to look at:\n {2}send\(\) may throw a RejectedError/);
    const snapshot = `return { send: env.agent, snapshot() { throw new Error("snap") } };`;
    assert.match(await broken("snap.mjs", adapterModule(snapshot, "level: 1,")), /\nError: snap\n/);
    assert.match(
      await broken(
        "poll.mjs",
        adapterModule(`return { async send() { for (;;) await env.io("p"); } };`),
      ),
      /Schedule does not end.*[^]*The steps until then:\n {2}\.\.\. \d+ more\n[^]*never comes to rest/,
    );
    assert.match(
      await broken("mute.mjs", adapterModule("return { send: () => new Promise(() => {}) };")),
      /the agent was not called in any of \d+ schedules/,
    );
  }));

test("of a search that the adapter broke off, only what it found is reported", () =>
  withFolder(async ({ run, write, read }) => {
    const host = `return {
      send: (session, message) => env.agent(session, message),
      stop() { throw new TypeError("slip"); },
    };`;
    const files = ["--json", "o.json", "--guarantee", "SINGLE_TURN", "--guarantee", "ACK_TRUTH"];
    const { code, stdout, stderr } = await run([
      await write("a.mjs", adapterModule(host)),
      ...files,
    ]);
    const { violations, verdicts } = JSON.parse(await read("o.json"));
    assert.match(stderr, /BrokenMethodError: stop\(\) threw "TypeError: slip"/);
    assert.equal(code, violations.length > 0 ? 1 : 3);
    assert.equal(stdout !== "", violations.length > 0);
    const verdict = verdicts.find(({ guarantee }: { guarantee: string }) =>
      guarantee === "ACK_TRUTH"
    );
    assert.equal(verdict.verdict, "skipped");
    assert.match(verdict.reason, /^Adapter broke: BrokenMethodError/);
  }));
