import { type HostAdapter, parseOperations } from "@lanekeeper/harness";
import assert from "node:assert/strict";
import { promisedBy } from "../../harness/kit/promised.ts";
import { playbackOf } from "../../harness/kit/story.ts";
import { type Ledger, lineOf } from "../../harness/ledger.ts";
import type { RecordKind, RecordOf } from "../../harness/ledger_record.ts";
import type { Strategy } from "../../harness/sim/strategy.ts";

/** When callers come: before all else, before a turn ends, when nothing else happens; or time first. */
export type Pace = "at once" | "during turns" | "one by one" | "late";

/** Who comes first at each pace. `ports` are all that is neither a caller, a turn nor the clock. */
const ORDERS: Readonly<Record<Pace, readonly string[]>> = {
  "at once": ["caller", "ports", "run", "clock"],
  "during turns": ["ports", "caller", "run", "clock"],
  "one by one": ["ports", "run", "caller", "clock"],
  "late": ["clock", "caller", "ports", "run"],
};

function orderBy(pace: Pace): Strategy {
  const rankOf = (actor = ""): number => {
    const [kind = ""] = actor.split(" ");
    return ORDERS[pace].indexOf(["caller", "run", "clock"].includes(kind) ? kind : "ports");
  };
  return {
    name: pace,
    gap: () => 0,
    pick: (options) => {
      const ranks = Array.from({ length: options.length }, (_, at) => rankOf(options.at(at).actor));
      return ranks.indexOf(Math.min(...ranks));
    },
  };
}

/** The record of one story, in which no guarantee was broken. */
export async function play(
  adapter: HostAdapter,
  story: string,
  pace: Pace = "during turns",
): Promise<Ledger> {
  const subject = { adapter, judged: promisedBy(adapter) };
  const operations = parseOperations(story);
  const lane = { racy: pace === "late" };
  const playback = playbackOf(subject, { operations, lane, strategy: orderBy(pace) });
  await playback.play();
  const { broken, ledger } = playback.world;
  assert.deepEqual(broken, [], `${ledger}`);
  return ledger;
}

export function recordsOf<K extends RecordKind>(ledger: Ledger, kind: K): RecordOf<K>[] {
  return ledger.records.filter((record): record is RecordOf<K> => record.kind === kind);
}

/** What was recorded of these kinds, as text. */
export function told(ledger: Ledger, ...kinds: RecordKind[]): string[] {
  return ledger.records.filter(({ kind }) => kinds.includes(kind)).map(lineOf);
}

/** The guards that were seen on a session, each once. */
export function guardsOf(ledger: Ledger, session: string): Set<unknown> {
  const seen = recordsOf(ledger, "guard").filter((look) => look.session === session);
  return new Set(seen.map(({ guard }) => guard).filter((guard) => guard !== undefined));
}
