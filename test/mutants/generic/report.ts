import { isDeepStrictEqual } from "node:util";
import type { Result } from "./judge.ts";
import { isRemoval, nameOf } from "./mutant.ts";
import type { StageName } from "./stages.ts";
import type { Explained, Kind } from "./survivors.ts";

/** How many mutants went which way. */
export interface Tally {
  readonly mutants: number;
  /** By the first stage that failed. */
  readonly killed: Readonly<Record<StageName, number>>;
  /** Survived, and it is said why. */
  readonly explained: Readonly<Record<Kind, number>>;
  readonly unexplained: number;
  /** Those that there was no time for; absent where nothing was left. */
  readonly left?: {
    /** No stage judged these. */
    readonly unjudged: number;
    /** These survived the fast tests; what the slow stages make of them is not known. */
    readonly fastOnly: number;
  };
}

/** One module's part of the report. */
export interface ModuleReport {
  readonly module: string;
  /** The digest of each file as it was judged: see `digestsOf()`. */
  readonly sources: Readonly<Record<string, string>>;
  readonly all: Tally;
  /** Those of them that take a line, a statement or a part of one away. */
  readonly removals: Tally;
  /** Mutants that survived and are not explained. */
  readonly unexplained: readonly string[];
  /** Explanations that fit no mutant, or one that is killed. */
  readonly stale: readonly string[];
}

/** What the command found, module by module. */
export interface MutationReport {
  readonly modules: readonly ModuleReport[];
}

const STAGES: readonly StageName[] = ["examples", "types", "models", "dependants", "conformance"];
const KINDS: readonly Kind[] = ["equivalent", "unobservable", "performance"];

/** Options of {@linkcode reportOf}. */
export interface ReportOptions extends Explained {
  readonly sources: ModuleReport["sources"];
}

/** Counts the results of one module. */
export function reportOf(
  module: string,
  results: readonly Result[],
  { sources, kinds, stale }: ReportOptions,
): ModuleReport {
  const removals = results.filter(({ mutant }) => isRemoval(mutant));
  const survived = results.filter(hasSurvived).map(({ mutant }) => nameOf(mutant));
  const killed = results.filter(({ stage }) => stage !== undefined);
  const inVain = killed.filter(({ mutant }) => kinds.has(nameOf(mutant)))
    .map(({ mutant, by }) => `${nameOf(mutant)} (killed by "${by}")`);
  return {
    module,
    sources,
    all: tallyOf(results, kinds),
    removals: tallyOf(removals, kinds),
    unexplained: survived.filter((name) => !kinds.has(name)),
    stale: [...stale, ...inVain],
  };
}

/** Puts a module's new part in the place of its old one. */
export function withModule(
  report: MutationReport,
  part: ModuleReport,
  order: readonly string[],
): MutationReport {
  const modules = [...report.modules.filter(({ module }) => module !== part.module), part];
  return { modules: modules.toSorted((a, b) => order.indexOf(a.module) - order.indexOf(b.module)) };
}

/** Whether a report of a module tells of more mutants than another one of the same source. */
export function saysMore(one: ModuleReport, other: ModuleReport): boolean {
  return isDeepStrictEqual(one.sources, other.sources) && leftIn(one) < leftIn(other);
}

function leftIn({ all: { left } }: ModuleReport): number {
  return left === undefined ? 0 : left.unjudged + left.fastOnly;
}

/** Whether all the stages judged it and none killed it. */
export function hasSurvived({ stage, left }: Result): boolean {
  return stage === undefined && left === undefined;
}

function tallyOf(results: readonly Result[], kinds: ReadonlyMap<string, Kind>): Tally {
  const survivors = results.filter(hasSurvived).map(({ mutant }) => kinds.get(nameOf(mutant)));
  const count = <T>(list: readonly T[], wanted: T) => list.filter((one) => one === wanted).length;
  const stages = results.map(({ stage }) => stage);
  const left = results.flatMap(({ left }) => left ?? []);
  return {
    mutants: results.length,
    killed: recordOf(STAGES, (stage) => count(stages, stage)),
    explained: recordOf(KINDS, (kind) => count(survivors, kind)),
    unexplained: count(survivors, undefined),
    ...left.length === 0
      ? {}
      : { left: { unjudged: count(left, "all"), fastOnly: count(left, "slow") } },
  };
}

function recordOf<K extends string>(
  keys: readonly K[],
  value: (key: K) => number,
): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<K, number>;
}

const LEFT =
  `The time was limited, and what is taken away was judged first. Of what was left some survived the
fast tests, and the slow stages did not judge it (_fast tests only_); some was _not judged_ at all.
`;

/** The report as a page. */
export function markdownOf({ modules }: MutationReport): string {
  const parts: (readonly [string, (module: ModuleReport) => Tally])[] = [
    ["Every change", ({ all }) => all],
    ["What can be taken away", ({ removals }) => removals],
  ];
  const isWhole = modules.every(({ all }) => all.left === undefined);
  const tables = parts.map(([title, tally]) => {
    const ends = isWhole ? [] : ["fast tests only", "not judged"];
    const head = ["module", "mutants", ...STAGES, ...KINDS, "not explained", ...ends];
    const rows = modules.map((module) => {
      const { mutants, killed, explained, unexplained, left } = tally(module);
      const ends = isWhole ? [] : [left?.fastOnly ?? 0, left?.unjudged ?? 0];
      return [
        module.module,
        mutants,
        ...STAGES.map((stage) => killed[stage]),
        ...KINDS.map((kind) => explained[kind]),
        unexplained,
        ...ends,
      ];
    });
    return `## ${title}\n\n${tableOf([head, ...rows])}\n`;
  });
  const lists = [
    ["Not explained", modules.flatMap(({ unexplained }) => unexplained)],
    ["Explained in vain", modules.flatMap(({ stale }) => stale)],
  ] as const;
  const told = lists.filter(([, names]) => names.length > 0)
    .map(([title, names]) => `## ${title}\n\n${names.map((name) => `- ${name}`).join("\n")}\n`);
  return [
    `# Mutation

Made by \`npm run mutation\`: every line and statement of the four core modules is taken away once,
every condition, operator, operand, literal, default, call and returned value is changed once. A
change is killed by the first stage in which a test fails with it: the module's own fast tests
(_examples_), the type checker if something was taken away (_types_), its proofs by exhaustion and
long chains (_models_), the tests of the packages that use it (_dependants_), the module under the
harness (_conformance_). What no stage kills is explained in [\`survivors.json\`](survivors.json): it
is _equivalent_, or the difference is _unobservable_, or one of _performance_ alone. Types,
declarations without a value, imports, comments and the texts of error messages are not changed.
`,
    ...isWhole ? [] : [LEFT],
    ...tables,
    ...told,
  ].join("\n");
}

/** A table whose columns are as wide as what is in them, as `deno fmt` wants it. */
function tableOf(rows: readonly (readonly (string | number)[])[]): string {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => String(row[at]).length)));
  const [head, ...lines] = rows.map((row) => row.map((cell, at) => `${cell}`.padEnd(widths[at]!)));
  const rule = widths.map((width) => "-".repeat(width));
  return [head!, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
