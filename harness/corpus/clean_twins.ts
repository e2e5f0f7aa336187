// `npm run corpus -- --twins`: plays the correct twin of each bug, as hosts that nobody knows to be correct
// are played. Whatever is flagged is a bug of the twin or of an oracle. `clean_twins.ts SCHEDULES SEED`.
import process from "node:process";
import { CORPUS } from "./corpus.ts";
import { withCommas } from "./table/cells.ts";
import { playTwin } from "./table/twins.ts";

/** Lists for a twin whose bug has no story, being a chain. */
const CHAIN_LENGTH_MAX = 3;

const [schedules, seed] = process.argv.slice(2).map(Number) as [number, number];
const played = { exhaustive: 0, random: 0, flagged: 0 };
for (const [at, { id, twin, story }] of CORPUS.entries()) {
  const lengthMax = story.length || CHAIN_LENGTH_MAX;
  const { exhaustive, random, flagged } = await playTwin(twin, { schedules, lengthMax, seed });
  played.exhaustive += exhaustive;
  played.random += random;
  if (flagged.length > 0) played.flagged++;
  process.stderr.write(`${at + 1} of ${CORPUS.length}: ${id}\n`);
  for (const story of flagged) console.log(`${id}: ${story}`);
}
const { exhaustive, random, flagged } = played;
console.log(
  `${CORPUS.length} correct twins in ${withCommas(exhaustive + random)} schedules (${
    withCommas(exhaustive)
  } of lists, ` +
    `${withCommas(random)} random with seed ${seed}): ${flagged} flagged`,
);
process.exitCode = flagged > 0 ? 1 : 0;
