import type { LedgerRecord } from "../ledger_record.ts";
import { visible } from "./format.ts";
import { Owners } from "./owners.ts";

/** What `JSON.stringify` writes without a loss. */
export type Plain =
  | string
  | number
  | boolean
  | null
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** How deep a value is followed. */
const DEPTH_MAX = 8;

/**
 * Any value as one that JSON can hold: what it has no word for (symbols, functions, big integers,
 * infinities, instances of classes) becomes text, and so does a value that contains itself. Never throws.
 */
export function plainOf(value: unknown, above: readonly unknown[] = []): Plain {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value !== "object") return textOf(value);
  if (above.includes(value)) return "[circular]";
  if (above.length >= DEPTH_MAX) return "[deep]";
  try {
    const inside = [...above, value];
    if (Array.isArray(value)) return value.map((item) => plainOf(item, inside));
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return textOf(value);
    return Object.fromEntries(
      Object.keys(value).sort().map((key) =>
        [key, plainOf((value as Record<string, unknown>)[key], inside)] as const
      ),
    );
  } catch {
    return "[unreadable]";
  }
}

/** What has no word in JSON, as text. */
function textOf(value: unknown): string {
  try {
    if (typeof value === "function") return `[function ${value.name || "without a name"}]`;
    if (typeof value !== "object" || value === null) return String(value);
    if (value instanceof Date || value instanceof Error) return String(value);
    return `[${value.constructor?.name || "object"}]`;
  } catch {
    return "[unreadable]";
  }
}

/** What a record begins with; the rest follows by name. */
const FIRST = ["kind", "session", "message", "run", "act"];

/**
 * A record as a plain object with its keys in a fixed order. Guards that are objects or symbols get the
 * letters of `owners`, so that it can be seen which are the same.
 */
export function plainRecord(
  record: LedgerRecord,
  owners: Owners,
): { readonly [key: string]: Plain } {
  const session = "session" in record ? record.session ?? "" : "";
  const names = Object.keys(record).filter((name) => !FIRST.includes(name)).sort();
  const plain: Record<string, Plain> = {};
  for (const name of [...FIRST.filter((first) => first in record), ...names]) {
    const value = (record as unknown as Record<string, unknown>)[name];
    const isIdentity = name === "guard" && typeof value !== "string" && typeof value !== "number" &&
      typeof value !== "boolean" && typeof value !== "bigint";
    plain[name] = isIdentity ? owners.of(session, value)?.name ?? null : plainOf(value);
  }
  return plain;
}

/** A record as one line of text with all that is in it: `guard: session "a", guard "owner A" ...`. */
export function rawLineOf(record: LedgerRecord, owners: Owners = new Owners()): string {
  const { kind, ...rest } = plainRecord(record, owners);
  const fields = Object.entries(rest).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return visible(`${kind}: ${fields.join(", ")}`);
}
