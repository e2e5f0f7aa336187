import { readFile } from "node:fs/promises";
import { type Mutant, nameOf } from "./mutant.ts";

/** Why no test can tell a mutant from the code, or should. */
export type Kind =
  /** It does the same in every case. */
  | "equivalent"
  /** It differs only where nobody who uses the module can look. */
  | "unobservable"
  /** It does the same, at another cost. */
  | "performance";

/** Mutants of one line that no test kills, and why that is right. */
export interface Explanation {
  readonly module: string;
  readonly file: string;
  readonly in: string;
  readonly line: string;
  /** As the report tells them; a second one of the same words on the line ends with ` (2)`. */
  readonly mutations: readonly string[];
  readonly kind: Kind;
  readonly reason: string;
}

/** The explanations, and those that fit nothing. */
export interface Explained {
  readonly kinds: ReadonlyMap<string, Kind>;
  /** Explanations of mutants that do not exist (any more). */
  readonly stale: readonly string[];
}

/** Reads `survivors.json`. */
export async function readExplanations(): Promise<Explanation[]> {
  return JSON.parse(await readFile(new URL("survivors.json", import.meta.url), "utf8"));
}

/** Finds the mutants that are explained. */
export function explain(
  mutants: readonly Mutant[],
  explanations: readonly Explanation[],
): Explained {
  const known = new Set(mutants.map(nameOf));
  const kinds = new Map<string, Kind>();
  const stale: string[] = [];
  for (const { mutations, kind, ...place } of explanations) {
    for (const told of mutations) {
      const [, mutation = told, nth = "1"] = /^(.*) \((\d+)\)$/.exec(told) ?? [];
      const name = nameOf({ ...place, mutation, nth: Number(nth) });
      if (!known.has(name) || kinds.has(name)) stale.push(name);
      kinds.set(name, kind);
    }
  }
  return { kinds, stale };
}
