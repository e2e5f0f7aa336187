import assert from "node:assert/strict";
import { test } from "node:test";
import { readReports } from "./read_report.ts";
import { adapterModule, type Folder, NAIVE, withFolder } from "./_test_support.ts";

/** Breaks several guarantees, and shows guards that are objects. */
const GUARDED = adapterModule(
  `
  const guards = new Map();
  return {
    async send(session, message) {
      guards.set(session, { session });
      const reply = await env.agent(session, message);
      guards.delete(session);
      return reply;
    },
    snapshot: () => ({ sessions: [...guards].map(([session, guard]) => ({ session, guard })) }),
  };
`,
  "level: 1,",
);

async function save({ run, write }: Folder, text: string): Promise<string> {
  await write("host.mjs", text);
  const args = ["--runs", "200", "--json", "report.json", "--guarantee", "SINGLE_TURN"];
  const { stdout } = await run(["host.mjs", ...args, "--guarantee", "GUARD_WHILE_RUNNING"]);
  return stdout;
}

test("explain draws a saved report as it was drawn when it was found, and runs nothing", () =>
  withFolder(async (folder) => {
    for (const text of [NAIVE, GUARDED]) {
      const drawn = await save(folder, text);
      await folder.write("host.mjs", "throw new Error('loaded');");
      const { code, stdout, stderr } = await folder.run(["explain", "report.json"]);
      assert.equal(stdout, drawn);
      assert.equal(code, 0, stderr);
    }
  }));

test("a report that was read has what JSON has no word for", () =>
  withFolder(async (folder) => {
    await save(folder, GUARDED);
    const [report] = await readReports("report.json", folder.path);
    const guards = report!.violations.flatMap(({ ledger }) =>
      ledger.flatMap(({ record }) => record.kind === "guard" ? [record.guard] : [])
    );
    assert.ok(guards.includes(undefined) && guards.some((guard) => guard !== undefined));
    assert.ok(!guards.includes(null));
    assert.ok(report!.strategies.some(({ complete }) => complete === undefined));
  }));

test("explain draws one violation, as text, as a page and as a picture", () =>
  withFolder(async (folder) => {
    await save(folder, GUARDED);
    const { violations } = JSON.parse(await folder.read("report.json"));
    assert.equal(violations.length, 2);
    const files = ["--html", "one.html", "--svg", "one.svg"];
    const { code, stdout } = await folder.run([
      "explain",
      "report.json",
      "--violation",
      "2",
      ...files,
    ]);
    assert.equal(code, 0);
    assert.ok(stdout.startsWith(`${violations[1].guarantee} is broken\n`));
    assert.match(await folder.read("one.html"), new RegExp(violations[1].guarantee));
    assert.match(await folder.read("one.svg"), new RegExp(violations[1].guarantee));
  }));

test("explain refuses what is no report, and a violation that is not in it", () =>
  withFolder(async (folder) => {
    const refused = async (...args: string[]) => {
      const { code, stderr } = await folder.run(["explain", ...args]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /^check:host: .*\n$/);
      return stderr;
    };
    assert.match(await refused(), /Cannot explain nothing/);
    assert.match(await refused("a.json", "b.json"), /Cannot use argument "b.json"/);
    assert.match(await refused("a.json"), /Cannot read a\.json/);
    for (const text of ["5", "null", "[]", "{}", `{ "reports": [{}] }`]) {
      await folder.write("a.json", text);
      assert.match(await refused("a.json"), /a\.json: it is no report of --json/, text);
    }
    await save(folder, NAIVE);
    const report = JSON.parse(await folder.read("report.json"));
    delete report.violations[0].ledger;
    await folder.write("a.json", JSON.stringify(report));
    assert.match(await refused("a.json"), /violation 1 is not complete \("ledger" is missing/);
    assert.match(await refused("report.json", "--violation", "2"), /a whole number from 1 to 1/);
    await folder.write("a.json", JSON.stringify({ ...report, violations: [] }));
    assert.match(await refused("a.json", "--violation", "1"), /the report has none/);
  }));
