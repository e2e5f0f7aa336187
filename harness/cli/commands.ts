import type { OptionSpecs } from "./options.ts";

/** A command, as its help tells of it. */
export interface CommandSpec {
  /** What follows its name. */
  readonly usage: string;
  /** What it does, in some lines. */
  readonly text: string;
  readonly options: OptionSpecs;
}

const COMMON: OptionSpecs = {
  "color": { help: "Colours, whatever the terminal is." },
  "no-color": { help: "No colours. So does NO_COLOR in the environment." },
  "help": { short: "h", help: "Shows this text." },
  "version": { short: "v", help: "Shows the version." },
};

const EXPORT = { value: "NAME", help: "Which export of the file it is. Default: default." };
const GUARANTEE = {
  value: "NAME",
  isList: true,
  help: "Judges only this one; may be given several times.",
};
const SEED = { value: "N", help: "Makes the random part the same again. Default: a random one." };
const STALL = {
  value: "SECONDS",
  help: "Ends a host that keeps the process busy for so long; 0: never. Default: 15.",
};
const JSON_FILE = { value: "FILE", help: "Writes the report as JSON; - is standard output." };
const HTML_FILE = { value: "FILE", help: "Writes the report as one HTML page with the timeline." };
const SVG_FILE = { value: "FILE", help: "Writes the timeline as a picture." };

/** All commands, by name. */
export const COMMANDS = {
  check: {
    usage: "[check] ADAPTER [options]",
    text:
      `Searches the schedules of a host for one that breaks a guarantee, and shrinks it. ADAPTER is a
module whose default export is a HostAdapter; harness/examples has some to start from.`,
    options: {
      "runs": { value: "N", help: "How many random schedules. Default: 20000." },
      "budget": { value: "SECONDS", help: "Limit of time over all. Default: 30." },
      "seed": SEED,
      "strategy": {
        value: "NAME",
        help: "all, exhaustive, portfolio, commit, uniform, or pct d=N. Default: all.",
      },
      "operations": {
        value: "N",
        help: "All lists of up to so many operations are played. Default: 3.",
      },
      "guarantee": GUARANTEE,
      "tapes": {
        value: "FILE",
        help: "Plays these first: a JSON list of { operations, tape, racy?, work?, note? }.",
      },
      "export": EXPORT,
      "strict": { help: "A situation that never came up is no clean run: exit code 3." },
      "stall": STALL,
      "json": JSON_FILE,
      "html": HTML_FILE,
      "junit": { value: "FILE", help: "Writes the verdicts for a CI, as JUnit XML." },
      ...COMMON,
    },
  },
  replay: {
    usage: 'replay ADAPTER --operations "send a; stop a" --tape 0.1.2 [options]',
    text:
      `Plays one schedule again, and tells what happened in it. Every violation ends with the command
that does this.`,
    options: {
      "operations": { value: "LIST", help: "What is asked of the host, with ; between." },
      "tape": { value: "TAPE", help: "The choices of the schedule. Default: 0, the plainest one." },
      "racy": { help: "Timers may come before other things that are ready." },
      "work": { value: "N", help: "Steps of work in each turn. Default: 0." },
      "guarantee": GUARANTEE,
      "export": EXPORT,
      "stall": STALL,
      "json": JSON_FILE,
      "html": HTML_FILE,
      "svg": SVG_FILE,
      ...COMMON,
    },
  },
  explain: {
    usage: "explain REPORT.json [options]",
    text: "Draws a report that was saved with --json again. Runs nothing.",
    options: {
      "violation": { value: "N", help: "Only this one, counted from 1." },
      "html": HTML_FILE,
      "svg": SVG_FILE,
      ...COMMON,
    },
  },
  explore: {
    usage: "explore ADAPTER... --minutes N [options]",
    text:
      `Searches on all cores for as long as wanted, with ever new random schedules beside the longer
lists, and shows how it goes on. Ctrl-C ends it with what was found, a second one at once.`,
    options: {
      "minutes": { value: "N", help: "How long." },
      "jobs": { value: "N", help: "How many searches at a time. Default: one for each core." },
      "seed": SEED,
      "operations": {
        value: "N",
        help: "All lists of up to so many operations are played. Default: 5.",
      },
      "guarantee": GUARANTEE,
      "export": EXPORT,
      "json": { value: "FILE", help: "Writes all reports as JSON; - is standard output." },
      "html": {
        value: "FILE",
        help: "Writes the reports as HTML; with several adapters, a page for each beside FILE.",
      },
      ...COMMON,
    },
  },
} as const satisfies Record<string, CommandSpec>;

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS;

/** Where the second column begins. */
const COLUMN = 22;

/** The text of `--help` of one command; of all, without a name. */
export function helpText(name?: CommandName): string {
  if (name !== undefined) return `${helpOf(name)}\n${EXIT_CODES}`;
  return `${INTRODUCTION}\n${helpOf("check")}\n${OTHERS}\n${EXIT_CODES}`;
}

function helpOf(name: CommandName): string {
  const { usage, text, options }: CommandSpec = COMMANDS[name];
  const rows = Object.entries(options).map(([name, { value, help }]) => {
    const first = `  --${name}${value === undefined ? "" : ` ${value}`}`;
    const gap = first.length < COLUMN ? first.padEnd(COLUMN) : `${first}\n${" ".repeat(COLUMN)}`;
    return `${gap}${help}\n`;
  });
  return `Usage: npm run check:host -- ${usage}\n\n${text}\n\nOptions\n${rows.join("")}`;
}

const INTRODUCTION = "Judges a host of agents by what it does in many schedules.\n";

const OTHERS = `Other commands, each with its own --help
${
  Object.entries(COMMANDS).filter(([name]) => name !== "check")
    .map(([, { usage }]) => `  ${usage}\n`).join("")
}`;

const EXIT_CODES = `Exit codes
  0  No guarantee is broken.
  1  A guarantee is broken, whatever else there was.
  2  Wrong usage: one line says what to do.
  3  The adapter broke, or nothing could be judged: so nothing can be said of the host. Also if an
     error escaped that nobody caught; with --strict, if a situation never came up.
  70  The command itself broke: please report it, with the stack that it prints.
  130, 143  Stopped by Ctrl-C or a signal; what was found until then is shown.
`;
