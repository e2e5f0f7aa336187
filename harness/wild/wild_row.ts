import type { HostAdapter } from "../kit/adapter.ts";
import { parseOperations } from "../kit/operations.ts";
import type { Story } from "../kit/story.ts";
import type { Guarantee } from "../oracles/oracles.ts";
import { parseTape } from "../sim/tape.ts";

/** What somebody says of their own work, and where. */
export interface Quote {
  /** Their words, and few of them: a sentence that is quoted is quoted whole. */
  readonly says: string;
  /** Other passages of the same text, where it takes more than one. */
  readonly and?: readonly string[];
  /** Where they are to be read. */
  readonly source: string;
  /** The same in what is installed: a path below `node_modules`. A test looks them up there. */
  readonly file?: string;
}

/** Makes quotes of one text, each of one passage or more. */
export function quoting(
  source: string,
  file?: string,
): (says: string, ...and: readonly string[]) => Quote {
  return (says, ...and) => ({
    says,
    ...(and.length > 0 ? { and } : {}),
    source,
    ...(file === undefined ? {} : { file }),
  });
}

/** Why a guarantee is not theirs to give; with their own words, if there are any. */
export type NotPromised = { readonly why: string } & ({ readonly says?: undefined } | Quote);

/** A story as its replay command has it. */
export interface FoundStory {
  readonly operations: string;
  readonly tape: string;
  readonly racy?: boolean;
  /** What it breaks. */
  readonly breaks: Guarantee;
  /** It is told as it is, and not shrunk: a smaller one would be less plain, or break other words. */
  readonly isWhole?: true;
}

/** What is played for it. */
export function storyOf({ operations, tape, racy = false }: FoundStory): Story {
  return {
    operations: parseOperations(operations),
    tape: parseTape(tape),
    lane: racy ? { racy } : {},
  };
}

/** A published package, used as its own documentation says, and what it may be judged on. */
export interface WildRow {
  /** Its name in the report: `chat-queue`. The file is named after it: `chat_queue.ts`. */
  readonly id: string;
  /** The packages that are at work, the one that is judged first; none for what a runtime brings. */
  readonly packages: readonly string[];
  /** What the adapter does with them, which is what their documentation says. */
  readonly use: string;
  /** What they say of how settled it is, where they do: deprecated, unstable. */
  readonly standing?: Quote;
  /** What they promise. */
  readonly promised: Readonly<Partial<Record<Guarantee, Quote>>>;
  /** What is judged all the same, so that who builds on them knows what is left to add. */
  readonly notPromised: Readonly<Partial<Record<Guarantee, NotPromised>>>;
  /** What a host adds for what is broken, in one sentence. */
  readonly remedy?: string;
  /** Where others met what is broken here: issues. */
  readonly seenIn?: readonly string[];
  /** The runtimes that have it. Default: all three. */
  readonly runtimes?: readonly ("node" | "deno" | "bun")[];
  /** What is asked of it beside what is asked of every host, as text: `advance 600000`. */
  readonly asked?: readonly string[];
  /** How long the lists are of which all are played. Default: 3. */
  readonly operationsMax?: number;
  /** Stories that a search found before: played first, so that none is lost when searches change. */
  readonly foundBefore?: readonly FoundStory[];
  /** Whether its timers may come while a call of a port is under way. Default: `true`. */
  readonly isRacy?: boolean;
  /** The host. What it is judged on comes from the two lists above. */
  readonly adapter: HostAdapter;
}

/** A row whose adapter is judged on what the row lists, and on nothing else. */
export function wildRow(
  row: Omit<WildRow, "adapter"> & { readonly adapter: Omit<HostAdapter, "guarantees" | "name"> },
): WildRow {
  const { adapter, promised, notPromised, id } = row;
  const guarantees = [...Object.keys(promised), ...Object.keys(notPromised)] as Guarantee[];
  return { ...row, adapter: { ...adapter, name: id, guarantees } };
}

/** The file of a row's adapter, from the root of the repository. */
export function fileOf({ id }: WildRow): string {
  return `harness/wild/${id.replaceAll("-", "_")}.ts`;
}
