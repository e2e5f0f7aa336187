/** Some tests that judge a mutant, in one process; or, as `types`, the type checker. */
export interface Stage {
  readonly name: StageName;
  /** Patterns of test files, relative to the root. */
  readonly files: readonly string[];
  /** Patterns of test files that are left out. */
  readonly without?: RegExp;
  /** Tests are left out, or alone taken, if their name matches. */
  readonly skip?: RegExp;
  readonly only?: RegExp;
}

/** The stages in their order; a mutant is killed by the first that fails with it. */
export type StageName = "examples" | "models" | "dependants" | "conformance" | "types";

/** The four core modules. */
export const MODULES: readonly string[] = [
  "lock-scope",
  "task-tracker",
  "drain-handoff",
  "session-queue",
];

/** What takes more than a second: proofs by exhaustion, long chains, processes of their own. */
const SLOW_FILES = /_(model|random|stack|surface)_test\.ts$|(^|\/)bounded_test\.ts$/;
const SLOW_TESTS = /\b10(0)?,000\b/;
/** Processes of their own, and chains of turns. */
const SLOW_DEPENDANTS =
  /(^|\/)(server|b2_bounded_chain|agents|agents_slack|slack_\w+|acp_\w+)_test\.ts$/;

const DEPENDANTS: Readonly<Record<string, readonly string[]>> = {
  "lock-scope": ["modules/session-queue/*_test.ts", "modules/web-chat/*_test.ts"],
  "drain-handoff": ["modules/session-queue/*_test.ts"],
  "session-queue": [
    "modules/agents/*_test.ts",
    "modules/web-chat/*_test.ts",
    "modules/host/*_test.ts",
    "test/acceptance/*_test.ts",
  ],
};

/** The stages that judge the mutants of a module. */
export function stagesOf(module: string): Stage[] {
  const own = [`modules/${module}/*_test.ts`];
  const dependants = DEPENDANTS[module];
  const without = new RegExp(`${SLOW_FILES.source}|${SLOW_DEPENDANTS.source}`);
  return [
    { name: "examples", files: own, without: SLOW_FILES, skip: SLOW_TESTS },
    // Early, because it is quick, and right of most removals that the fast tests spare.
    { name: "types", files: [`modules/${module}/**/*.ts`] },
    { name: "models", files: own },
    ...dependants
      ? [
        { name: "dependants", files: dependants, without, skip: SLOW_TESTS } as const,
      ]
      : [],
    {
      name: "conformance",
      files: [
        "test/conformance/adapters_test.ts",
        "test/conformance/{modules,session_queue}_proofs_test.ts",
      ],
      only: new RegExp(`^${module}\\b`),
    },
  ];
}
