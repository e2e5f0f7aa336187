import { createAcpAgent } from "@lanekeeper/agents";
import { createHost, type Host } from "@lanekeeper/host";
import assert from "node:assert/strict";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testAgent, until } from "../../modules/agents/_testing/acp_bench.ts";
import { processesBelow } from "./os_look.ts";
import { TestClient } from "./test_client.ts";

/** What a test of a host with an agent that is a child process works with. */
export interface AcpHost {
  readonly host: Host;
  readonly dir: string;
  client(name: string): TestClient;
  /** Waits until this piece of a reply is said, after the one that was waited for before. */
  said(text: string): Promise<void>;
}

/** Runs a test with a host in this process; at its end no process of the agent may be left. */
export async function withAcpHost(test: (bench: AcpHost) => Promise<void>): Promise<void> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), "lanekeeper-acp-")));
  const agent = createAcpAgent({
    dataDir: join(dir, "data"),
    command: testAgent(),
    homeDir: dir,
    cwd: () => dir,
  });
  const host = createHost({ agent });
  host.start();
  const events = await host.app.request("/api/events", { headers: { "x-client-id": "ann" } });
  let told = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of events.body ?? []) told += decoder.decode(chunk, { stream: true });
  })();
  try {
    await test({
      host,
      dir,
      client: (name) => new TestClient(host.app, name),
      said: async (text) => {
        const piece = `"text":${JSON.stringify(text)}`;
        await until(() => told.includes(piece));
        told = told.slice(told.indexOf(piece) + piece.length);
      },
    });
  } finally {
    await host.stop();
    await reading;
    assert.deepEqual(processesBelow(dir), []);
    await rm(dir, { recursive: true, force: true });
  }
}

/** The option of the real command that runs the test agent. */
export function acpOption(...args: readonly string[]): string[] {
  return ["--agent", `acp:${testAgent(...args).map((word) => `'${word}'`).join(" ")}`];
}
