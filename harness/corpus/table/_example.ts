import type { Guarantee } from "../../oracles/oracles.ts";
import { type Found, type KillRow, type KillTable, sumUp } from "./kills.ts";

const common = { seenIn: "one/host #1", schedulesMax: 1_000, measuredBy: [] } satisfies Partial<
  KillRow
>;

/** A small table: one bug that all find, one that is rare, one that is measured. */
export function exampleTable(): KillTable {
  const hunts = (count: number, killedBy: Guarantee): Found[] =>
    Array.from({ length: count }, (_, at) => ({
      seed: at + 1,
      killedBy,
      schedules: at + 1,
      ms: 2 * at,
    }));
  return {
    seeds: 20,
    timedOn: "node 26.1.0",
    rows: [
      {
        ...common,
        id: "two-agents",
        bug: "Two agents answer <one> session",
        expected: "SINGLE_TURN",
        story: 2,
        strategies: [
          sumUp("exhaustive", {
            found: [{ seed: 1, killedBy: "SINGLE_TURN", schedules: 4, ms: 3 }],
            of: 1,
            operations: 2,
          }),
          sumUp("portfolio", { found: hunts(20, "SINGLE_TURN"), of: 20, operations: 2 }),
          sumUp("fc.scheduler", { found: hunts(20, "SINGLE_TURN"), of: 20 }),
        ],
      },
      {
        ...common,
        id: "rare-leak",
        bug: "A session is lost",
        expected: "NO_CREATE_LEAK",
        story: 3,
        strategies: [
          sumUp("exhaustive", {
            found: [{ seed: 1, killedBy: "NO_CREATE_LEAK", schedules: 890, ms: 410 }],
            of: 1,
            operations: 3,
          }),
          sumUp("portfolio", { found: hunts(15, "EVENTUALLY_IDLE"), of: 20, operations: 4 }),
          sumUp("fc.scheduler", { found: [], of: 20 }),
        ],
      },
      {
        ...common,
        id: "long-chain",
        bug: "A drain awaits itself",
        expected: "BOUNDED_STACK",
        story: 0,
        strategies: [],
        measuredBy: ["frames", "promises"],
      },
    ],
  };
}
