import { fileURLToPath } from "node:url";
import type { AdapterError } from "../kit/adapter_error.ts";
import { BrokenMethodError } from "../kit/adapter_error.ts";
import { visible } from "../report/format.ts";
import { LoadError } from "./load_adapter.ts";

/** So many steps of a schedule are shown: the last ones. */
const STEPS_SHOWN = 12;
/** So many lines of a stack. */
const LINES_SHOWN = 12;
/** Frames of the harness itself say nothing, unless there is nothing else. */
const OWN_FOLDERS = ["cli", "kit", "sim"].map((name) =>
  fileURLToPath(new URL(`../${name}/`, import.meta.url))
);
/** So many errors that nobody caught are told. */
const STRAYS_SHOWN = 5;

/** Why an adapter broke, where, and what to look at. */
export function explainBroken({ cause, broken }: AdapterError): string {
  const { operations, schedule, replay } = broken;
  const steps = schedule.slice(-STEPS_SHOWN).map((label) => `  ${visible(label)}`);
  const left = schedule.length - steps.length;
  return [
    "check:host: The adapter broke, so nothing can be said of its host",
    "",
    ...stackOf(cause),
    ...section("What had been asked of the host:", operations.map((line) => `  ${line}`)),
    ...section("The steps until then:", left > 0 ? [`  ... ${left} more`, ...steps] : steps),
    ...section("To see it again:", replay === undefined ? [] : [replay]),
    ...section("What to look at:", [`  ${hintOf(cause)}`]),
  ].join("\n");
}

/** What nobody caught, each in one line. */
export function explainStrays(strays: readonly unknown[]): string[] {
  const counts = new Map<string, number>();
  for (const stray of strays) {
    const [head = "", ...frames] = stackOf(stray);
    const at = frames.find((line) => /^\s*at /.test(line))?.trim() ?? "";
    const line = `${head} ${at}`.trim();
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  const lines = [...counts].map(([line, count]) =>
    `Nobody caught an error, which ends a process${count > 1 ? ` (${count} times)` : ""}: ${line}`
  );
  const left = lines.length - STRAYS_SHOWN;
  if (left <= 0) return lines;
  return [...lines.slice(0, STRAYS_SHOWN), `Nobody caught ${left} other errors`];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

/** An error and its stack, in that order on each runtime. */
function stackOf(cause: unknown): string[] {
  if (!(cause instanceof Error)) return [visible(String(cause))];
  const head = `${cause.name}: ${cause.message}`.split("\n");
  const lines = (cause.stack ?? "").split("\n");
  // Node writes the place of a syntax error above its name.
  const name = lines.findIndex((line) => line.startsWith("SyntaxError"));
  const place = name > 0 ? lines.slice(0, name).filter((line) => line !== "") : [];
  const frames = lines.filter((line) => /:\d+:\d+\)?$/.test(line))
    .filter((line) => !/node:internal|\bext:|\(native\)/.test(line))
    .map((line) => `    ${line.trim()}`);
  const theirs = frames.filter((line) => !OWN_FOLDERS.some((folder) => line.includes(folder)));
  const shown = (theirs.length > 0 ? theirs : frames).slice(0, LINES_SHOWN);
  return [...head, ...place, ...shown].map(visible);
}

function hintOf(cause: unknown): string {
  if (cause instanceof LoadError && cause.message.includes("@lanekeeper/harness")) {
    return "A file elsewhere needs no import: the type is erased, and { accepted: false, reason } refuses.";
  }
  if (cause instanceof LoadError) return "The file must load by itself, with all that it imports.";
  if (cause instanceof BrokenMethodError) {
    return "send() may throw a RejectedError; everything else that a method has to say, it rejects with.";
  }
  const message = cause instanceof Error ? cause.message : "";
  for (const [pattern, hint] of HINTS) if (pattern.test(message)) return hint;
  return "The first line of the stack that is in a file of yours.";
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /^Schedule does not end/,
    "What repeats in the steps: a host that polls, or sets a timer again and again, never comes to rest.",
  ],
  [/^Cannot run the agent/, "env.agent() must be given the message as it was sent, such as m1."],
  [
    /^Cannot run m\d+: nobody sent it/,
    "env.agent() must be given a message of this schedule: create() must share nothing between hosts.",
  ],
  [
    /^the agent was not called|^nothing could be judged/,
    "create(env) must give each message of send() to env.agent().",
  ],
  [/^no schedule was played: there was no time/, "More time: --budget."],
  [/^no schedule was played/, "Something to play: --runs, another --strategy, or --tapes."],
];
