import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { CLEAN_REPORT, HOSTILE, HOSTILE_NAMES, LATE_RELEASE, REPORT } from "./_test_support.ts";
import { type Element, findAll, named, parseXml, textOf, withClass } from "./_testing/xml.ts";
import type { CheckReport } from "./check_report.ts";
import { visible } from "./format.ts";
import { htmlReportOf } from "./html.ts";
import { PAGE_SCRIPT, PAGE_SCRIPT_HASH } from "./page_script.ts";
import { PAGE_STYLE, PAGE_STYLE_HASH } from "./page_style.ts";

function pageOf(report: CheckReport): Element {
  return parseXml(htmlReportOf(report));
}

function byId(page: Element, id: string): Element {
  const found = findAll(page, ({ attributes }) => attributes["id"] === id);
  assert.equal(found.length, 1, `${found.length} elements with the id ${id}`);
  return found[0]!;
}

function rowsOf(table: Element): string[][] {
  return named(table, "tr").map((row) =>
    row.children.filter((cell) => typeof cell !== "string").map(textOf)
  );
}

const HOSTILE_REPORT: CheckReport = {
  ...REPORT,
  adapter: HOSTILE,
  file: HOSTILE,
  situations: { [HOSTILE]: 1 },
  strategies: [{ name: HOSTILE, schedules: 1, ms: 1, complete: true, bounds: HOSTILE }],
  verdicts: [{ guarantee: "FIFO", verdict: "skipped", reason: HOSTILE }],
  violations: [HOSTILE_NAMES],
  escapes: [HOSTILE],
  warnings: [HOSTILE],
};

test("the page is one file: nothing comes from elsewhere and links stay within it", () => {
  for (const report of [REPORT, CLEAN_REPORT]) {
    const page = pageOf(report);
    for (const { attributes } of findAll(page, () => true)) {
      assert.equal(attributes["src"], undefined);
      assert.equal(attributes["style"], undefined, "the policy allows no style in an attribute");
      for (const [name, value] of Object.entries(attributes)) {
        assert.doesNotMatch(name, /^on/);
        if (name === "href") byId(page, value.replace(/^#/, ""));
        if (name !== "xmlns") assert.doesNotMatch(value, /^\w+:\/\//);
      }
    }
    assert.doesNotMatch(PAGE_STYLE, /@import|url\((?!#)/);
    const ids = findAll(page, ({ attributes }) => "id" in attributes);
    assert.equal(new Set(ids.map(({ attributes }) => attributes["id"])).size, ids.length);
  }
});

test("the policy of the page names the hash of its script and of its style, and nothing else", () => {
  const hashOf = (text: string) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
  assert.equal(PAGE_SCRIPT_HASH, hashOf(PAGE_SCRIPT), "page_script.ts was changed: its hash is");
  assert.equal(PAGE_STYLE_HASH, hashOf(PAGE_STYLE), "page_style.ts was changed: its hash is");
  const page = pageOf(REPORT);
  const policy = named(page, "meta").find(({ attributes }) => "http-equiv" in attributes);
  assert.equal(
    policy!.attributes["content"],
    `default-src 'none'; style-src '${hashOf(PAGE_STYLE)}'; ` +
      `script-src '${hashOf(PAGE_SCRIPT)}'; base-uri 'none'; form-action 'none'`,
  );
  assert.deepEqual(named(page, "script").map(textOf), [PAGE_SCRIPT]);
  assert.deepEqual(named(page, "style").map(textOf), [PAGE_STYLE]);
});

test("the script can be read by a browser", () => {
  assert.doesNotThrow(() => new Function(PAGE_SCRIPT));
  assert.doesNotMatch(PAGE_SCRIPT + PAGE_STYLE, /<\/|<!--/);
});

test("the summary says what was found, what it is worth, and with what it can be repeated", () => {
  const page = pageOf(REPORT);
  assert.equal(textOf(named(page, "h1")[0]!), "busy flag with a late release");
  assert.equal(
    textOf(withClass(page, "result")[0]!),
    "4 of 7 guarantees that were judged are broken.",
  );
  assert.match(
    textOf(withClass(page, "claim")[0]!),
    /^Claim: required\. Everything was under control/,
  );
  const facts = textOf(withClass(page, "facts")[0]!);
  for (
    const fact of [
      "Schedules128,400",
      "A second29,791",
      "Steps1,402,117",
      "Time4.3 s",
      "Seed42",
      "level 1",
    ]
  ) {
    assert.ok(facts.includes(fact), fact);
  }
  assert.match(
    textOf(withClass(page, "notes")[0]!),
    /A stop while a message waits: it never came up\./,
  );
  const links = named(withClass(page, "findings")[0]!, "a").map(({ attributes }) =>
    attributes["href"]
  );
  assert.deepEqual(links, ["#v1", "#v2", "#v3", "#v4", "#v5"]);
});

test("a clean report says so and has no violations", () => {
  const page = pageOf(CLEAN_REPORT);
  assert.equal(textOf(withClass(page, "good")[0]!), "All 7 guarantees that were judged are kept.");
  assert.deepEqual(withClass(page, "violation"), []);
  assert.match(textOf(withClass(page, "notes")[0]!), /setTimeout\(\) of 30 ms was set outside/);
});

test("the table of verdicts has each guarantee: broken, kept, and skipped with its reason", () => {
  const rows = rowsOf(byId(pageOf(REPORT), "verdicts"));
  assert.equal(rows.length, 1 + REPORT.verdicts.length);
  assert.deepEqual(rows[1], ["SINGLE_TURN", "broken", "judged in 128,400 schedules"]);
  assert.deepEqual(rows.slice(1).map(([, verdict]) => verdict), [
    ...Array(4).fill("broken"),
    ...Array(3).fill("kept"),
    ...Array(4).fill("skipped"),
  ]);
  assert.deepEqual(rows.at(-1), ["DEDUPE_SOUND", "skipped", "the adapter does not promise it"]);
  const behind = {
    guarantee: "FIFO",
    verdict: "broken",
    schedules: 3,
    behind: "SINGLE_TURN",
  } as const;
  const [, row] = rowsOf(byId(pageOf({ ...REPORT, verdicts: [behind] }), "verdicts"));
  assert.equal(
    row?.at(-1),
    "judged in 3 schedules; only in schedules that break SINGLE_TURN first",
  );
});

test("situations and strategies are counted, and what never came up is told", () => {
  const page = pageOf(REPORT);
  assert.deepEqual(rowsOf(byId(page, "situations")).slice(1), [
    ["a follow-up while a turn runs", "81,201"],
    ["a message during the release", "4,120"],
    ["a turn that fails", "20,114"],
    ["a stop while a message waits", "never"],
  ]);
  assert.deepEqual(rowsOf(byId(page, "strategies"))[3], [
    "pct",
    "d = 2, 3, 5",
    "10,000",
    "stopped early",
    "400 ms",
    "25,000",
  ]);
});

test("each line of each picture has its explanation, and that of the root is shown first", () => {
  const page = pageOf(REPORT);
  const figures = withClass(page, "picture");
  assert.equal(figures.length, REPORT.violations.length);
  figures.forEach((figure, at) => {
    const says = withClass(figure, "say");
    const pictures = named(figure, "svg");
    assert.equal(pictures.length, 2, "for wide screens and for phones");
    for (const picture of pictures) {
      const lines = withClass(picture, "ev").map(({ attributes }) => attributes["data-at"]);
      assert.deepEqual(lines, says.map(({ attributes }) => attributes["data-at"]));
      assert.equal(withClass(picture, "root").length, 1);
    }
    for (const say of says) assert.match(textOf(withClass(say, "what")[0]!), /\S/);
    const shown = says.filter(({ attributes }) => !("hidden" in attributes));
    assert.deepEqual(shown.map(({ attributes }) => attributes["data-tone"]), ["root"]);
    assert.equal(
      textOf(withClass(shown[0]!, "wrong")[0]!),
      `Here it goes wrong: ${REPORT.violations[at]!.story}`,
    );
  });
});

test("an explanation has the step, the meaning and the record itself", () => {
  const [figure] = withClass(pageOf(REPORT), "picture");
  const root = withClass(figure!, "say").find(({ attributes }) =>
    attributes["data-tone"] === "root"
  );
  assert.equal(textOf(withClass(root!, "when")[0]!), "Step 4 of 7 · host: guard");
  assert.match(
    textOf(root!),
    /The guard of a session is the exclusive right to run the agent on it/,
  );
  assert.match(textOf(root!), /12 {2}guard: session "a", guard null, live true, waiting \[\]/);
});

test("an explanation says why a step came when it did", () => {
  const figure = withClass(pageOf(REPORT), "picture")[1]!;
  const said = withClass(figure, "say").map(textOf);
  assert.ok(
    said.some((say) =>
      say.includes("It came 0 microtask hops after step 1, before the host had come to rest.") &&
      say.includes("It is a deviation: by itself another step would have come.")
    ),
  );
});

test("beside the picture are the story, the operations and the replay command with its button", () => {
  const section = byId(pageOf(REPORT), "v1");
  assert.equal(textOf(withClass(section, "lede")[0]!), LATE_RELEASE.story);
  const [operations] = withClass(section, "operations");
  assert.deepEqual(named(operations!, "li").map(textOf), LATE_RELEASE.operations);
  assert.equal(textOf(byId(section, "v1-replay")), LATE_RELEASE.replay);
  const [button] = withClass(section, "copy");
  assert.equal(button!.attributes["data-copies"], "v1-replay");
  assert.equal(button!.attributes["hidden"], "", "without scripts it would do nothing");
});

test("the full ledger is a table in details, with its root marked", () => {
  const section = byId(pageOf(REPORT), "v1");
  const [details] = named(section, "details");
  const rows = named(named(details!, "tbody")[0]!, "tr");
  assert.equal(rows.length, LATE_RELEASE.ledger.length);
  const states = rows.map(({ attributes }) => attributes["data-state"]);
  assert.equal(states.indexOf("root"), LATE_RELEASE.root);
  assert.equal(states.filter((state) => state === "root").length, 1);
  assert.deepEqual(states.flatMap((state, at) => state === "also" ? [at] : []), LATE_RELEASE.also);
});

test("times are shown where time has passed", () => {
  const page = pageOf(REPORT);
  const headsOf = (id: string) => rowsOf(named(byId(page, id), "details")[0]!)[0];
  assert.deepEqual(headsOf("v1"), ["Record", "Step", "What happened"]);
  assert.deepEqual(headsOf("v4"), ["Record", "Step", "Time", "What happened"]);
});

test("whatever comes from outside is text and nothing but text", () => {
  const html = htmlReportOf(HOSTILE_REPORT);
  assert.ok(!html.includes("<script>alert"));
  const page = parseXml(html);
  assert.equal(named(page, "script").length, 1);
  // As much of it as there would be, had all names been harmless.
  const plain = JSON.stringify(HOSTILE_REPORT).replaceAll(
    JSON.stringify(HOSTILE).slice(1, -1),
    "x",
  );
  const elementsOf = (element: Element): number =>
    findAll(element, ({ name }) => name !== "text").length;
  const harmless = { ...JSON.parse(plain), violations: [] };
  assert.equal(
    elementsOf(parseXml(htmlReportOf({ ...HOSTILE_REPORT, violations: [] }))),
    elementsOf(parseXml(htmlReportOf(harmless))),
  );
  const said = textOf(page);
  for (const where of ["adapter", "situations", "strategies", "verdicts", "v1"]) {
    assert.ok(textOf(byId(page, where)).includes(visible(HOSTILE)), where);
  }
  assert.ok(said.includes(visible(HOSTILE)));
});

test("a report without anything can be shown", () => {
  const page = pageOf({ ...REPORT, verdicts: [], violations: [], situations: {}, strategies: [] });
  assert.equal(textOf(withClass(page, "result")[0]!), "Nothing was judged.");
  assert.match(textOf(byId(page, "situations")), /No situations were counted/);
  assert.match(textOf(byId(page, "strategies")), /No strategy was run/);
});
