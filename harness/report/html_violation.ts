import type { LedgerLine, Violation } from "./check_report.ts";
import { type Chronicle, chronicleOf, type Line } from "./chronicle.ts";
import { countOf, durationOf, plural } from "./format.ts";
import { codeOf, tableOf } from "./html_tables.ts";
import { all, el, type Markup } from "./markup.ts";
import { meaningOf } from "./meanings.ts";
import { narrate } from "./narration.ts";
import { Owners } from "./owners.ts";
import { rawLineOf } from "./plain.ts";
import { foundWords } from "./story.ts";
import { timelineOf } from "./timeline.ts";
import { NARROW, ROOT_LABEL, WIDE } from "./timeline_layout.ts";

/** One violation of a page: its story, its picture, what was asked, how to see it again, its ledger. */
export function violationSection(
  violation: Violation,
  place: { readonly at: number; readonly of: number },
): Markup {
  const id = `v${place.at + 1}`;
  const title = `${id}-title`;
  const count = place.of === 1 ? "The violation" : `Violation ${place.at + 1} of ${place.of}`;
  return el(
    "section",
    { id, class: "card violation", "aria-labelledby": title },
    el("p", { class: "count" }, count),
    el("h2", { id: title }, codeOf(violation.guarantee), " is broken"),
    el("p", { class: "promise" }, violation.promise),
    el("p", { class: "lede" }, violation.story),
    el("div", { class: "columns" }, picture(violation, id), aside(violation, id)),
    ledger(violation),
  );
}

function picture(violation: Violation, id: string): Markup {
  const chronicle = chronicleOf(violation);
  const says = saysOf(violation, chronicle);
  return el(
    "figure",
    { class: "picture", id: `${id}-picture` },
    el(
      "figcaption",
      {},
      "What happened, from top to bottom; each actor has a lane.",
      el(
        "span",
        { class: "hint", hidden: true },
        " Point at a line, tap it, or go through them with the arrow keys: it is explained below.",
      ),
    ),
    el("div", { class: "wide" }, timelineOf(violation, { id: `${id}-wide`, frame: WIDE })),
    el("div", { class: "narrow" }, timelineOf(violation, { id: `${id}-narrow`, frame: NARROW })),
    el("div", { class: "says", role: "status" }, says),
  );
}

/** What is said of each line of the picture; at first that of the root is shown. */
function saysOf(violation: Violation, chronicle: Chronicle): Markup[] {
  const owners = new Owners();
  const raws = violation.ledger.map(({ record }) => rawLineOf(record, owners));
  return chronicle.lines.map((line, at) => {
    const records = line.records.map((record) => violation.ledger[record]!);
    const [first] = records;
    return el(
      "div",
      { class: "say", "data-at": at, "data-tone": line.tone, hidden: line.tone !== "root" },
      el("p", { class: "when" }, whenOf(line, { violation, chronicle, first })),
      el("p", { class: "what" }, line.words),
      line.tone === "root"
        ? el("p", { class: "wrong" }, `${ROOT_LABEL} ${violation.story}`)
        : undefined,
      line.tone === "also"
        ? el("p", { class: "wrong" }, "This is part of what went wrong.")
        : undefined,
      first === undefined ? undefined : el("p", {}, meaningOf(first.record)),
      line.isHead ? howItCame(line, chronicle) : undefined,
      records.length === 0 ? undefined : el(
        "p",
        { class: "raw" },
        line.records.map((record) => el("code", {}, `${record}  ${raws[record]}`)),
      ),
    );
  });
}

function whenOf(
  line: Line,
  { violation, chronicle, first }: {
    violation: Violation;
    chronicle: Chronicle;
    first: LedgerLine | undefined;
  },
): string {
  const row = chronicle.rows[line.row]!;
  const parts = [
    `Step ${row.step} of ${violation.schedule.length}`,
    chronicle.lanes[line.lane]?.title ?? "",
  ];
  if (first !== undefined && first.ms > 0) parts.push(`at ${durationOf(first.ms)}`);
  return parts.filter((part) => part !== "").join(" · ");
}

/** Why this step and why now. */
function howItCame(line: Line, chronicle: Chronicle): Markup | undefined {
  const { source } = chronicle.rows[line.row]!;
  if (source === undefined) return undefined;
  const { hops, isDeviation, label, step } = source;
  const soon = hops === undefined
    ? ""
    : ` It came ${plural(hops, "microtask hop")} after step ${
      step - 1
    }, before the host had come to rest.`;
  const why = isDeviation ? " It is a deviation: by itself another step would have come." : "";
  return el("p", {}, "The step is called ", el("code", {}, label), `.${soon}${why}`);
}

function aside(violation: Violation, id: string): Markup {
  const { operations, tape, replay } = violation;
  return el(
    "div",
    { class: "aside" },
    el("h3", {}, "What was asked of the host"),
    operations.length === 0 ? el("p", {}, "Nothing.") : el(
      "ol",
      { class: "operations" },
      operations.map((one) => el("li", {}, el("code", {}, one))),
    ),
    el("h3", {}, "See it again"),
    el(
      "div",
      { class: "replay" },
      el(
        "pre",
        { tabindex: 0, role: "region", "aria-label": "Replay command" },
        el("code", { id: `${id}-replay` }, replay),
      ),
      el(
        "button",
        { type: "button", class: "copy", hidden: true, "data-copies": `${id}-replay` },
        "Copy",
      ),
    ),
    el("h3", {}, "How it was found"),
    el("p", {}, foundWords(violation)),
    el("p", {}, "Tape: ", el("code", {}, tape.length === 0 ? "0" : tape.join("."))),
  );
}

function ledger(violation: Violation): Markup {
  const owners = new Owners();
  const also = new Set(violation.also);
  const hasTime = violation.ledger.some(({ ms }) => ms > 0);
  const told = narrate(violation.ledger);
  const rows = violation.ledger.map(({ step, ms, record }, at) => ({
    cells: [
      countOf(at),
      countOf(step),
      ...hasTime ? [durationOf(ms)] : [],
      all(
        el("span", { class: "words" }, told[at]!.words),
        el("code", { class: "raw" }, rawLineOf(record, owners)),
      ),
    ],
    ...(at === violation.root ? { state: "root" } : also.has(at) ? { state: "also" } : {}),
  }));
  const heads = ["Record", "Step", ...hasTime ? ["Time"] : [], "What happened"];
  return el(
    "details",
    { class: "ledger" },
    el("summary", {}, `The full ledger: ${plural(rows.length, "record")}`),
    tableOf(heads, rows),
  );
}
