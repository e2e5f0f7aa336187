import type { Hold, Line, Overlap, Row, Span } from "./chronicle.ts";
import type { Told } from "./narration.ts";

/** What {@linkcode holdsOf} reads. */
export interface Story {
  readonly told: readonly Told[];
  readonly lineOfRecord: ReadonlyMap<number, number>;
  readonly rows: readonly Row[];
  readonly lines: readonly Line[];
  readonly spans: readonly Span[];
}

/** Who had the guard, from what the host showed. */
export function holdsOf(
  story: Story,
  { session, lane }: { session: string; lane: number },
): Hold[] {
  const { told, lineOfRecord, lines } = story;
  const looks = told.flatMap(({ record, owner }, at) =>
    record.kind === "guard" && record.session === session
      ? [{ owner, isDead: owner !== undefined && !record.live, from: lineOfRecord.get(at) ?? 0 }]
      : []
  );
  const all = [{ owner: undefined, isDead: false, from: 0 }, ...looks];
  const holds: Hold[] = [];
  for (const [at, { owner, isDead, from }] of all.entries()) {
    const to = all[at + 1]?.from ?? lines.length;
    const before = holds.at(-1);
    if (
      before !== undefined && before.owner === owner && before.isDead === isDead &&
      before.to === from
    ) {
      holds[holds.length - 1] = { ...before, to };
    } else holds.push({ lane, session, owner, isDead, from, to });
  }
  return holds.flatMap((hold) => hold.owner === undefined ? bareOf(hold, story) : [hold]);
}

/**
 * Where nobody had the guard although a run went on: not between two rests, because a host is looked at
 * only when it is at rest.
 */
function bareOf(free: Hold, { spans, rows, lines }: Story): Hold[] {
  return spans.filter(({ session }) => session === free.session).flatMap((span) => {
    const from = Math.max(free.from, span.from);
    const to = Math.min(free.to, span.to ?? lines.length);
    if (to <= from) return [];
    return to < restAfter(rows, lines[from]!.row) ? [] : [{ ...free, from, to }];
  }).filter((hold, at, all) =>
    // Of two runs without a guard at the same time the longer one says it.
    !all.some((other, otherAt) =>
      otherAt !== at && other.from <= hold.from && other.to >= hold.to &&
      (other.from < hold.from || other.to > hold.to || otherAt < at)
    )
  );
}

/** The line before which the host came to rest after a step: those that are rushed come before it does. */
function restAfter(rows: readonly Row[], row: number): number {
  let last = row;
  while (rows[last + 1]?.source?.hops !== undefined) last++;
  return rows[last]!.to;
}

/** Who must have had the guard, from the runs: as long as any goes on. */
export function holdsFromRuns(
  story: Story,
  { session, lane }: { session: string; lane: number },
): Hold[] {
  return story.spans.filter((span) => span.session === session).map((span): Hold => ({
    lane,
    session,
    owner: { sign: String(span.run), name: `run ${span.run}` },
    isDead: false,
    from: span.from,
    to: span.to ?? story.lines.length,
  })).map((hold, at, all) => {
    // A run that begins before the one before it has settled is drawn from there on.
    const before = all[at - 1];
    return before !== undefined && before.to > hold.from && before.to < hold.to
      ? { ...hold, from: before.to }
      : hold;
  }).filter((hold, at, all) =>
    !all.some((other, otherAt) => otherAt < at && other.from <= hold.from && other.to >= hold.to)
  );
}

/** Where two or more of these runs go on at once. */
export function overlapsOf(spans: readonly Span[], end: number): Overlap[] {
  const points = [...new Set(spans.flatMap(({ from, to }) => [from, to ?? end]))].sort((a, b) =>
    a - b
  );
  return points.flatMap((from, at) => {
    const to = points[at + 1];
    const open = spans.filter((span) => span.from <= from && (span.to ?? end) > from);
    if (to === undefined || open.length < 2) return [];
    const [runs, lanes] = [open.map(({ run }) => run), open.map(({ lane }) => lane)];
    return [{ session: open[0]!.session, runs, lanes, from, to }];
  });
}
