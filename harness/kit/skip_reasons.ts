import type { Evidence } from "../ledger_record.ts";
import type { Oracle } from "../oracles/oracle.ts";

/** What a host lacks that never gave this evidence, in words that say what to add. */
const LACKS: Readonly<Partial<Record<Evidence, string>>> = {
  "run": "the agent was never called",
  "accepted": "no message was accepted",
  "outcome": "no message came to its end",
  "reply": "the host does not use env.deliver()",
  "handle": "the host does not use env.backend",
  "stored": "the host does not use env.store",
  "event": 'the adapter has no feature "events"',
  "a guard": "the host shows no guard in snapshot(), which is level 1",
  "guard": "the host has no snapshot(), which is level 1",
  "a size": "snapshot() shows no state that may grow",
  "a stack": "no chain was measured",
  "a release": "the host reports no claims and no locks with env.report()",
  "claim": "the host reports no claims with env.report()",
  "lock": "the host reports no locks with env.report()",
  "binding": "the host reports no bindings with env.report()",
  "context": "the host reports no context of its sessions with env.report()",
  "phase": "the host reports no phases with env.report()",
  "asked to cancel": "there is nothing to cancel with: no stop(), end(), shutdown(), no withdrawal",
  "deadline": "the host has no stop(), end() or shutdown()",
  "asked:send": "no message was sent",
  "asked:stop": "the host has no stop()",
  "asked:end": "the host has no end()",
  "asked:shutdown": "the host has no shutdown()",
};

/** Why a guarantee was not judged, of which no schedule ever had all that its oracle needs and takes. */
export function skipReasonOf({ needs, takes }: Oracle, unseen: ReadonlySet<Evidence>): string {
  const missing = needs.filter((need) => unseen.has(need));
  const words = missing.map((need) => LACKS[need] ?? `no schedule had "${need}"`);
  return [...new Set(words)].join(", and ") || takes?.lack ||
    "no schedule had all that it takes at once";
}
