import type { Mutant } from "./mutant.ts";
import { type Change, changesOf, isDeclarationOnly } from "./mutators.ts";
import { below, child, children, isNode, type Node, running, treeOf } from "./syntax.ts";

/** Where a text comes from. */
export interface SourceName {
  readonly module: string;
  readonly file: string;
}

/** Which mutants are wanted. */
export interface MutantsOptions {
  /** Makes those of these lines alone; of two that come to the same it may then name the second. */
  onLine?(place: { readonly in: string; readonly line: string }): boolean;
}

/** A change and where it was found. */
interface Found extends Change {
  readonly in: string;
}

/**
 * Every mutant of one TypeScript source, in the order of the text. Left out are types, what is said
 * to people (the message of an error), changes that leave no valid program, and changes after which
 * the same would run as without them or as after one before.
 */
export function mutantsOf(
  source: string,
  { module, file }: SourceName,
  options: MutantsOptions = {},
): Mutant[] {
  const tree = treeOf(source);
  if (!tree) throw new Error(`Cannot make mutants: ${module}/${file} is not valid TypeScript`);
  const found: Found[] = [];
  const untold: [start: number, end: number][] = [];
  visit(tree, { source, found, untold, path: [], above: [] });
  found.push(...linesOf(source, tree));
  const isTold = ({ start, end }: Found) =>
    !untold.some(([from, to]) => start < to && end > from && !(start < from && end > to));
  const names = declaredIn(tree);
  const seen = new Set([running(source)]);
  const counts = new Map<string, number>();
  const mutants: Mutant[] = [];
  for (
    const change of found.filter(isTold).toSorted((a, b) => a.start - b.start || a.end - b.end)
  ) {
    const line = lineAt(source, change.start);
    if (options.onLine && !options.onLine({ in: change.in, line })) continue;
    const mutated = source.slice(0, change.start) + change.text + source.slice(change.end);
    const mutatedTree = treeOf(mutated);
    if (!mutatedTree || lacksName(mutatedTree, names)) continue;
    const runs = running(mutated);
    if (seen.has(runs)) continue;
    seen.add(runs);
    const mutation = told(change, source);
    const key = JSON.stringify([change.in, line, mutation]);
    const nth = (counts.get(key) ?? 0) + 1;
    counts.set(key, nth);
    const { start, end, text } = change;
    mutants.push({ module, file, in: change.in, line, mutation, nth, start, end, text });
  }
  return mutants;
}

interface Visit {
  readonly source: string;
  readonly found: Found[];
  readonly untold: [start: number, end: number][];
  readonly path: readonly string[];
  /** The nodes around, the nearest first. */
  readonly above: readonly Node[];
}

function visit(node: Node, at: Visit): void {
  const { source, found, untold, above } = at;
  if (
    /^Import|^ExportAll/.test(node.type) ||
    (node.type === "ExportNamedDeclaration" && !node.declaration)
  ) {
    return untold.push([node.start, node.end]), undefined;
  }
  if (/^TS/.test(node.type) && !/^TS(As|NonNull|Satisfies)Expression$/.test(node.type)) {
    return untold.push([node.start, node.end]), undefined;
  }
  const name = nameIn(node, source);
  const path = name === undefined ? at.path : [...at.path, name];
  for (const change of changesOf(node, source, above)) {
    found.push({ ...change, in: path.join(".") });
  }
  const message = messageOf(node, source);
  if (message) untold.push([message.start, message.end]);
  for (const one of below(node)) {
    if (one !== message) visit(one, { source, found, untold, path, above: [node, ...above] });
  }
}

/** The names that are declared in a tree. */
function declaredIn(tree: Node): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (pattern: Node): void => {
    if (pattern.type === "Identifier") {
      counts.set(String(pattern.name), (counts.get(String(pattern.name)) ?? 0) + 1);
    }
    for (const one of below(pattern)) if (!/^TS/.test(one.type)) add(one);
  };
  const walk = (node: Node): void => {
    const name = /^(Variable|Function|Class)Declarat/.test(node.type)
      ? child(node, "id")
      : undefined;
    if (name) add(name);
    for (const one of below(node)) walk(one);
  };
  walk(tree);
  return counts;
}

/** Whether a declaration was lost whose name is still used: no program either. */
function lacksName(tree: Node, before: ReadonlyMap<string, number>): boolean {
  const after = declaredIn(tree);
  const lost = new Set(
    [...before].filter(([name, count]) => (after.get(name) ?? 0) < count).map(([name]) => name),
  );
  return lost.size > 0 && usesAny(tree, lost);
}

function usesAny(node: Node, names: ReadonlySet<string>): boolean {
  if (node.type === "Identifier" && names.has(String(node.name))) return true;
  return below(node).some((one) =>
    // A member or a key of that name is something else.
    !(node.computed !== true &&
      (node.property === one || (node.key === one && node.shorthand !== true))) &&
    !/^TS(TypeAnn|TypeRef)/.test(one.type) && usesAny(one, names)
  );
}

/** What a class, a member or a function is called, with what it begins. */
function nameIn(node: Node, source: string): string | undefined {
  if (
    !/^(ClassDeclaration|FunctionDeclaration|MethodDefinition|PropertyDefinition)$/.test(node.type)
  ) {
    return undefined;
  }
  const name = child(node, "id") ?? child(node, "key");
  return name && source.slice(name.start, name.end);
}

/** The text that an error is made with. */
function messageOf(node: Node, source: string): Node | undefined {
  const callee = child(node, "callee");
  if (!callee) return undefined;
  const isError = node.type === "NewExpression"
    ? /(Error|Exception)$/.test(source.slice(callee.start, callee.end))
    : callee.type === "Super";
  return isError ? children(node, "arguments")[0] : undefined;
}

/** Every single line that can be missing. */
function linesOf(source: string, tree: Node): Found[] {
  const members = membersOf(tree);
  const found: Found[] = [];
  let start = 0;
  for (const text of source.split("\n")) {
    const end = start + text.length + 1;
    const inside = members.filter((member) => member.start <= start && end <= member.end + 1);
    const isDeclaration = members.some(({ isDeclaration, ...member }) =>
      isDeclaration && start <= member.start && member.end <= end
    );
    const isCode = !/^\s*($|\/\/|\/\*|\*)/.test(text);
    if (isCode && !isDeclaration) {
      found.push({
        kind: "remove",
        start: start + text.length - text.trimStart().length,
        end: end - 1,
        text: "",
        in: inside.map(({ name }) => name).join("."),
      });
    }
    start = end;
  }
  return found;

  function membersOf(
    node: Node,
  ): { name: string; start: number; end: number; isDeclaration: boolean }[] {
    const name = nameIn(node, source);
    const { start, end } = node;
    const own = name === undefined
      ? []
      : [{ name, start, end, isDeclaration: isDeclarationOnly(node) }];
    return [...own, ...below(node).filter(isNode).flatMap(membersOf)];
  }
}

function lineAt(source: string, at: number): string {
  const end = source.indexOf("\n", at);
  return source.slice(source.lastIndexOf("\n", at - 1) + 1, end < 0 ? source.length : end).trim();
}

/** The change in words: short, and the same wherever the line stands. */
function told({ kind, start, end, text }: Change, source: string): string {
  const from = short(source.slice(start, end));
  return text === "" && kind === "remove"
    ? `remove ${from}`
    : `${kind} ${from} -> ${short(text) || "(nothing)"}`;
}

function short(text: string): string {
  const flat = text.trim().replaceAll(/\s+/g, " ");
  return flat.length <= 100 ? flat : `${flat.slice(0, 80)} ... ${flat.slice(-15)}`;
}
