import { parseArgs } from "node:util";
import { UsageError } from "./io.ts";
import { nearestTo } from "./nearest.ts";

/** One option of a command. */
export interface OptionSpec {
  /** What its value is called in the help; without it, it takes none. */
  readonly value?: string;
  readonly short?: string;
  /** May be given several times. */
  readonly isList?: boolean;
  readonly help: string;
}

/** The options of a command, by name. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** What stands on a command line. */
export class Given {
  readonly positionals: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(positionals: readonly string[], values: ReadonlyMap<string, readonly string[]>) {
    this.positionals = positionals;
    this.#values = values;
  }

  /** Whether it was given. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Its value; the last one, if there are several. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  /** All values of one that may be given several times. */
  list(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** @throws {UsageError} if it is no whole number from `min` to `max` */
  whole(name: string, { min = 0, max }: { min?: number; max: number }): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= min && value <= max) return value;
    throw new UsageError(
      `Cannot use --${name} "${text}": it must be a whole number from ${min} to ${max}`,
    );
  }

  /** @throws {UsageError} if it is no number from 0 to `max` */
  amount(name: string, { max }: { max: number }): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d*\.?\d+$/.test(text) && value <= max) return value;
    throw new UsageError(`Cannot use --${name} "${text}": it must be a number from 0 to ${max}`);
  }
}

/** Reads a command line. @throws {UsageError} with one line that says what to do */
export function readOptions(args: readonly string[], specs: OptionSpecs): Given {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(specs).map(([name, { value, short }]) => [
        name,
        {
          type: value === undefined ? "boolean" as const : "string" as const,
          multiple: true,
          ...(short === undefined ? {} : { short }),
        },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const positionals: string[] = [];
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName } = token;
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (spec === undefined) throw unknown(rawName, specs);
    const value = valueOf(spec, token);
    values.set(name, [...values.get(name) ?? [], value]);
  }
  return new Given(positionals, values);
}

function valueOf(
  spec: OptionSpec,
  token: { rawName: string; value?: string | undefined; inlineValue?: boolean | undefined },
): string {
  const { rawName, value, inlineValue = false } = token;
  if (spec.value === undefined) {
    if (inlineValue) throw new UsageError(`Cannot use ${rawName}=${value}: it takes no value`);
    return "";
  }
  if (value === undefined || value === "" || (!inlineValue && value.startsWith("--"))) {
    throw new UsageError(`Cannot use ${rawName}: it needs a value, as in ${rawName} ${spec.value}`);
  }
  return value;
}

function unknown(rawName: string, specs: OptionSpecs): UsageError {
  const near = nearestTo(rawName, Object.keys(specs).map((name) => `--${name}`));
  const hint = near === undefined ? "see --help" : `did you mean ${near}?`;
  return new UsageError(`Unknown option ${rawName}: ${hint}`);
}
