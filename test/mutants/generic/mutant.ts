/** One small change of a source text, which some test should notice. */
export interface Mutant {
  readonly module: string;
  /** The file's name in the module's folder. */
  readonly file: string;
  /** The member or function around it, such as `Claims.steal`; empty at the top of the file. */
  readonly in: string;
  /** The text of the line where it begins. It names the mutant when line numbers change. */
  readonly line: string;
  /** What kind of change, and from what into what. */
  readonly mutation: string;
  /** 1 for the first with the same file, place, line and mutation, 2 for the next. */
  readonly nth: number;
  readonly start: number;
  readonly end: number;
  /** What replaces the text from `start` to `end`. */
  readonly text: string;
}

/** What names a mutant in the data of explained survivors. */
export type MutantName = Pick<Mutant, "module" | "file" | "in" | "line" | "mutation" | "nth">;

/** A name as one text, to compare and to print. */
export function nameOf(mutant: MutantName): string {
  const { module, file, line, mutation, nth } = mutant;
  const place = mutant.in === "" ? "" : ` in ${mutant.in}`;
  return `${module}/${file}${place}: \`${line}\`: ${mutation}${nth === 1 ? "" : ` (${nth})`}`;
}

/** Whether a mutant takes something away and puts nothing in its place. */
export function isRemoval({ mutation }: Pick<Mutant, "mutation">): boolean {
  return mutation.startsWith("remove ");
}

/** Applies changes that do not overlap to one text. */
export function applyAll(source: string, changes: readonly Mutant[]): string {
  const lastFirst = changes.toSorted((a, b) => b.start - a.start);
  let text = source;
  let untilAt = source.length;
  for (const { start, end, text: replacement } of lastFirst) {
    if (end > untilAt) throw new Error("Cannot apply mutants: two of them overlap");
    text = text.slice(0, start) + replacement + text.slice(end);
    untilAt = start;
  }
  return text;
}
