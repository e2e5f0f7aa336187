/**
 * The page with a real agent: the real command, and a child process that speaks the Agent Client
 * Protocol. The protocol's package (2.4.0) is published without its example agent; the test agent on
 * that package (`modules/agents/_testing/acp_agent.ts`) stands for it.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { acpOption } from "../support/acp_host.ts";
import { descendantsOf } from "../support/os_look.ts";
import { type ServerProcess, withServers } from "../support/server_process.ts";
import { type ChatPage, openPage } from "./chat_page.ts";
import { theBrowser } from "./page_bench.ts";

/** What the browser itself says of a message that failed. */
const FAILED = /^Failed to load resource: the server responded with a status of 500 /;

/** Runs a test with a page and an agent that keeps its sessions. */
function withAgent(test: (page: ChatPage, server: ServerProcess) => Promise<void>): Promise<void> {
  return withServers(async ({ dataDir, start }) => {
    const server = await start({ args: acpOption("--store", join(dataDir, "store")) });
    const page = await openPage(await theBrowser(), server.address);
    try {
      await test(page, server);
      page.assertNoTrouble(FAILED);
    } catch (error) {
      throw await page.explain(error);
    } finally {
      await page.close();
    }
  });
}

test("an ACP agent's reply grows on the page; Stop lets it end, Stop now cancels it, and its process goes on", () =>
  withAgent(async (page, server) => {
    await page.send("hello");
    await page.says("hello", "You said: hello");
    const pids = descendantsOf(server.pid);
    assert.equal(pids.length, 1);
    await page.send("hold 1");
    await page.says("hold 1", "one");
    await page.says("hold 1", /^running/);
    await page.button("Stop").click();
    await page.says("hold 1", "one late");
    await page.says("hold 1", /^completed/);
    await page.send("hold 2");
    await page.says("hold 2", "one");
    await page.stopWith("immediate");
    await page.says("hold 2", /^cancelled/);
    await page.gone(page.message("hold 2").getByText("late"));
    await page.send("recall");
    await page.says("recall", '["hello","hold 1","hold 2","recall"]');
    assert.deepEqual(descendantsOf(server.pid), pids);
  }));

test("an ACP agent that is killed with SIGKILL: the page says that its turn failed, and the next message goes on with its session", () =>
  withAgent(async (page, server) => {
    await page.send("hello");
    await page.says("hello", "You said: hello");
    await page.send("hold");
    await page.says("hold", "one");
    const [pid = 0] = descendantsOf(server.pid);
    process.kill(pid, "SIGKILL");
    await page.says("hold", /^failed/);
    await page.says("hold", /The agent ".*" ended \(SIGKILL\)/);
    await page.send("recall");
    await page.says("recall", '["hello","recall"]');
    assert.notDeepEqual(descendantsOf(server.pid), [pid]);
  }));
