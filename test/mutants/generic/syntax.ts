import { stripTypeScriptTypes } from "node:module";
import { parseSync } from "rolldown/utils";

/** A node of the syntax tree, as far as the mutators look at it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** The tree of a TypeScript source, or `undefined` if that is not valid. */
export function treeOf(source: string): Node | undefined {
  const { program, errors } = parseSync("source.ts", source, {
    lang: "ts",
    sourceType: "module",
    showSemanticErrors: true,
  });
  return errors.length > 0 ? undefined : program as unknown as Node;
}

/** What of a source runs: without types and comments, and without regard to white space. */
export function running(source: string): string {
  let text = source;
  for (const { start, end } of parseSync("source.ts", source, { lang: "ts" }).comments) {
    text = text.slice(0, start) + " ".repeat(end - start) + text.slice(end);
  }
  return stripTypeScriptTypes(text).replaceAll(/\s+/g, " ");
}

/** Whether a value in the tree is a node. */
export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null &&
    typeof (value as { type?: unknown }).type === "string";
}

/** The node in a field. */
export function child(node: Node, field: string): Node | undefined {
  const value = node[field];
  return isNode(value) ? value : undefined;
}

/** The nodes in a field that is a list. */
export function children(node: Node, field: string): Node[] {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** Every node right below one. */
export function below(node: Node): Node[] {
  return Object.values(node).flatMap((value) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : []
  );
}
