import assert from "node:assert/strict";
import { test } from "node:test";
import { CHAIN, NAIVE, type Ran, withFolder } from "./_test_support.ts";

/** No time at all: what is played at first is what is always played. */
const SHORT = ["--minutes", "0", "--jobs", "2", "--guarantee", "SINGLE_TURN"];
// Threads have their own time, and so has whoever waits for them.
const now = performance.now.bind(performance);

test("explore needs adapters and a time, and says so in one line", () =>
  withFolder(async ({ run, write }) => {
    await write("chain.mjs", CHAIN);
    const usageOf = ({ code, stderr }: Ran) => {
      assert.equal(code, 2, stderr);
      return /^check:host: (.*)\n$/.exec(stderr)?.[1] ?? stderr;
    };
    const usage = async (...args: string[]) => usageOf(await run(["explore", ...args]));
    assert.match(await usage("--minutes", "1"), /^Cannot explore nothing: give the paths/);
    assert.equal(await usage("chain.mjs"), "Cannot explore: --minutes is missing");
    assert.match(await usage("none.mjs", "--minutes", "1"), /^Cannot find none\.mjs/);
    assert.match(await usage("chain.mjs", "--minutes", "1", "--jobs", "0"), /--jobs "0"/);
    assert.match(
      await usage("chain.mjs", "--minutes", "1", "--runs", "5"),
      /Unknown option --runs/,
    );
  }));

test("explore searches each adapter in several threads, and tells what it saw of it", () =>
  withFolder(async ({ run, write, read }) => {
    await write("chain.mjs", CHAIN);
    await write("naive.mjs", NAIVE.replace("tiny", "na ive"));
    const files = ["--json", "o.json", "--html", "o.html"];
    const args = ["explore", "chain.mjs", "naive.mjs", ...SHORT, ...files, "--operations", "2"];
    const { code, stdout, stderr } = await run(args, { now });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /^Exploring tiny, na ive for 0 ms, 2 at a time, with seed 7\n/);
    assert.match(stderr, /Wrote o\.json\nWrote o-tiny\.html\nWrote o-na-ive\.html\n$/);
    assert.match(stdout, /SINGLE_TURN is broken/);
    assert.match(stdout, /\ntiny: [\d,]+ schedules, about [\d,]+ different stories, 0 broken\n/);
    assert.match(stdout, /\nna ive: .* 1 broken\nIn all [\d,]+ schedules in /);
    const { jobs, seed, reports } = JSON.parse(await read("o.json"));
    assert.deepEqual([jobs, seed, reports.length], [2, 7, 2]);
    const [chain, naive] = reports;
    assert.equal(chain.violations.length, 0);
    assert.ok(chain.distinct > 10 && chain.distinct <= chain.schedules, `${chain.distinct}`);
    const names = chain.strategies.map(({ name }: { name: string }) => name);
    assert.ok(names.includes("exhaustive") && names.includes("portfolio"), names.join());
    assert.deepEqual(naive.violations[0].operations, ["send a", "send a"]);
    const explained = await run(["explain", "o.json", "--violation", "1"]);
    assert.match(explained.stdout, /^SINGLE_TURN is broken\n/);
  }));

test("a stop ends all jobs, with what was found until then", () =>
  withFolder(async ({ run, write }) => {
    await write("naive.mjs", NAIVE);
    const controller = new AbortController();
    let stderr = "";
    const { code, stdout } = await run(
      ["explore", "naive.mjs", "--minutes", "60", "--jobs", "2", "--guarantee", "SINGLE_TURN"],
      {
        now,
        signal: controller.signal,
        stderr: {
          write: (text) => {
            stderr += text;
            if (stderr.includes("breaks SINGLE_TURN")) controller.abort("SIGINT");
          },
        },
      },
    );
    assert.equal(code, 130);
    assert.match(
      stderr,
      /\ntiny breaks SINGLE_TURN: run 2 .*\nnpm run check:host -- replay naive\.mjs /,
    );
    assert.match(stdout, /^SINGLE_TURN is broken/);
  }));

test("an adapter that breaks does not keep the others from being explored", () =>
  withFolder(async ({ run, write }) => {
    await write("chain.mjs", CHAIN);
    await write("slip.mjs", NAIVE.replace("tiny", "slip").replace("env.agent", "env.agnt"));
    const { code, stdout, stderr } = await run(["explore", "slip.mjs", "chain.mjs", ...SHORT], {
      now,
    });
    assert.equal(code, 3, stderr);
    assert.match(
      stderr,
      /BrokenMethodError: send\(\) threw "TypeError: .*agnt.*is not a function/,
    );
    assert.match(stdout, /\ntiny: [\d,]+ schedules, .* 0 broken\n/);
    const alone = await run(["explore", "slip.mjs", "--minutes", "60", "--jobs", "1"], { now });
    assert.equal(alone.code, 3);
  }));
