import type { Ledger } from "./ledger.ts";

/**
 * A number that is the same for the same story on every runtime: two schedules that give the same one
 * did the same in the same order. Objects count by when they first came up, not by what is in them.
 */
export function traceHashOf(ledger: Ledger): number {
  const seen = new Map<unknown, number>();
  let hash = 0x811c_9dc5;
  const add = (text: string): void => {
    for (let at = 0; at < text.length; at++) {
      hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
    }
  };
  ledger.records.forEach((record, at) => {
    add(`\n${ledger.stepOf(at)} ${ledger.msOf(at)}`);
    for (const value of Object.values(record)) {
      if (value === null || typeof value !== "object" || Array.isArray(value)) add(` ${value}`);
      else if (record.kind === "guard" || record.kind === "run") {
        if (!seen.has(value)) seen.set(value, seen.size);
        add(` #${seen.get(value)}`);
      } else add(` ${JSON.stringify(value)}`);
    }
  });
  return hash >>> 0;
}
