import { breachesOf, type BrokenGuarantee, judgeable, type Policies } from "../judge.ts";
import type { Ledger } from "../ledger.ts";
import type { Guarantee } from "../oracles/oracles.ts";

/** What can only be judged when all that a host waits for has come. */
const OF_THE_END: ReadonlySet<Guarantee> = new Set<Guarantee>([
  "EXACTLY_ONE_OUTCOME",
  "ACK_TRUTH",
  "FUTURE_SETTLES",
  "NO_STRANDED_PENDING",
  "EVENTUALLY_IDLE",
  "STOP_TERMINATES",
  "NO_ORPHAN_GUARD",
  "NO_CREATE_LEAK",
]);

/** Options of {@linkcode judgeWorld}. */
export interface JudgeWorldOptions {
  /** Something outside still owes the host what it waits for: nothing is said of its end. */
  readonly isCutShort: boolean;
  readonly policies: Policies;
}

/** Judges a schedule that is over: on which guarantees it could be, and which of them it broke. */
export function judgeWorld(
  ledger: Ledger,
  judged: readonly Guarantee[],
  { isCutShort, policies }: JudgeWorldOptions,
): { readonly judgedOn: readonly Guarantee[]; readonly broken: readonly BrokenGuarantee[] } {
  const asked = isCutShort ? judged.filter((guarantee) => !OF_THE_END.has(guarantee)) : judged;
  const judgedOn = judgeable(ledger, asked, policies);
  return { judgedOn, broken: breachesOf(ledger, judgedOn, policies) };
}
