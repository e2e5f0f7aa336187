import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { adapterModule, CHAIN, FEW, type Folder, NAIVE, withFolder } from "./_test_support.ts";

const CLI = fileURLToPath(new URL("./cli.ts", import.meta.url));
/** A process that hangs is killed then: a limit, and nothing that a test waits for. */
const LIFE_MS = 60_000;

interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as a process, on the runtime that the test itself runs on. */
function start(
  { path }: Folder,
  args: readonly string[],
  onStderr: (text: string, pid: number) => void = () => {},
): Promise<Exit> {
  const runtime = "Deno" in globalThis ? ["run", "--allow-all", "--no-check"] : [];
  const { PATH = "", HOME = "", DENO_DIR } = process.env;
  const child = spawn(process.execPath, [...runtime, CLI, ...args], {
    cwd: path,
    env: {
      ...{ PATH, HOME, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
      ...(DENO_DIR === undefined ? {} : { DENO_DIR }),
    },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIFE_MS,
    killSignal: "SIGKILL",
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => stdout += chunk);
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
    onStderr(stderr, child.pid!);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

test("the process prints the result on standard output and ends with its code", () =>
  withFolder(async (folder) => {
    await folder.write("chain.mjs", CHAIN);
    await folder.write("naive.mjs", NAIVE);
    const kept = await start(folder, ["chain.mjs", ...FEW]);
    assert.deepEqual([kept.code, kept.signal], [0, null], kept.stderr);
    assert.match(kept.stdout, /The one guarantee that was judged is kept/);
    assert.match(kept.stderr, /^Checking tiny with seed \d+\n/);
    const broken = await start(folder, ["naive.mjs", ...FEW, "--json", "-"]);
    assert.equal(broken.code, 1);
    assert.equal(JSON.parse(broken.stdout).violations[0].guarantee, "SINGLE_TURN");
    const usage = await start(folder, ["none.mjs"]);
    assert.deepEqual([usage.code, usage.stdout], [2, ""]);
    assert.match(usage.stderr, /^check:host: Cannot find none\.mjs: .*\n$/);
  }));

test("the process ends although a host left a timer, and tells what the host did not catch", () =>
  withFolder(async (folder) => {
    const host = `
      setInterval(() => {}, 1_000);
      return {
        send(session, message) {
          Promise.reject(new Error("forgotten"));
          return env.agent(session, message);
        },
      };`;
    await folder.write("leak.mjs", adapterModule(host));
    const args = ["--runs", "20", "--operations", "1", "--guarantee", "EXACTLY_ONE_OUTCOME"];
    const { code, stdout, stderr } = await start(folder, ["leak.mjs", ...args]);
    assert.equal(code, 3, stderr);
    assert.match(stdout, /Nobody caught an error, .*\(\d+ times\):\s+Error:\s+forgotten/);
    assert.match(stdout, /What escaped control\n {2}- setInterval\(\) is called /);
  }));

test("a signal ends the process with what was found, and the code of the signal", () =>
  withFolder(async (folder) => {
    await folder.write("naive.mjs", NAIVE);
    await folder.write("tapes.json", `[{ "operations": ["send a", "send a"], "tape": [] }]`);
    // The first schedule is under way when the line about the check is printed.
    const args = ["naive.mjs", "--tapes", "tapes.json", "--runs", "99999999"];
    let isKilled = false;
    const { code, stdout, stderr } = await start(folder, args, (text, pid) => {
      if (isKilled || !text.startsWith("Checking")) return;
      isKilled = true;
      process.kill(pid, "SIGINT");
    });
    assert.equal(code, 130, stderr);
    assert.match(stderr, /\nStopping after this schedule; once more to stop at once\n/);
    assert.match(stdout, /^SINGLE_TURN is broken/);
    assert.match(stdout, /It was stopped before its end/);
  }));

test("a host that never comes to rest is ended", () =>
  withFolder(async (folder) => {
    const host = "return { async send() { for (;;) await null; } };";
    await folder.write("spin.mjs", adapterModule(host));
    const args = ["spin.mjs", "--stall", "1", "--guarantee", "SINGLE_TURN"];
    const { signal, stdout, stderr } = await start(folder, args);
    assert.equal(signal, "SIGKILL");
    assert.equal(stdout, "");
    assert.match(stderr, /\ncheck:host: The host kept the process busy for 1 s, so it was ended\n/);
  }));

test("a host that ends the process is not taken for one that is clean", () =>
  withFolder(async (folder) => {
    const host = `
      return {
        send() {
          process.exit(0);
        },
      };`;
    await folder.write("exit.mjs", adapterModule(host));
    const { code, stderr } = await start(folder, ["exit.mjs", ...FEW]);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /^check:host: the host ended the process with process\.exit\(0\): /m);
  }));

const FULL = "/dev/full";
const skip = existsSync(FULL) ? false : `there is no ${FULL} here`;

test(
  "a result that can not be written is told, and is no clean run",
  { skip },
  () =>
    withFolder(async (folder) => {
      await folder.write("chain.mjs", CHAIN);
      const { code, stdout, stderr } = await start(folder, ["chain.mjs", ...FEW, "--json", FULL]);
      assert.equal(code, 2, stderr);
      assert.match(stdout, /The one guarantee that was judged is kept/);
      assert.match(stderr, /^check:host: Cannot write --json \/dev\/full: ENOSPC/m);
    }),
);
