// Run by a test as a process of its own: deletes its working directory (empty, named
// by the first argument), then opens and resumes.
import { rmdirSync } from "node:fs";
import process from "node:process";
import { createEchoAgent } from "./echo_agent.ts";

const [cwd = "", dataDir = "", homeDir = ""] = process.argv.slice(2);
rmdirSync(cwd);
const agent = createEchoAgent({ dataDir, homeDir });
const opened = await agent.open({ id: "s1" });
const resumed = await agent.resume("s1");
console.log(JSON.stringify([opened.info, resumed.info]));
