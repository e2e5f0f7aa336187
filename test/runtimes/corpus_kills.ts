// Hunts each bug of the corpus through lists of operations and with the random portfolio, and prints for
// each after how many schedules it was found and the hash of its story, shrunk. Run on each runtime by
// corpus_kills_test.ts.
import { huntByChance, huntInLists, type Kill, shrunk } from "../../harness/corpus/_hunt.ts";
import { CORPUS } from "../../harness/corpus/corpus.ts";

async function toldOf(kill: Kill | undefined): Promise<string> {
  if (kill === undefined) return "not found";
  const { story, hash } = await shrunk(kill);
  return `${kill.schedules} ${kill.headline} ${story.operations.length} ${hash}`;
}

// What grows with a chain is measured and not hunted, and not each runtime can tell.
for (const row of CORPUS.filter(({ story }) => story.length > 0)) {
  const kill = await huntInLists(row);
  const inLists = await toldOf(kill);
  const byChance = await toldOf(await huntByChance(row, { seed: 1, wanted: kill?.headline }));
  console.log(`${row.id}: ${inLists}; ${byChance}`);
}
