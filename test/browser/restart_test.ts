import assert from "node:assert/strict";
import { test } from "node:test";
import { type ServerProcess, type Servers, withServers } from "../support/server_process.ts";
import { type ChatPage, openPage } from "./chat_page.ts";
import { theBrowser } from "./page_bench.ts";

/** What the browser itself says of a server that is not there, and of one that drains. */
const SERVER_AWAY =
  /^Failed to load resource: (net::ERR_|the server responded with a status of 503 )/;

/** Runs a test with the server's own process and a page on it. */
function withProcess(
  test: (page: ChatPage, server: ServerProcess, servers: Servers) => Promise<void>,
): Promise<void> {
  return withServers(async (servers) => {
    const server = await servers.start();
    const page = await openPage(await theBrowser(), server.address);
    try {
      await test(page, server, servers);
      page.assertNoTrouble(SERVER_AWAY);
    } catch (error) {
      throw await page.explain(error);
    } finally {
      await page.close();
    }
  });
}

test("a page that is loaded again in the middle of a turn shows the turn and goes on", () =>
  withProcess(async (page) => {
    await page.send("hello");
    await page.says("hello", "You said: hello");
    await page.send("slow 60");
    await page.says("slow 60", /Slowly, for 60 s: 1/);
    await page.send("and then", "enqueue");
    await page.says("and then", "waiting, next in line");
    await page.reload();
    await page.says("hello", "You said: hello");
    await page.says("slow 60", /^running, \d+ s$/);
    await page.says("and then", "waiting, next in line");
    assert.deepEqual(await page.texts(), ["hello", "slow 60", "and then"]);
    assert.ok(await page.radio("enqueue").isChecked(), "the policy is not the one that was chosen");
    await page.button("Stop").click();
    // What was said while nobody looked is in the transcript.
    await page.says("slow 60", /Slowly, for 60 s: 1/);
    await page.says("slow 60", /^completed/);
    await page.says("and then", "You said: and then");
  }));

test("SIGTERM in the middle of a turn: the page says so, and the reply still arrives", () =>
  withProcess(async (page, server) => {
    await page.send("slow 8");
    await page.says("slow 8", "Slowly, for 8 s: 1");
    server.kill("SIGTERM");
    await page.seen(page.page.getByRole("status").getByText("server is draining"));
    await page.send("too late", "enqueue");
    await page.says("too late", /^rejected, draining/);
    await page.says("slow 8", "Slowly, for 8 s: 1 2 3 4 5 6 7 8 done");
    await page.says("slow 8", /^completed/);
    assert.equal((await server.exited).code, 0);
    await page.seen(page.page.getByRole("status").getByText("reconnecting"));
  }));

test("a server that is started again on the same data: the page comes back to its session", () =>
  withProcess(async (page, server, servers) => {
    await page.send("hello");
    await page.says("hello", "You said: hello");
    const session = await page.page.locator("#session-id").innerText();
    server.kill("SIGTERM");
    assert.equal((await server.exited).code, 0);
    await page.seen(page.page.getByRole("status").getByText("reconnecting"));
    await servers.start({ args: ["--port", new URL(server.address).port] });
    await page.seen(page.page.getByRole("listitem").getByText(`Resumed session ${session}`));
    await page.live();
    assert.equal(await page.page.locator("#session-id").innerText(), session);
    await page.send("again");
    await page.says("again", "You said: again");
    await page.reload();
    assert.deepEqual(await page.texts(), ["hello", "again"]);
    await page.says("hello", "You said: hello");
  }));
