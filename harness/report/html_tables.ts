import { behindWords } from "./claim.ts";
import type { CheckReport, Verdict } from "./check_report.ts";
import { countOf, durationOf, perSecond, plural } from "./format.ts";
import { all, type Child, el, type Markup } from "./markup.ts";

/** A name in capitals, which may be broken after each `_`. */
export function codeOf(name: string): Markup {
  const parts = name.split("_");
  return el(
    "code",
    {},
    parts.map((part, at) => at === 0 ? part : all("_", el("wbr"), part)),
  );
}

/** A table in a box that scrolls by itself where it is too wide. */
export function tableOf(
  heads: readonly string[],
  rows: readonly { readonly cells: readonly Child[]; readonly state?: string }[],
): Markup {
  const body = rows.map(({ cells, state }) => {
    const [first, ...rest] = cells;
    return el(
      "tr",
      { "data-state": state },
      el("th", { scope: "row" }, first),
      rest.map((cell) => el("td", {}, cell)),
    );
  });
  return el(
    "table",
    {},
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, body),
  );
}

const ORDER = ["broken", "kept", "skipped"] as const;

/** All guarantees: the broken ones first, then the kept, then the skipped with their reasons. */
export function verdictTable({ verdicts, violations }: CheckReport): Markup {
  const sorted = ORDER.flatMap((kind) => verdicts.filter(({ verdict }) => verdict === kind));
  const places = new Map(violations.map(({ guarantee }, at) => [guarantee as string, at + 1]));
  return tableOf(
    ["Guarantee", "Verdict", "Why"],
    sorted.map((verdict) => {
      const place = places.get(verdict.guarantee);
      const name = codeOf(verdict.guarantee);
      const link = place === undefined ? name : el("a", { href: `#v${place}` }, name);
      const state = el("span", { class: "verdict" }, verdict.verdict);
      return { cells: [link, state, whyOf(verdict)], state: verdict.verdict };
    }),
  );
}

function whyOf(verdict: Verdict): string {
  if (verdict.verdict === "skipped") return verdict.reason;
  const judged = `judged in ${plural(verdict.schedules, "schedule")}`;
  if (verdict.verdict === "kept" || verdict.behind === undefined) return judged;
  return `${judged}; ${behindWords(verdict.behind)}`;
}

/** How often each situation came up. */
export function situationTable({ situations }: CheckReport): Markup {
  const rows = Object.entries(situations).map(([name, count]) => ({
    cells: [name, count === 0 ? "never" : countOf(count)],
    state: count === 0 ? "never" : "seen",
  }));
  if (rows.length === 0) return el("p", {}, "No situations were counted.");
  return tableOf(["Situation", "Schedules"], rows);
}

/** What each strategy went through. */
export function strategyTable({ strategies }: CheckReport): Markup {
  const rows = strategies.map(({ name, schedules, ms, complete, bounds }) => ({
    cells: [
      name,
      bounds,
      countOf(schedules),
      complete === undefined ? "sampled" : complete ? "all of them" : "stopped early",
      durationOf(ms),
      perSecond(schedules, ms),
    ],
  }));
  if (rows.length === 0) return el("p", {}, "No strategy was run.");
  return el(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": "Strategies" },
    tableOf(["Strategy", "Bounds", "Schedules", "Within the bounds", "Time", "A second"], rows),
  );
}
