// Makes docs/page.png: `node test/browser/picture.ts`. It takes a minute, for the picture shows one:
// the page as it is, on a server with the echo agent and some more clients.
import { createEchoAgent } from "@lanekeeper/agents";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startBrowser } from "./browser.ts";
import { type ChatPage, openPage } from "./chat_page.ts";
import { type Site, startSite } from "./site.ts";

const FILE = fileURLToPath(new URL("../../docs/page.png", import.meta.url));

/** What a client sends, and when: in seconds from the start. */
type Step = readonly [at: number, text: string, policy?: string];

/** How long it takes until the picture is made. */
const LENGTH_S = 57;

/** The client with the page. */
const OWN: readonly Step[] = [
  [2, "which issues are open?"],
  [7, "slow 14 check the links"],
  [29, "slow 60 draft the release notes"],
  [45, "name everyone who helped", "enqueue"],
  [47, "and add the date", "enqueue"],
];

/** The clients without one. */
const OTHERS: Readonly<Record<string, readonly Step[]>> = {
  busy: [
    [1, "slow 11"],
    [15, "slow 9"],
    [27, "slow 8"],
    [38, "slow 60"],
    [44, "then this", "enqueue"],
    [46, "and this", "enqueue"],
    [52, "and that", "enqueue"],
  ],
  collecting: [
    [3, "slow 4"],
    [10, "slow 19"],
    [14, "one more thing", "collect"],
    [18, "slow 3", "collect"],
    [35, "slow 5"],
    [43, "slow 60"],
  ],
  interrupting: [
    [0, "slow 7"],
    [12, "fail the tool is not there"],
    [17, "slow 10"],
    [31, "slow 20"],
    [35, "and be brief", "steer"],
    [39, "slow 6", "interrupt"],
    [50, "slow 60"],
  ],
  stopping: [
    [5, "slow 40"],
    [23, "slow 12"],
    [41, "slow 60"],
    [48, "and then?", "enqueue"],
  ],
  deaf: [[34, "ignore cancel 60"]],
  quiet: [[4, "hello"], [9, "slow 3"], [20, "thanks"], [33, "slow 6"]],
};

/** Who stops the running turn, and when. */
const STOPS: Readonly<Record<string, number>> = { stopping: 19, deaf: 42 };
/** A turn that goes on for so long after that is abandoned. */
const ABANDON_MS = 5_000;

/** Plays the minute, on one page or on several that do the same. */
export async function play(site: Site, pages: readonly ChatPage[]): Promise<void> {
  const at = (seconds: number, fn: () => unknown) => sleep(seconds * 1_000).then(fn);
  const steps = OWN.map(([seconds, text, policy]) =>
    at(seconds, () => Promise.all(pages.map((page) => page.send(text, policy))))
  );
  for (const [client, messages] of Object.entries(OTHERS)) {
    await site.call(client, "POST", "/api/session", {});
    for (const [seconds, message, policy] of messages) {
      // Nobody waits for the answer: it comes when the message has its outcome.
      const send = () => void site.call(client, "POST", "/api/chat", { message, policy });
      steps.push(at(seconds, send));
    }
    const stop = () => site.call(client, "POST", "/api/stop", { level: "immediate" });
    if (STOPS[client] !== undefined) steps.push(at(STOPS[client], stop));
  }
  await Promise.all([...steps, sleep(LENGTH_S * 1_000)]);
}

async function main(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), "lanekeeper-picture-"));
  // A directory that is there on most machines, and says nothing of this one.
  const agent = createEchoAgent({ dataDir, cwd: () => "/opt" });
  const site = await startSite(agent, { abandonAfterMs: ABANDON_MS });
  const browser = await startBrowser();
  try {
    const page = await openPage(browser, site.address, { width: 1280, height: 800, scale: 1.5 });
    await play(site, [page]);
    // The frame of the message box, which has the focus, would be the first thing to be seen.
    await page.page.getByRole("log").click();
    await page.page.screenshot({ path: FILE });
  } finally {
    await browser.close();
    await site.stop(0);
    await rm(dataDir, { recursive: true, force: true });
  }
}

if (import.meta.main) await main();
