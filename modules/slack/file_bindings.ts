import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Lru } from "./lru.ts";
import type { SlackBindings } from "./slack_backend.ts";

/** Threads that are remembered; of the others nobody said `new` lately. */
const THREADS_MAX = 10_000;

/**
 * Which session a thread has since a `new`, in a file: so that it is the same after a restart.
 *
 * Each `new` appends a line; a file that has become longer than it need be is written anew when it is
 * read. A line that was cut off when the process died is left out. One process at a time owns it. What
 * is written is a line of about 150 bytes for each `new`, and is written at once: the answer to the
 * person is true.
 *
 * @throws what the file system says if the file is there and cannot be read, or cannot be written.
 */
export function fileBindings(path: string): SlackBindings {
  const threads = new Lru<string>(THREADS_MAX);
  const lines = read(path);
  for (const { thread, session } of lines) threads.set(thread, session);
  mkdirSync(dirname(path), { recursive: true });
  if (lines.length > threads.size) rewrite(path, threads);
  return {
    get: (thread) => threads.get(thread),
    set: (thread, session) => {
      appendFileSync(path, `\n${JSON.stringify({ thread, session })}`, { mode: 0o600 });
      threads.set(thread, session);
    },
  };
}

interface Line {
  readonly thread: string;
  readonly session: string;
}

function read(path: string): Line[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return [];
    throw error;
  }
  return text.split("\n").flatMap((line) => parse(line) ?? []);
}

function parse(line: string): Line | undefined {
  try {
    const { thread, session } = JSON.parse(line);
    return typeof thread === "string" && typeof session === "string"
      ? { thread, session }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all. */
function rewrite(path: string, threads: Lru<string>): void {
  const text = Array.from(
    threads.entries(),
    ([thread, session]) => `\n${JSON.stringify({ thread, session })}`,
  ).join("");
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
