import { type HostAdapter, parseOperations, type Story } from "@lanekeeper/harness";
import host from "./host_adapter.ts";

/** A story that once broke a guarantee of ours: played first, by each search. */
interface Regression {
  readonly adapter: HostAdapter;
  readonly operations: string;
  readonly tape: readonly number[];
  /** What it broke, and how. */
  readonly broke: string;
}

const REGRESSIONS: readonly Regression[] = [
  {
    adapter: host,
    operations: "shutdown; send a",
    tape: [1],
    broke: "QUIESCENT_AFTER_STOP: the queue took a message some microtasks after the stop began",
  },
];

/** The stories of an adapter. */
export function tapesOf(adapter: HostAdapter): Story[] {
  return REGRESSIONS.filter((regression) => regression.adapter === adapter)
    .map(({ operations, tape }) => ({ operations: parseOperations(operations), tape, lane: {} }));
}
