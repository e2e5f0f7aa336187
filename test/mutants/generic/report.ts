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
}

/** One module's part of the report. */
export interface ModuleReport {
  readonly module: string;
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

const STAGES: readonly StageName[] = ["examples", "models", "dependants", "conformance", "types"];
const KINDS: readonly Kind[] = ["equivalent", "unobservable", "performance"];

/** Counts the results of one module. */
export function reportOf(
  module: string,
  results: readonly Result[],
  { kinds, stale }: Explained,
): ModuleReport {
  const removals = results.filter(({ mutant }) => isRemoval(mutant));
  const survived = results.filter(({ stage }) => stage === undefined).map(({ mutant }) =>
    nameOf(mutant)
  );
  const killed = results.filter(({ stage }) => stage !== undefined);
  const inVain = killed.filter(({ mutant }) => kinds.has(nameOf(mutant)))
    .map(({ mutant, by }) => `${nameOf(mutant)} (killed by "${by}")`);
  return {
    module,
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

function tallyOf(results: readonly Result[], kinds: ReadonlyMap<string, Kind>): Tally {
  const survivors = results.filter(({ stage }) => stage === undefined)
    .map(({ mutant }) => kinds.get(nameOf(mutant)));
  const count = <T>(list: readonly T[], wanted: T) => list.filter((one) => one === wanted).length;
  const stages = results.map(({ stage }) => stage);
  return {
    mutants: results.length,
    killed: recordOf(STAGES, (stage) => count(stages, stage)),
    explained: recordOf(KINDS, (kind) => count(survivors, kind)),
    unexplained: count(survivors, undefined),
  };
}

function recordOf<K extends string>(
  keys: readonly K[],
  value: (key: K) => number,
): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<K, number>;
}

/** The report as a page. */
export function markdownOf({ modules }: MutationReport): string {
  const parts: (readonly [string, (module: ModuleReport) => Tally])[] = [
    ["Every change", ({ all }) => all],
    ["What can be taken away", ({ removals }) => removals],
  ];
  const tables = parts.map(([title, tally]) => {
    const head = ["module", "mutants", ...STAGES, ...KINDS, "not explained"];
    const rows = modules.map((module) => {
      const { mutants, killed, explained, unexplained } = tally(module);
      return [
        module.module,
        mutants,
        ...STAGES.map((stage) => killed[stage]),
        ...KINDS.map((kind) => explained[kind]),
        unexplained,
      ];
    });
    const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
    return `## ${title}\n\n${lines.join("\n")}\n`;
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
every condition, operator, operand, literal, default, call and returned value is changed once. A change
is killed by the first stage in which a test fails with it: the module's own fast tests (_examples_), its
proofs by exhaustion and long chains (_models_), the tests of the packages that use it (_dependants_),
the module under the harness (_conformance_); and a removal also by the type checker (_types_). What no
stage kills is explained in [\`survivors.json\`](survivors.json): it is _equivalent_, or the difference is
_unobservable_, or one of _performance_ alone. Types, declarations without a value, imports, comments and
the texts of error messages are not changed.
`,
    ...tables,
    ...told,
  ].join("\n");
}
