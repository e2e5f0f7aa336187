// What sessions cost: 100,000 of them used once and idle, and after all have ended; and a chain of
// 100,000 follow-ups on one session. Run by `npm run bench`.
import { SessionQueue } from "@lanekeeper/session-queue";
import { writeFile } from "node:fs/promises";
import process from "node:process";
import { heapBytes, runtime } from "./runtime.ts";

const SESSIONS = 100_000;
const CHAIN = 100_000;
const TOMBSTONES = 1_000;

/** Bytes per idle session that has a handle, and what is left after all have ended. */
async function idleSessions() {
  const queue = new SessionQueue<string, string, true>({
    run: () => "done",
    open: () => true,
    close: () => {},
    limits: { tombstonesMax: TOMBSTONES },
  });
  // Names are made before: they are the caller's.
  const names = Array.from({ length: SESSIONS }, (_, index) => `session-${index}`);
  const use = async () => {
    for (const name of names) {
      await queue.create(name);
      await queue.send(name, "hello").outcome;
    }
  };
  const endAll = async () => {
    for (const name of names) await queue.end(name);
  };
  const before = await heapBytes();
  await use();
  const idle = await heapBytes();
  await endAll();
  const after = await heapBytes();
  return {
    sessions: SESSIONS,
    bytesPerIdleSession: Math.round((idle - before) / SESSIONS),
    bytesAfterAllEnded: after - before,
    tombstones: queue.tombstones,
  };
}

/** Sessions of a queue without handles: nothing is kept when they are idle. */
async function sessionsWithoutHandle() {
  const queue = new SessionQueue<string, string>({ run: () => "done" });
  const before = await heapBytes();
  for (let index = 0; index < SESSIONS; index++) {
    await queue.send(`session-${index}`, "hello").outcome;
  }
  return { sessions: SESSIONS, size: queue.size, bytes: await heapBytes() - before };
}

/** Each turn sends the next message to its own session. */
async function chain() {
  const queue: SessionQueue<number, void> = new SessionQueue<number, void>({
    run: async (turn) => {
      await undefined;
      const [input] = turn.inputs;
      const left = (input?.message ?? 0) - 1;
      if (left > 0) queue.send(turn.session, left);
      else finish();
    },
  });
  let finish = (): void => {};
  const round = async () => {
    const finished = new Promise<void>((resolve) => finish = resolve);
    queue.send("session-1", CHAIN);
    await finished;
  };
  await round();
  const before = await heapBytes();
  await round();
  return { turns: CHAIN, bytesKept: await heapBytes() - before };
}

const report = {
  runtime: runtime(),
  idle: await idleSessions(),
  withoutHandle: await sessionsWithoutHandle(),
  chain: await chain(),
};
console.log(`\n${report.runtime}: memory`);
console.log(
  `  ${SESSIONS.toLocaleString("en")} idle sessions with a handle, used once: ` +
    `${report.idle.bytesPerIdleSession} bytes each`,
);
console.log(
  `  after all have ended, ${report.idle.tombstones.toLocaleString("en")} tombstones: ` +
    `${(report.idle.bytesAfterAllEnded / 1024).toFixed(0)} KiB more than before`,
);
console.log(
  `  ${SESSIONS.toLocaleString("en")} sessions without a handle, used once: ` +
    `${(report.withoutHandle.bytes / 1024).toFixed(0)} KiB, ${report.withoutHandle.size} kept`,
);
console.log(
  `  a chain of ${CHAIN.toLocaleString("en")} follow-ups: ` +
    `${(report.chain.bytesKept / 1024).toFixed(0)} KiB more than before`,
);
const [file] = process.argv.slice(2);
if (file !== undefined) await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
