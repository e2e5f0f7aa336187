import { createEchoAgent, type EchoAgent, type EchoAgentOptions } from "@lanekeeper/agents";
import { createHost, type Host } from "@lanekeeper/host";
import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeClock } from "./fake_clock.ts";
import { assertNone } from "./host_bench.ts";
import { drive } from "./settle.ts";
import { type Answer, TestClient } from "./test_client.ts";

/** A server in this process: a host, and the echo agent on a data folder. */
export interface EchoServer {
  readonly host: Host;
  readonly agent: EchoAgent;
  readonly logs: string[];
  client(name: string): TestClient;
}

/** What a test of the echo agent behind a host works with. */
export interface EchoBench {
  readonly dataDir: string;
  readonly clock: FakeClock;
  /** Starts a server on the data folder; what ran before is left as a killed process leaves it. */
  start(options?: Partial<EchoAgentOptions>): EchoServer;
  /** The answer, while the agent speaks without delay. */
  answer(answer: Promise<Answer>): Promise<Answer>;
  /** The path of a session's transcript. */
  path(session: string): string;
  /** The lines of a session's transcript. */
  stored(session: string): Promise<string[]>;
  /** Cuts `bytes` off the end of a session's transcript, as a crash in the middle of a write does. */
  tear(session: string, bytes: number): Promise<void>;
}

/** Runs a test on a data folder of its own; every server that it started is stopped at the end. */
export async function withEcho(test: (bench: EchoBench) => Promise<void>): Promise<void> {
  const dataDir = await realpath(await mkdtemp(join(tmpdir(), "lanekeeper-echo-")));
  const clock = new FakeClock();
  const servers: EchoServer[] = [];
  const path = (session: string) => join(dataDir, "sessions", `${session}.jsonl`);
  let sessions = 0;
  const start = (options: Partial<EchoAgentOptions> = {}): EchoServer => {
    const logs: string[] = [];
    const agent = createEchoAgent({
      dataDir,
      clock,
      cwd: () => dataDir,
      homeDir: dataDir,
      wordDelayMs: 0,
      onError: (error) => logs.push(String(error)),
      ...options,
    });
    const host = createHost({
      agent,
      clock,
      newSessionId: () => `s${++sessions}`,
      logger: {
        log: (level, message, { error } = {}) => {
          if (level === "error") logs.push(`${message}: ${error}`);
        },
      },
    });
    host.start();
    const server = { host, agent, logs, client: (name: string) => new TestClient(host.app, name) };
    servers.push(server);
    return server;
  };
  try {
    await test({
      dataDir,
      clock,
      start,
      path,
      answer: (answer) => drive(clock, answer),
      stored: async (session) => (await readFile(path(session), "utf8")).trimEnd().split("\n"),
      tear: async (session, bytes) => {
        const whole = await readFile(path(session));
        await writeFile(path(session), whole.subarray(0, whole.length - bytes));
      },
    });
    for (const { host } of servers) await drive(clock, host.stop());
    await assertNone(() => ({
      timer: clock.pending,
      session: servers.reduce((sum, { host }) => sum + host.queue.size, 0),
    }));
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
