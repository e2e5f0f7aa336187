import type { CheckReport, Violation } from "./check_report.ts";
import { brokenOf, claimWords, levelWords, resultWords } from "./claim.ts";
import { countOf, durationOf, perSecond } from "./format.ts";
import { codeOf, situationTable, strategyTable, verdictTable } from "./html_tables.ts";
import { violationSection } from "./html_violation.ts";
import { all, el, type Markup, raw } from "./markup.ts";
import { PAGE_SCRIPT, PAGE_SCRIPT_HASH } from "./page_script.ts";
import { PAGE_STYLE, PAGE_STYLE_HASH } from "./page_style.ts";

/**
 * A report as one HTML file that needs nothing else: no network, no server, no framework. It works from
 * a disk, on paper, on a phone, in light and dark, and with the keyboard alone; without scripts
 * everything but the explanation of single lines is there.
 *
 * Whatever comes from a host is only ever text, and a content security policy allows no script and no
 * style but the page's own.
 */
export function htmlReportOf(report: CheckReport): string {
  const policy = [
    "default-src 'none'",
    `style-src '${PAGE_STYLE_HASH}'`,
    `script-src '${PAGE_SCRIPT_HASH}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const page = el(
    "html",
    { lang: "en" },
    el(
      "head",
      {},
      el("meta", { charset: "utf-8" }),
      el("meta", { "http-equiv": "Content-Security-Policy", content: policy }),
      el("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
      el("meta", { name: "color-scheme", content: "light dark" }),
      el("title", {}, `${report.adapter}: ${resultWords(report)}`),
      el("style", {}, raw(PAGE_STYLE)),
    ),
    el("body", {}, topBar(), el("main", {}, mainParts(report)), el("script", {}, raw(PAGE_SCRIPT))),
  );
  return `<!doctype html>\n${page}\n`;
}

function topBar(): Markup {
  const logo = raw(
    '<svg class="logo" width="40" height="24" viewBox="0 0 40 24" aria-hidden="true"><path d="M1 3h38M1 21h38" class="lane-mark"/><rect x="6" y="8" width="22" height="8" rx="2.5" class="lane-run"/></svg>',
  );
  return el(
    "header",
    { class: "top" },
    logo,
    el("span", { class: "brand" }, "lanekeeper"),
    " check",
  );
}

function mainParts(report: CheckReport): Markup {
  const { violations } = report;
  return all(
    summary(report),
    violations.map((violation, at) => violationSection(violation, { at, of: violations.length })),
    section("verdicts", "Guarantees", verdictTable(report)),
    section("situations", "Situations that came up", situationTable(report)),
    section("strategies", "How it was searched", strategyTable(report)),
  );
}

function section(id: string, title: string, content: Markup): Markup {
  const heading = `${id}-title`;
  return el(
    "section",
    { id, class: "card", "aria-labelledby": heading },
    el("h2", { id: heading }, title),
    content,
  );
}

function summary(report: CheckReport): Markup {
  const isBroken = brokenOf(report).length > 0;
  const claim = claimWords(report);
  return el(
    "section",
    { class: "summary", "aria-labelledby": "adapter" },
    el("p", { class: "file" }, report.file),
    el("h1", { id: "adapter" }, report.adapter),
    el("p", { class: isBroken ? "result bad" : "result good" }, `${resultWords(report)}.`),
    el(
      "p",
      { class: "claim" },
      el("strong", {}, `Claim: ${claim.name}.`),
      ` ${claim.means} ${claim.not}`,
    ),
    facts(report),
    notes("What makes this run worth less", report.warnings),
    notes("What escaped control", report.escapes),
    findings(report.violations),
  );
}

function facts(report: CheckReport): Markup {
  const { level, schedules, steps, ms, seed } = report;
  const list = [
    ["Schedules", countOf(schedules)],
    ["A second", perSecond(schedules, ms)],
    ["Steps", countOf(steps)],
    ["Time", durationOf(ms)],
    ["Seed", String(seed)],
    ["Adapter", levelWords(level)],
  ] as const;
  return el(
    "dl",
    { class: "facts" },
    list.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
  );
}

function notes(title: string, texts: readonly string[]): Markup | undefined {
  if (texts.length === 0) return undefined;
  return el(
    "div",
    { class: "notes" },
    el("h2", {}, title),
    el("ul", {}, texts.map((text) => el("li", {}, text))),
  );
}

/** What was found, as a list that leads there. */
function findings(violations: readonly Violation[]): Markup | undefined {
  if (violations.length === 0) return undefined;
  return el(
    "nav",
    { class: "findings", "aria-label": "Violations" },
    el(
      "ol",
      {},
      violations.map(({ guarantee, story }, at) =>
        el(
          "li",
          {},
          el("a", { href: `#v${at + 1}` }, codeOf(guarantee)),
          el("span", {}, story),
        )
      ),
    ),
  );
}
