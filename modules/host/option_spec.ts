import { UsageError } from "./usage_error.ts";

/** One option of the command: a flag, a variable, and what becomes of its text. */
export interface OptionSpec<T> {
  readonly flag: string;
  readonly env: string;
  readonly value: string;
  readonly fallback: string | undefined;
  readonly help: string;
  /** @throws {UsageError} */
  parse(text: string, from: string): T;
}

/** @throws {UsageError} */
export function whole(
  text: string,
  { from, min = 0, max }: { from: string; min?: number; max: number },
): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`Cannot use ${from}: it must be a whole number from ${min} to ${max}`);
}

/** @throws {UsageError} */
export function nonEmpty(text: string, from: string): string {
  if (text.trim() !== "") return text;
  throw new UsageError(`Cannot use ${from}: it must not be empty`);
}

/** @throws {UsageError} */
export function oneOf<T extends string>(
  text: string,
  { from, allowed }: { from: string; allowed: readonly T[] },
): T {
  const found = allowed.find((item) => item === text);
  if (found !== undefined) return found;
  throw new UsageError(`Cannot use ${from}: it must be one of ${allowed.join(", ")}`);
}
