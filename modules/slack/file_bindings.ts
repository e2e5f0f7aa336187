import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Lru } from "./lru.ts";
import { PEOPLE_MAX, type SlackBindings, type SlackThread } from "./slack_backend.ts";

/** Options of {@linkcode fileBindings}. */
export interface FileBindingsOptions {
  /** Threads that are remembered; the others are looked up at Slack. Default 100,000. */
  readonly threadsMax?: number;
}

/**
 * What is known of the threads, in a file: so that it is the same after a restart.
 *
 * Each thread appends a line when it begins, when a second person writes in it, and at each `new`. A
 * file with more lines than it needs is written anew when it is read, and when it has twice as many as
 * `threadsMax`. A line that was cut off when the process died is left out. One process at a time owns
 * it. What is written is a line of about 150 bytes, and is written at once: the answer to the person is
 * true.
 *
 * @throws what the file system says if the file is there and cannot be read, or cannot be written.
 */
export function fileBindings(
  path: string,
  { threadsMax = 100_000 }: FileBindingsOptions = {},
): SlackBindings {
  const threads = new Lru<SlackThread>(threadsMax);
  const read = readLines(path);
  for (const [thread, known] of read) threads.set(thread, known);
  let lines = read.length;
  mkdirSync(dirname(path), { recursive: true });
  const rewrite = () => {
    writeAnew(path, threads);
    lines = threads.size;
  };
  if (lines > threads.size) rewrite();
  return {
    get: (thread) => threads.get(thread),
    set: (thread, known) => {
      appendFileSync(path, lineOf(thread, known), { mode: 0o600 });
      threads.set(thread, known);
      if (++lines > 2 * threadsMax) rewrite();
    },
  };
}

function readLines(path: string): [thread: string, known: SlackThread][] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return [];
    throw error;
  }
  return text.split("\n").flatMap((line) => {
    const parsed = parse(line);
    return parsed === undefined ? [] : [parsed];
  });
}

function parse(line: string): [thread: string, known: SlackThread] | undefined {
  try {
    const { thread, session, people = [] } = JSON.parse(line);
    if (typeof thread !== "string" || !Array.isArray(people)) return undefined;
    if (session !== undefined && typeof session !== "string") return undefined;
    return [thread, {
      people: people.slice(0, PEOPLE_MAX).map(String),
      ...(session === undefined ? {} : { session }),
    }];
  } catch {
    return undefined;
  }
}

function lineOf(thread: string, known: SlackThread): string {
  return `\n${JSON.stringify({ thread, ...known })}`;
}

/** Whole or not at all. */
function writeAnew(path: string, threads: Lru<SlackThread>): void {
  const text = Array.from(threads.entries(), ([thread, known]) => lineOf(thread, known)).join("");
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
