import { type KillRow, type KillTable, sumUp } from "./kills.ts";

const common = { seenIn: "#1", schedulesMax: 1_000, measuredBy: [] } satisfies Partial<KillRow>;

/** A small table: one bug that all find, one that is rare, one that is measured. */
export function exampleTable(): KillTable {
  const hunts = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ schedules: at + 1, ms: 2 * at }));
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
            found: [{ schedules: 4, ms: 3 }],
            of: 1,
            killedBy: "SINGLE_TURN",
            operations: 2,
          }),
          sumUp("portfolio", { found: hunts(20), of: 20, killedBy: "SINGLE_TURN", operations: 2 }),
          sumUp("fc.scheduler", { found: hunts(20), of: 20, killedBy: "SINGLE_TURN" }),
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
            found: [{ schedules: 890, ms: 410 }],
            of: 1,
            killedBy: "NO_CREATE_LEAK",
            operations: 3,
          }),
          sumUp("portfolio", {
            found: hunts(15),
            of: 20,
            killedBy: "NO_CREATE_LEAK",
            operations: 3,
          }),
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
