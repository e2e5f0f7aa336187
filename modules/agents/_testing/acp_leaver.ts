// Run by a test as a process of its own: starts an agent, tells its pid and then leaves, as its first
// argument says, without closing anything.
import process from "node:process";
import { join } from "node:path";
import { createAcpAgent } from "../acp_agent.ts";
import { testAgent } from "./acp_bench.ts";

const [how = "", dir = ""] = process.argv.slice(2);
// One that is killed can do nothing: its agent ends with its input. One that leaves kills them all.
const command = how === "SIGKILL" ? testAgent() : testAgent("--stays");
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
