import { nameOf } from "./format.ts";

/** Whoever has a guard, as far as a host shows it. */
export interface Owner {
  /** `A`, `B` ... in the order in which they are first seen: letters, because runs have numbers. */
  readonly sign: string;
  /** `owner A`, with what the host calls it where that is a text: `owner A (drain)`. */
  readonly name: string;
}

/**
 * Gives letters to the identities that `guard` records have, which may be anything: objects, symbols,
 * numbers that grow.
 */
export class Owners {
  readonly #owners = new Map<unknown, Owner>();

  /** Who it is; `undefined` where there is no guard. */
  of(session: string, guard: unknown): Owner | undefined {
    if (guard === undefined || guard === null) return undefined;
    const key = keyOf(session, guard);
    const known = this.#owners.get(key);
    if (known !== undefined) return known;
    const sign = lettersOf(this.#owners.size);
    const own = typeof guard === "string" && guard !== "" ? ` (${nameOf(guard)})` : "";
    const owner = { sign, name: `owner ${sign}${own}` };
    this.#owners.set(key, owner);
    return owner;
  }
}

/** What is no object is another one in each session: `true` of two sessions is not one guard. */
function keyOf(session: string, guard: unknown): unknown {
  const hasIdentity = typeof guard === "object" || typeof guard === "function" ||
    typeof guard === "symbol";
  return hasIdentity ? guard : JSON.stringify([session, typeof guard, String(guard)]);
}

/** `A` to `Z`, then `AA`, `AB` ... */
function lettersOf(index: number): string {
  const last = String.fromCharCode(65 + index % 26);
  return index < 26 ? last : lettersOf(Math.floor(index / 26) - 1) + last;
}
