// A process in which mutants are made and hunted: what one of them does to its process ends there.
import process from "node:process";
import { problemsOf } from "./clean.ts";
import { kill, NotKilledError } from "./kill.ts";
import { MUTANTS } from "./mutants.ts";
import type { Answer, Job } from "./pool.ts";

// A mutant that loses a rejection is told of by its guarantee; a test that does is told of by itself.
process.on("unhandledRejection", () => {});
process.on("uncaughtException", () => {});

process.on("message", async (job: Job) => {
  process.send!(await answerTo(job));
});

async function answerTo(job: Job): Promise<Answer> {
  try {
    if (job.kind === "clean") return { problems: await problemsOf(job.module, MUTANTS) };
    const mutant = MUTANTS.find(({ id }) => id === job.id);
    if (mutant === undefined) throw new Error(`There is no mutant "${job.id}"`);
    return { killed: await kill(mutant) };
  } catch (error) {
    if (error instanceof NotKilledError) return { error: error.message };
    return { error: error instanceof Error ? error.stack ?? error.message : String(error) };
  }
}
