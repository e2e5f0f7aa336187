import { resolve } from "node:path";

/** One test in a JUnit report. */
export interface TestCase {
  readonly name: string;
  /** The file it is in, as the runtime wrote it. */
  readonly file: string;
  readonly outcome: "passed" | "failed" | "skipped";
}

/** How many tests ended how. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const TEST_CASE = /<testcase((?:\s+[\w:-]+="[^"]*")*)\s*(?:\/>|>([\s\S]*?)<\/testcase>)/g;
const ATTRIBUTE = /([\w:-]+)="([^"]*)"/g;

/** Reads what Node, Deno and Bun write. A test with subtests may count as one or as several. */
export function parseJunit(xml: string): TestCase[] {
  return Array.from(xml.matchAll(TEST_CASE), ([, head = "", body = ""]) => {
    const attributes = new Map<string, string>();
    for (const [, key = "", value = ""] of head.matchAll(ATTRIBUTE)) {
      attributes.set(key, unescapeXml(value));
    }
    const outcome = /<(failure|error)\b/.test(body)
      ? "failed"
      : /<skipped\b/.test(body)
      ? "skipped"
      : "passed";
    // Deno has no attribute for the file: the class name is it.
    const file = attributes.get("file") ?? attributes.get("classname") ?? "";
    return { name: attributes.get("name") ?? "", file, outcome };
  });
}

/** Node reports a test file that has no test of its own as a test with the name of the file. */
export function isFileItself(folder: string, test: TestCase): boolean {
  return resolve(folder, test.name) === resolve(folder, test.file);
}

/** Counts the outcomes. */
export function countOutcomes(cases: readonly TestCase[]): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { outcome } of cases) counts[outcome]++;
  return counts;
}

/** Adds failed tests to a report; without one it makes a new one. */
export function addFailures(xml: string | undefined, messages: readonly string[]): string {
  const cases = messages.map((message) => {
    const text = escapeXml(message);
    return `  <testcase name="${text}" file=""><failure message="${text}"/></testcase>\n`;
  });
  const report = xml?.includes("</testsuites>")
    ? xml
    : '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n</testsuites>\n';
  const end = report.lastIndexOf("</testsuites>");
  return report.slice(0, end) + cases.join("") + report.slice(end);
}

/** One report of several. */
export function joinReports(reports: readonly string[]): string {
  const inner = reports.map((xml) =>
    xml.replace(/<\?xml[^>]*\?>/, "").replace(/<\/?testsuites\b[^>]*>/g, "").trim()
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${
    inner.join("\n")
  }\n</testsuites>\n`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (char) => ESCAPES[char] ?? char);
}

function unescapeXml(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos|#(\d+)|#x([\da-f]+));/gi, (all, name, dec, hex) => {
    if (dec) return String.fromCodePoint(Number(dec));
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    return { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }[String(name)] ?? all;
  });
}
