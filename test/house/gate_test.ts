import { test } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { addFailures, countOutcomes, joinReports, parseJunit } from "../../tools/gate/junit.ts";
import {
  findPackages,
  type Package,
  resultFile,
  runsOf,
  RUNTIMES,
} from "../../tools/gate/packages.ts";
import { readResults } from "../../tools/gate/results.ts";
import { runProcess } from "../../tools/gate/run_process.ts";
import { hiddenFailures } from "../../tools/gate/run_tests.ts";
import { lastLine, summaryTable, total } from "../../tools/gate/summary.ts";
import { isInstalled } from "../../tools/lib/install.mjs";
import { withFolder } from "../support/with_folder.ts";
import { root } from "./tree.ts";

/** One test of each outcome, in the words of each runtime. */
const REPORTS = {
  node: `<testsuites>
    <testcase name="a &lt; b > &quot;c&quot;" time="0" classname="test" file="/m/a_test.ts"/>
    <testcase name="bad" time="0" classname="test" file="/m/a_test.ts" failure="1 !== 2">
      <failure type="testCodeFailure" message="1 !== 2">[Error > 1]</failure>
    </testcase>
    <testcase name="later" time="0" classname="test" file="/m/a_test.ts">
      <skipped type="todo" message="true"/>
    </testcase>
  </testsuites>`,
  deno: `<testsuites name="deno test"><testsuite name="./a_test.ts" tests="3">
    <testcase name="a &lt; b &gt; &quot;c&quot;" classname="./a_test.ts" time="0" line="3">
    </testcase>
    <testcase name="bad" classname="./a_test.ts"><failure message="1 !== 2">x</failure></testcase>
    <testcase name="later" classname="./a_test.ts" time="0"><skipped/></testcase>
  </testsuite></testsuites>`,
  bun: `<testsuites name="bun test"><testsuite name="a_test.ts" file="a_test.ts">
    <testcase name="a &lt; b &gt; &quot;c&quot;" classname="" file="a_test.ts" assertions="0" />
    <testcase name="bad" classname="" file="a_test.ts"><failure type="E" message="&#10;"/></testcase>
    <testcase name="later" classname="" file="a_test.ts"><skipped /></testcase>
  </testsuite></testsuites>`,
};

test("parseJunit() reads the same from the report of every runtime", () => {
  for (const runtime of RUNTIMES) {
    const cases = parseJunit(REPORTS[runtime]);
    assert.deepEqual(cases.map(({ name, outcome }) => `${name}: ${outcome}`), [
      ...['a < b > "c": passed', "bad: failed", "later: skipped"],
    ], runtime);
    assert.match(cases[0]?.file ?? "", /a_test\.ts$/, runtime);
  }
});

test("joinReports() makes one report of several, with all their tests", () => {
  const reports = Object.values(REPORTS);
  const joined = joinReports(reports);
  assert.deepEqual(parseJunit(joined), reports.flatMap(parseJunit));
  assert.equal(joined.match(/<\/?testsuites\b/g)?.length, 2);
  assert.deepEqual(parseJunit(addFailures(joined, ["more"])).at(-1)?.name, "more");
});

test("addFailures() adds to a report, and makes one where there is none", () => {
  const names = (xml: string): string[] => parseJunit(xml).map(({ name }) => name);
  assert.deepEqual(names(addFailures(REPORTS.bun, ["d & e"])).slice(2), ["later", "d & e"]);
  assert.deepEqual(names(addFailures(undefined, ['"f" <g>'])), ['"f" <g>']);
  assert.equal(countOutcomes(parseJunit(addFailures("", ["h"]))).failed, 1);
});

test("hiddenFailures() blames a file without tests and a run that failed without a failed test", () => {
  const passed = { name: "a", file: "/m/a_test.ts", outcome: "passed" } as const;
  const find = (cases: (typeof passed)[], code: number): string[] =>
    hiddenFailures({ folder: "/m", files: ["a_test.ts"], code, cases });
  const noTest = ["a_test.ts does not load or has no test"];
  assert.deepEqual(find([passed], 0), []);
  assert.deepEqual(find([], 0), noTest);
  assert.deepEqual(find([{ ...passed, name: "a_test.ts" as "a" }], 0), noTest);
  assert.deepEqual(find([passed], 7), ["The run ended with code 7 although no test failed"]);
});

test("findPackages() finds every member, and on which runtimes each test file runs", () =>
  withFolder((folder) => {
    const write = (path: string, text = ""): void => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    };
    const runtimes = { "crash": ["node"], "web_test.ts": ["node", "deno"] };
    write("package.json", JSON.stringify({ workspaces: ["modules/*", "test"] }));
    write("modules/a/package.json", "{}");
    write("modules/not-a-package/b_test.ts");
    write(
      "test/package.json",
      JSON.stringify({ lanekeeper: { runtimes, alone: ["all_test.ts"] } }),
    );
    for (const name of ["all", "web", "crash/kill", "crash_all"]) write(`test/${name}_test.ts`);
    write("test/helper.ts");
    write("test/node_modules/x/x_test.ts");
    const everywhere = ["all_test.ts", "crash_all_test.ts"];
    const packages = findPackages(folder);
    assert.deepEqual(packages, [
      { name: "a", folder: "modules/a", testFiles: { node: [], deno: [], bun: [] }, alone: [] },
      {
        name: "test",
        folder: "test",
        testFiles: {
          node: ["all_test.ts", "crash/kill_test.ts", "crash_all_test.ts", "web_test.ts"],
          deno: [...everywhere, "web_test.ts"],
          bun: everywhere,
        },
        alone: ["all_test.ts"],
      },
    ]);
    const [empty, found] = packages;
    assert.ok(empty && found);
    assert.deepEqual(runsOf(empty, "bun"), []);
    assert.deepEqual(runsOf(found, "deno"), [["crash_all_test.ts", "web_test.ts"], [
      "all_test.ts",
    ]]);
    assert.deepEqual(runsOf(found, "node"), [found.testFiles.node]);
  }));

test("readResults() counts a missing report and a test that one runtime lost as problems", () =>
  withFolder((folder) => {
    const files = ["a_test.ts"];
    const found: Package = {
      name: "m",
      folder: "m",
      testFiles: { node: files, deno: files, bun: files },
      alone: [],
    };
    const write = (runtime: "node" | "deno", names: string[]): void => {
      const cases = names.map((name) => `<testcase name="${name}" file="${folder}/m/a_test.ts"/>`);
      writeFileSync(join(folder, resultFile("m", runtime)), cases.join(""));
    };
    mkdirSync(join(folder, ".results"));
    write("node", ["one", "two", "three"]);
    write("deno", ["one"]);
    const result = readResults(folder, found, RUNTIMES);
    assert.deepEqual(result.problems, [
      "m has tests but no result on bun",
      'm on deno does not run "a_test.ts: two" and 1 more',
    ]);
    assert.equal(total({ checks: [], packages: [result], problems: ["No test ran"] }).failed, 3);
  }));

test("the summary has a row for everything and ends in the plain sum", () => {
  const counts = { passed: 2, failed: 1, skipped: 1 };
  const result = {
    checks: [{
      name: "lint",
      counts: { passed: 1, failed: 0, skipped: 0 },
      tookMs: 50,
      output: "",
    }],
    packages: [{
      name: "m",
      runs: [{ runtime: "deno" as const, counts, cases: [] }],
      problems: [],
    }],
    problems: [],
  };
  const rows = summaryTable(result, RUNTIMES).split("\n").map((row) =>
    row.split(/\s{2,}/).join("|")
  );
  assert.deepEqual(rows, ["lint|1|(0.1 s)", "|node|deno|bun", "m|-|2, 1 FAILED, 1 skipped|-"]);
  assert.equal(lastLine(total(result)), "3 passed, 1 failed, 1 skipped");
  assert.equal(lastLine({ passed: 3, failed: 0, skipped: 0 }), "3 passed, 0 failed");
});

test("runProcess() tells a failure, a program that is not there and one that does not end", async () => {
  const run = (script: string, limitMs: number) =>
    runProcess([process.execPath, "-e", script], { cwd: root, limitMs, capture: true });
  const failed = await run("console.log('x'.repeat(50_000)); process.exitCode = 3", 60_000);
  assert.equal(failed.code, 3);
  assert.match(failed.output, /^x{10000}\n\[\.\.\. left out \.\.\.\]\nx{9999}\n$/);
  const missing = await runProcess(["no-such-program"], { cwd: root, limitMs: 1, capture: true });
  assert.equal(missing.code, 1);
  assert.match(missing.output, /Cannot run no-such-program/);
  const endless = await run("setInterval(() => {}, 1_000)", 1);
  assert.deepEqual([endless.code, endless.timedOut], [1, true]);
});

test("isInstalled() sees a missing, an older and an interrupted installation", () =>
  withFolder((folder) => {
    const write = (file: string, packages: object): void =>
      writeFileSync(join(folder, file), JSON.stringify({ packages }));
    const wanted = { "": {}, "node_modules/a": { version: "2" } };
    write("package-lock.json", {
      ...wanted,
      "node_modules/a-mac": { version: "2", optional: true },
    });
    assert.equal(isInstalled(folder), false);
    mkdirSync(join(folder, "node_modules"));
    assert.equal(isInstalled(folder), false);
    write("node_modules/.package-lock.json", { "node_modules/a": { version: "1" } });
    assert.equal(isInstalled(folder), false);
    write("node_modules/.package-lock.json", wanted);
    assert.equal(isInstalled(folder), true);
  }));

test("npm test refuses a wrong option with one line and exit code 2", async () => {
  const run = async (...args: string[]) => {
    const command = [process.execPath, join(root, "tools/test.mjs"), ...args];
    const { code, output } = await runProcess(command, {
      cwd: root,
      limitMs: 60_000,
      capture: true,
    });
    return `${code} ${output}`;
  };
  assert.equal(await run("--bogus"), "2 Unknown option '--bogus'\n");
  assert.equal(await run("--runtime", "v8"), '2 Unknown runtime "v8": expected node, deno, bun\n');
  assert.match(await run("--package", "v8"), /^2 Unknown package "v8": expected one of [^\n]*\n$/);
  assert.match(await run("--help"), /^0 Usage: npm test/);
});
