import type { Guarantee } from "../../oracles/oracles.ts";
import type { KillRow, Kills } from "./kills.ts";

/** A table in Markdown. */
export function tableOf(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** 1,000. */
export function withCommas(count: number): string {
  return count.toLocaleString("en-US");
}

/** The name of a bug, and its file. */
export function bugLink({ id }: KillRow): string {
  return `[${id}](${id.replaceAll("-", "_")}.ts)`;
}

/** The name of a guarantee, and where it is explained. */
export function guaranteeLink(guarantee: Guarantee): string {
  return `[\`${guarantee}\`](../../README.md#the-guarantees)`;
}

/** Where a bug was seen, with a link for each issue and each file: `owner/name #1, #2`. */
export function seenInLinks({ seenIn }: KillRow): string {
  let repository = "";
  return seenIn.replaceAll(
    /([\w.-]+\/[\w.-]+) #(\d+)|#(\d+)|harness\/(wild\/\w+\.ts)/g,
    (text, named: string | undefined, number = "", another = "", file = "") => {
      if (file !== "") return `[\`${text}\`](../${file})`;
      repository = named ?? repository;
      return `[${text}](https://github.com/${repository}/issues/${number || another})`;
    },
  );
}

/** How many operations the story has: one number, or which strategy shrinks to which. */
export function operationsWords({ strategies }: KillRow): string {
  const shrunk = strategies.filter(({ operations }) => operations !== null);
  return grouped(shrunk, ({ operations }) => String(operations));
}

/** What told of the bug: some guarantees, or which strategy was told of by which; that of the row first. */
export function toldByWords({ expected, strategies }: KillRow): string {
  const found = strategies.filter(({ killedBy }) => killedBy.length > 0);
  return grouped(found, ({ killedBy }) => {
    const others = killedBy.filter((one) => one !== expected).sort();
    const own = killedBy.filter((one) => one === expected);
    return [...own, ...others].map((one) => `\`${one}\``).join(", ");
  });
}

/** What most strategies have in common, and the others by name. */
function grouped(strategies: readonly Kills[], wordsOf: (kills: Kills) => string): string {
  const names = new Map<string, string[]>();
  for (const kills of strategies) {
    const words = wordsOf(kills);
    names.set(words, [...names.get(words) ?? [], kills.strategy]);
  }
  const [most, ...others] = [...names].sort(([, one], [, other]) => other.length - one.length);
  if (most === undefined) return "-";
  return [most[0], ...others.map(([words, names]) => `${words} (${names.join(", ")})`)].join("; ");
}
