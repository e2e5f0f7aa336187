import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { mutantsOf } from "./generate.ts";
import type { Mutant } from "./mutant.ts";
import type { Stage } from "./stages.ts";
import { type Verdict, Workspace } from "./workspace.ts";

const SOURCE = `let left = 0;
export function count(from: number): number {
  left = from;
  let steps = 0;
  while (left > 0) {
    left -= 1;
    steps += 1;
  }
  return steps;
}
export const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
`;
const TESTS = `import assert from "node:assert/strict";
import { test } from "node:test";
import { count, later } from "./count.ts";
test("count() counts", () => assert.equal(count(3), 3));
test("later() settles", async () => await later());
`;
const STAGE: Stage = { name: "examples", files: ["modules/sample/*_test.ts"] };
const CPU_SECONDS = 2;
const NEVER = "something is waited for that never comes";

/** A tree with one module, and a copy of it in which mutants are put. */
async function withWorkspace(
  judge: (workspace: Workspace, root: string) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "lanekeeper-tree-"));
  try {
    const files = {
      "package.json": '{ "type": "module" }',
      "modules/sample/count.ts": SOURCE,
      "modules/sample/count_test.ts": TESTS,
      "node_modules/some/index.js": "",
    };
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    await using workspace = await Workspace.create(root);
    await judge(workspace, root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function mutant(mutation: string): Mutant {
  const mutants = mutantsOf(SOURCE, { module: "sample", file: "count.ts" });
  const found = mutants.find((one) => one.mutation === mutation);
  assert.ok(found, `"${mutation}" is one of ${mutants.map((one) => one.mutation).join("; ")}`);
  return found;
}

test("tests kill what they notice, by name, and spare what they do not", async () => {
  await withWorkspace(async (workspace) => {
    const judge = (...changes: Mutant[]): Promise<Verdict> =>
      workspace.with(changes, () => workspace.run(STAGE, { cpuSeconds: CPU_SECONDS }));
    const by = async (...mutations: string[]) => (await judge(...mutations.map(mutant))).by;
    assert.equal((await judge()).isKilled, false);
    assert.equal(await by("remove steps += 1;"), "count() counts");
    assert.equal(
      (await judge(mutant("literal 0 -> 1"))).isKilled,
      false,
      "of left, which is set before",
    );
    assert.equal(await by("condition left > 0 -> true"), "time limit", "an endless loop is a kill");
    assert.equal(await by("return setImmediate(resolve) -> undefined"), NEVER);
    assert.equal((await judge()).isKilled, false, "each mutant is gone after it was judged");
  });
});

test("the file that noticed a change of a source is run first for the next one", async () => {
  await withWorkspace(async (workspace) => {
    const write = (file: string, text: string) =>
      writeFile(join(workspace.folder, "modules/sample", file), text);
    const by = async () => {
      const run = () => workspace.run(STAGE, { cpuSeconds: CPU_SECONDS });
      return (await workspace.with([mutant("remove steps += 1;")], run)).by;
    };
    await write("late_test.ts", TESTS.replace("count() counts", "late"));
    assert.equal(await by(), "count() counts", "in the order of their names");
    await write("count_test.ts", TESTS.replace("count(3), 3", "count(0), 0"));
    assert.equal(await by(), "late");
    await write("count_test.ts", TESTS);
    assert.equal(await by(), "late");
  });
});

test("mutants are put into a copy, which is gone afterwards", async () => {
  let copy = "";
  await withWorkspace(async (workspace, root) => {
    copy = workspace.folder;
    const path = join("modules", "sample", "count.ts");
    const [one, other] = [mutant("remove steps += 1;"), mutant("remove left -= 1;")];
    await workspace.with([one, other], async () => {
      const text = await readFile(join(copy, path), "utf8");
      assert.ok(!text.includes("-= 1") && !text.includes("+= 1"), text);
      assert.equal(await readFile(join(root, path), "utf8"), SOURCE);
    });
    assert.equal(await readFile(join(copy, path), "utf8"), SOURCE);
  });
  assert.equal(existsSync(copy), false);
});

test("a stage that has nothing to run is an error, not a survivor", async () => {
  await withWorkspace(async (workspace) => {
    const run = (stage: Stage) => workspace.run(stage, { cpuSeconds: CPU_SECONDS });
    await assert.rejects(run({ ...STAGE, files: ["modules/other/*_test.ts"] }), {
      message: 'Cannot judge mutants: "examples" has no test file',
    });
    await assert.rejects(run({ ...STAGE, only: /no such test/ }), {
      message: 'Cannot judge mutants: "examples" has no test to run',
    });
  });
});
