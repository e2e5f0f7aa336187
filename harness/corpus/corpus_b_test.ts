import { test } from "node:test";
import { testsOf } from "./_row_tests.ts";
import { CORPUS } from "./corpus.ts";
import { selfEnd } from "./self_end.ts";

/** The second half of the corpus; the first one is in corpus_a_test.ts. */
for (const row of CORPUS.slice(CORPUS.indexOf(selfEnd))) {
  for (const [name, body] of testsOf(row)) test(name, body);
}
