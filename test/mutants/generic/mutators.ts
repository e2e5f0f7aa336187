import { child, children, isNode, type Node } from "./syntax.ts";

/** A change of the text from `start` to `end`; `kind` says what it is an example of. */
export interface Change {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** `above` are the nodes around it, the nearest first. */
type Mutator = (node: Node, source: string, above: readonly Node[]) => Change[];

const EQUALITY: Readonly<Record<string, string>> = { "===": "!==", "!==": "===" };
const BOUNDARY: Readonly<Record<string, readonly string[]>> = {
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
};
const ARITHMETIC: Readonly<Record<string, string>> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "**": "*",
};
/** Methods whose object is of use without them. */
const PASSING = new Set(["catch", "finally", "then", "slice", "sort", "toSorted", "reverse"]);
/** Functions whose argument is of use without them. */
const WRAPPING = /^(Object\.freeze|Boolean|Promise\.resolve|Math\.(min|max|trunc|floor|ceil))$/;
const STATEMENTS = new Set([
  "ExpressionStatement",
  "IfStatement",
  "ForStatement",
  "ForOfStatement",
  "ForInStatement",
  "WhileStatement",
  "DoWhileStatement",
  "SwitchStatement",
  "SwitchCase",
  "TryStatement",
  "ThrowStatement",
  "ReturnStatement",
  "BreakStatement",
  "ContinueStatement",
  "VariableDeclaration",
  "FunctionDeclaration",
]);

/** Everything that one node can be changed into. */
export function changesOf(node: Node, source: string, above: readonly Node[]): Change[] {
  return MUTATORS.flatMap((mutator) => mutator(node, source, above));
}

/** Every statement, member, property, default, `else`, `catch` and `finally` can be missing. */
const removals: Mutator = (node, source, [parent]) => {
  const remove = (
    start: number,
    end: number,
  ): Change[] => [{ kind: "remove", start, end, text: "" }];
  const { type, start, end } = node;
  const isInList = parent !== undefined &&
    /^(Program|BlockStatement|StaticBlock|Switch)/.test(parent.type);
  if (STATEMENTS.has(type) && isInList) return remove(start, end);
  if (parent?.type === "ClassBody" && !isDeclarationOnly(node)) {
    const value = type === "PropertyDefinition" ? child(node, "value") : undefined;
    const initial = value ? remove(source.lastIndexOf("=", value.start), value.end) : [];
    return [...remove(start, end), ...initial];
  }
  if (parent?.type === "ObjectExpression") {
    return remove(start, /^\s*,/.test(source.slice(end)) ? source.indexOf(",", end) + 1 : end);
  }
  if (type === "AssignmentPattern") return remove(child(node, "left")!.end, end);
  const alternate = child(node, "alternate");
  if (type === "IfStatement" && alternate) {
    return remove(child(node, "consequent")!.end, alternate.end);
  }
  if (type !== "TryStatement") return [];
  const blocks = [child(node, "finalizer"), child(child(node, "handler") ?? node, "body")];
  return blocks.filter(isNode).flatMap((block) => remove(block.start + 1, block.end - 1));
};

/** A condition is always met, never met, or met when it is not. */
const conditions: Mutator = (node, source) => {
  const test = child(node, "test");
  if (!test || node.type === "SwitchCase" || /^\w*Literal$/.test(test.type)) return [];
  const { start, end } = test;
  const change = (text: string): Change => ({ kind: "condition", start, end, text });
  const isNegatedElsewhere = test.type === "UnaryExpression" ||
    (test.type === "BinaryExpression" && String(test.operator) in EQUALITY);
  const negated = isNegatedElsewhere ? [] : [change(`!(${source.slice(start, end)})`)];
  return [change("true"), change("false"), ...negated];
};

/** One operator for another; of two operands only one. */
const operators: Mutator = (node, source) => {
  const { type, start, end } = node;
  const operator = String(node.operator);
  const left = child(node, "left");
  const right = child(node, "right");
  if (left && right && type === "AssignmentExpression") {
    const others: Record<string, string> = {
      "+=": "-=",
      "-=": "+=",
      "??=": "=",
      "||=": "=",
      "&&=": "=",
    };
    const other = others[operator];
    return other === undefined ? [] : swap("operator", source, left, right, operator, other);
  }
  if (left && right && type === "LogicalExpression") {
    const one = (side: Node): Change => ({
      kind: "operand",
      start,
      end,
      text: source.slice(side.start, side.end),
    });
    const others: Record<string, string> = { "&&": "||", "||": "&&" };
    const other = others[operator];
    const swapped = other === undefined
      ? []
      : swap("operator", source, left, right, operator, other);
    return [...swapped, one(left), one(right)];
  }
  if (left && right && type === "BinaryExpression") {
    const isText = [left, right].some(({ type, value }) =>
      type === "TemplateLiteral" || typeof value === "string"
    );
    const others = [
      EQUALITY[operator],
      ...(BOUNDARY[operator] ?? []),
      isText ? undefined : ARITHMETIC[operator],
    ];
    return others.filter((other) => other !== undefined)
      .flatMap((other) => swap("operator", source, left, right, operator, other));
  }
  const argument = child(node, "argument");
  if (argument && type === "UnaryExpression" && ["!", "-"].includes(operator)) {
    return [{ kind: "operator", start, end, text: source.slice(argument.start, argument.end) }];
  }
  if (argument && type === "UpdateExpression") {
    const at = node.prefix ? start : argument.end;
    return [{ kind: "operator", start: at, end: at + 2, text: operator === "++" ? "--" : "++" }];
  }
  return [];
};

function swap(
  kind: string,
  source: string,
  left: Node,
  right: Node,
  operator: string,
  other: string,
): Change[] {
  const at = left.end + source.slice(left.end, right.start).lastIndexOf(operator);
  return [{ kind, start: at, end: at + operator.length, text: other }];
}

/** Another number, the other truth, no text. Only texts of one word: what people read is not tested. */
const literals: Mutator = (node, _source, [parent]) => {
  const { start, end, value } = node;
  const change = (text: string): Change => ({ kind: "literal", start, end, text });
  if (node.type === "Literal" && typeof value === "boolean") return [change(String(!value))];
  if (node.type === "Literal" && typeof value === "number") {
    return value === 0 ? [change("1")] : [change(String(value + 1)), change(String(value - 1))];
  }
  const isText = node.type === "Literal" && typeof value === "string" && /^[\w-]+$/.test(value);
  const isKey = parent?.type === "Property" && parent.key === node;
  // Compared with no text: that is the condition that is never met.
  const isCompared = parent?.type === "BinaryExpression";
  return isText && !isKey && !isCompared ? [change('""')] : [];
};

/** Nothing instead of what is returned; or the call, but no return. */
const returns: Mutator = (node, source, [parent, outer]) => {
  const isArrow = parent?.type === "ArrowFunctionExpression" && parent.body === node;
  const value = node.type === "ReturnStatement"
    ? child(node, "argument")
    : isArrow
    ? node
    : undefined;
  if (!value || value.type === "BlockStatement" || typeof value.value === "boolean") return [];
  const { start, end } = value;
  const text = source.slice(start, end);
  const change = (text: string): Change => ({ kind: "return", start, end, text });
  const isBoolean =
    (value.type === "BinaryExpression" && !(String(value.operator) in ARITHMETIC)) ||
    value.type === "LogicalExpression" ||
    (value.type === "UnaryExpression" && value.operator === "!");
  if (isBoolean) return [change("true"), change("false")];
  // At the end of a function that is the same as no return at all.
  const isLast = /Function/.test(outer?.type ?? "") &&
    children(parent ?? node, "body").at(-1) === node;
  const nothing = text === "undefined" || isLast ? [] : [change("undefined")];
  if (isArrow || value.type !== "CallExpression") return nothing;
  return [...nothing, { kind: "return", start: node.start, end: start, text: "" }];
};

/** A call is not made, an `await` not waited for, a collection not copied, a value not wrapped. */
const calls: Mutator = (node, source, [parent]) => {
  const { type, start, end } = node;
  const change = (text: string): Change => ({ kind: "call", start, end, text });
  const argument = child(node, "argument");
  if (type === "AwaitExpression" && argument) {
    return [change(source.slice(argument.start, argument.end))];
  }
  const [first, ...more] = children(node, type === "ArrayExpression" ? "elements" : "arguments");
  const spread = first && more.length === 0 ? child(first, "argument") : undefined;
  if (type === "ArrayExpression" && first?.type === "SpreadElement" && spread) {
    return [change(source.slice(spread.start, spread.end))];
  }
  const callee = child(node, "callee");
  if (type !== "CallExpression" || !callee || callee.type === "Super") return [];
  const changes: Change[] = [];
  const name = source.slice(callee.start, callee.end);
  if (WRAPPING.test(name)) {
    for (const one of [first, ...more]) {
      if (one) changes.push(change(source.slice(one.start, one.end)));
    }
  }
  if (name === "Math.min") {
    changes.push({ kind: "call", start: callee.start, end: callee.end, text: "Math.max" });
  }
  if (name === "Math.max") {
    changes.push({ kind: "call", start: callee.start, end: callee.end, text: "Math.min" });
  }
  const object = child(callee, "object");
  const method = child(callee, "property")?.name;
  if (object && typeof method === "string" && PASSING.has(method)) {
    changes.push(change(source.slice(object.start, object.end)));
  }
  const isSaidElsewhere = parent !== undefined &&
    (/^(ExpressionStatement|ReturnStatement)$/.test(parent.type) ||
      (parent.type === "UnaryExpression" && parent.operator === "void") ||
      (parent.type === "ArrowFunctionExpression" && parent.body === node) ||
      parent.test === node); // as a condition that is never met
  if (!isSaidElsewhere) changes.push(change("undefined"));
  return changes;
};

/** `?.` for `.`: whoever is absent throws. */
const chains: Mutator = (node, source) => {
  const before = child(node, node.type === "CallExpression" ? "callee" : "object");
  if (node.optional !== true || !before) return [];
  const start = source.indexOf("?.", before.end);
  const isDotNeeded = node.type === "MemberExpression" && node.computed !== true;
  return [{ kind: "optional", start, end: start + 2, text: isDotNeeded ? "." : "" }];
};

const MUTATORS: readonly Mutator[] = [
  removals,
  conditions,
  operators,
  literals,
  returns,
  calls,
  chains,
];

/** A field that has no value of its own: it only tells the types. */
export function isDeclarationOnly(node: Node): boolean {
  if (node.type !== "PropertyDefinition") return false;
  const { value } = node;
  return !isNode(value) || (value.type === "Identifier" && value.name === "undefined");
}
