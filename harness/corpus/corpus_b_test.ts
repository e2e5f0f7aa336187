import { test } from "node:test";
import { exhaustiveLane, type Scope } from "../kit/lanes.ts";
import { formatOperation, type Operation, parseOperation } from "../kit/operations.ts";
import { hunt, type Kill } from "./_a_hunt.ts";
import { testsOf } from "./_row_tests.ts";
import { CORPUS } from "./corpus.ts";
import type { CorpusRow } from "./corpus_row.ts";
import { selfEnd } from "./self_end.ts";

/** The second half of the corpus; the first one is in corpus_a_test.ts. */
for (const row of CORPUS.slice(CORPUS.indexOf(selfEnd))) {
  const tests = testsOf(row, { inLists: huntInLists, shrunkSeed: 2 });
  for (const [name, body] of tests) test(name, body);
}

/** As a check goes through the lists, but those with the operations of the story first. */
async function huntInLists(row: CorpusRow): Promise<Kill | undefined> {
  const { length } = row.story;
  const scopes: Omit<Scope, "operations">[] = [
    { lengthMax: length, bounds: { deviationsMax: 3 } },
    { lengthMax: Math.min(2, length), bounds: { rushedMax: 1, hops: [0, 1, 2, 3, 4, 5, 6] } },
    { lengthMax: Math.min(2, length), lane: { racy: true } },
  ];
  for (const scope of scopes) {
    const kill = await hunt(
      row,
      (subject, operations) =>
        exhaustiveLane(subject, { ...scope, operations: storyFirst(row, operations) }),
    );
    if (kill !== undefined) return kill;
  }
  return undefined;
}

function storyFirst({ story }: CorpusRow, operations: readonly Operation[]): Operation[] {
  const texts = new Set([...story, ...operations.map(formatOperation)]);
  return [...texts].map(parseOperation);
}
