// Run by a test as a process of its own: starts an agent, tells its pid and then leaves, as its first
// argument says, without closing anything.
import process from "node:process";
import { join } from "node:path";
import { createAcpAgent } from "../acp_agent.ts";
import { testAgent } from "./acp_bench.ts";

const [how = "", dir = ""] = process.argv.slice(2);
// A process that is killed can do nothing, nor can one that throws on Deno, which tells nobody of its
// exit then: its agent ends with its input. Whoever else leaves kills also those that stay.
const isMute = how === "SIGKILL" || (how === "throw" && "Deno" in globalThis);
const command = isMute ? testAgent() : testAgent("--stays");
const agent = createAcpAgent({ dataDir: join(dir, how), command });
const session = await agent.open({ id: "s1", workingDir: dir });
const { signal } = new AbortController();
const pid = await session.run({ id: "t1", messages: [{ text: "pid" }], signal, emit() {} });
process.stdout.write(`${pid}\n`, () => {
  if (how === "exit") process.exit(1);
  if (how === "throw") {
    setTimeout(() => {
      throw new Error("a bug");
    });
  }
});
