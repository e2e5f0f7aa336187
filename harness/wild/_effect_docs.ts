import { versionOf } from "./_installed.ts";
import { type Quote, quoting } from "./wild_row.ts";

/** Quotes the documentation of a module of Effect, in the version that is installed. */
export function effectDocs(module: string): (says: string, ...and: readonly string[]) => Quote {
  const folder = `https://github.com/Effect-TS/effect/blob/effect@${versionOf("effect")}`;
  return quoting(`${folder}/packages/effect/src/${module}.ts`, `effect/dist/${module}.d.ts`);
}

/** Of `PartitionedSemaphore`, the whole module. */
export const UNSTABLE: Quote = effectDocs("PartitionedSemaphore")("@stability unstable");
