import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseOperation } from "../kit/operations.ts";
import type { Story } from "../kit/story.ts";
import { UsageError } from "./io.ts";

/**
 * Reads stories that were found before: a JSON list of `{ operations, tape, racy?, work?, note? }`, as
 * they stand in a report's `violations`.
 *
 * @throws {UsageError} if it is none
 */
export async function readTapes(file: string, cwd: string): Promise<Story[]> {
  const list = await readJson(file, cwd);
  if (!Array.isArray(list)) {
    throw new UsageError(`Cannot use ${file}: it must be a JSON list of stories`);
  }
  return list.map((item, at) => {
    try {
      return storyOf(item);
    } catch (error) {
      throw new UsageError(`Cannot use ${file}: story ${at + 1}: ${(error as Error).message}`);
    }
  });
}

/** Any JSON file. @throws {UsageError} if it is none */
export async function readJson(file: string, cwd: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(resolve(cwd, file), "utf8");
  } catch (error) {
    throw new UsageError(`Cannot read ${file}: ${(error as Error).message}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`Cannot read ${file}: it is no JSON (${(error as Error).message})`);
  }
}

function storyOf(item: unknown): Story {
  const { operations, tape, racy, work } = (item ?? {}) as Partial<Record<string, unknown>>;
  if (!isListOf(operations, "string") || operations.length === 0) {
    throw new TypeError(`its operations must be a list such as ["send a", "stop a"]`);
  }
  if (
    !isListOf(tape, "number") || !tape.every((choice) => Number.isInteger(choice) && choice >= 0)
  ) {
    throw new TypeError("its tape must be a list of whole numbers such as [0, 1]");
  }
  if (racy !== undefined && typeof racy !== "boolean") {
    throw new TypeError("racy must be true or false");
  }
  if (work !== undefined && !(Number.isInteger(work) && work as number >= 0)) {
    throw new TypeError("work must be a whole number");
  }
  return {
    operations: operations.map(parseOperation),
    tape,
    lane: {
      ...(racy === true ? { racy } : {}),
      ...(work === undefined ? {} : { workSteps: work as number }),
    },
  };
}

function isListOf(value: unknown, type: "string"): value is string[];
function isListOf(value: unknown, type: "number"): value is number[];
function isListOf(value: unknown, type: string): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === type);
}
