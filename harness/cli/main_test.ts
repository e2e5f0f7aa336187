import assert from "node:assert/strict";
import { test } from "node:test";
import { CHAIN, FEW, type Ran, runMain, withFolder } from "./_test_support.ts";

/** Wrong usage gives one line and exit code 2. */
function usageOf({ code, stdout, stderr }: Ran): string {
  assert.equal(code, 2, stderr);
  assert.equal(stdout, "");
  const line = /^check:host: (.*[^.])\n$/.exec(stderr);
  assert.ok(line, stderr);
  return line[1]!;
}

test("--help shows the options, the other commands and the exit codes; a command has its own", async () => {
  const help = await runMain(["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /--budget SECONDS {4}Limit of time/);
  assert.match(help.stdout, /replay ADAPTER --operations/);
  assert.match(help.stdout, /\n {2}3 {2}The adapter broke/);
  const own = await runMain(["replay", "-h"]);
  assert.match(own.stdout, /--tape TAPE/);
  assert.doesNotMatch(own.stdout, /--budget/);
  for (const line of `${help.stdout}${own.stdout}`.split("\n")) assert.ok(line.length <= 100, line);
});

test("--version shows the version of the package", async () => {
  assert.match((await runMain(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
});

test("check needs one adapter, and says so in one line", async () => {
  assert.match(usageOf(await runMain([])), /^Cannot check nothing: give the path of an adapter/);
  assert.match(usageOf(await runMain(["a.ts", "b.ts"])), /^Cannot use argument "b.ts"/);
});

test("a command that there is not is refused with the nearest one", async () => {
  const line = usageOf(await runMain(["repaly", "a.ts"]));
  assert.equal(line, "Unknown command repaly: did you mean replay?");
});

test("an unknown option is refused by the command that was named", async () => {
  assert.match(
    usageOf(await runMain(["replay", "a.ts", "--budget", "3"])),
    /^Unknown option --budget/,
  );
});

test("a file that is no adapter is refused with the reason", () =>
  withFolder(async ({ run, write, path }) => {
    const usage = async (...args: string[]) => usageOf(await run(args));
    assert.equal(
      await usage("none.mjs"),
      `Cannot find none.mjs: there is no such file (${path}/none.mjs)`,
    );
    assert.match(await usage("."), /it is no file/);
    assert.match(await usage(await write("a.json", "{}")), /an adapter is a module/);
    await write("empty.mjs", "");
    assert.match(await usage("empty.mjs"), /it has no default export; write "export default/);
    await write("named.mjs", "export const mine = 1;");
    assert.match(await usage("named.mjs"), /or name one with --export \(mine\)$/);
    assert.match(await usage("named.mjs", "--export", "mnie"), /did you mean mine\?$/);
    assert.match(await usage("empty.mjs", "--export", "a"), /it exports nothing$/);
    await write("five.mjs", "export default 5;");
    assert.match(await usage("five.mjs"), /^Cannot use adapter: it must be an object/);
    await write("foo.mjs", `export default { name: "n", guarantees: ["FOO"], create() {} };`);
    assert.match(await usage("foo.mjs"), /"FOO" is no guarantee/);
    await write("none.js", `export default { name: "n", create() {} };`);
    assert.match(await usage("none.js"), /^Cannot use adapter "n": create\(\) gives no host/);
    await write("mute.mjs", `export default { name: "n", create: () => ({}) };`);
    assert.match(await usage("mute.mjs"), /its host needs a method send/);
    await write(
      "one.mjs",
      `export default { name: "n", level: 1, create: () => ({ send() {} }) };`,
    );
    assert.match(await usage("one.mjs"), /level 1 needs a method snapshot\(\)/);
  }));

test("a named export can be the adapter, and relative paths are the caller's", () =>
  withFolder(async ({ run, write }) => {
    await write("named.mjs", CHAIN.replace("export default", "export const mine ="));
    assert.equal((await run(["./named.mjs", "--export", "mine", ...FEW])).code, 0);
  }));

test("a host is watched for stalls while its command runs, as long as was asked for", () =>
  withFolder(async ({ run, write }) => {
    const watched: (number | string)[] = [];
    const watchStalls = (limitMs: number) => {
      watched.push(limitMs);
      return () => void watched.push("over");
    };
    await write("chain.mjs", CHAIN);
    await run(["chain.mjs", ...FEW], { watchStalls });
    await run(["chain.mjs", ...FEW, "--stall", "0.5"], { watchStalls });
    await run(["explain", "chain.mjs"], { watchStalls });
    assert.deepEqual(watched, [15_000, "over", 500, "over", 0, "over"]);
  }));
