import { posix } from "node:path";
import type { SourceFile } from "./tree.ts";

/** Paths of one machine and hosts of one network: they mean nothing to a reader elsewhere. */
const TRACES: readonly RegExp[] = [
  /(?<![\w.~-])\/(?:work|root|Users)\/[\w.-]+/,
  /\bregistry\.[a-z0-9-]+\.[a-z]+/i,
  /\b(?:artifactory|verdaccio|nexus)[\w-]*\.[a-z]+/i,
];

/** Where a text names a path of a machine or the host of a registry. */
export function traces({ path, text }: SourceFile): string[] {
  return text.split("\n").flatMap((line, index) => {
    const found = TRACES.map((pattern) => pattern.exec(line)?.[0]).find((match) => match);
    return found === undefined ? [] : [`${path}:${index + 1} names ${found}`];
  });
}

const FENCED_CODE = /^( *)(```+|~~~+)[\s\S]*?^\1\2 *$/gm;
const LINK = /\]\(\s*<?([^()\s<>]+)>?(?:\s+"[^"]*")?\s*\)|^\s*\[[^\]]+\]:\s*<?(\S+?)>?\s*$/gm;

/** The relative links of a Markdown text that lead nowhere. `texts` are all files by their path. */
export function brokenLinks(file: SourceFile, texts: ReadonlyMap<string, string>): string[] {
  const prose = file.text.replace(FENCED_CODE, "").replace(/`[^`\n]*`/g, "");
  return Array.from(prose.matchAll(LINK), (match) => match[1] ?? match[2] ?? "")
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
    .filter((target) => !resolves(file.path, target, texts))
    .map((target) => `${file.path} links to ${target}, which is not there`);
}

function resolves(from: string, target: string, texts: ReadonlyMap<string, string>): boolean {
  const [path = "", anchor] = decodeURI(target).split("#");
  const full = path === "" ? from : posix.join(posix.dirname(from), path).replace(/\/$/, "");
  const text = texts.get(full);
  const isFolder = [...texts.keys()].some((key) => key.startsWith(`${full}/`));
  if (text === undefined) return isFolder || full === ".";
  return anchor === undefined || !full.endsWith(".md") || headingAnchors(text).includes(anchor);
}

/** The anchors that GitHub gives to the headings of a Markdown text. */
function headingAnchors(text: string): string[] {
  const headings = text.replace(FENCED_CODE, "").matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm);
  return Array.from(
    headings,
    ([, heading = ""]) =>
      heading.toLowerCase().replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replace(
        /[^\p{L}\p{N}\s_-]/gu,
        "",
      )
        .trim().replace(/\s/g, "-"),
  );
}
