// Plays random stories of an adapter and prints one hash of all that happened in them, in order. Run on
// each runtime by trace_hashes_test.ts: `node trace_hashes.ts SCHEDULES`.
import {
  type HostAdapter,
  HostWorld,
  type Operation,
  operationLists,
  operationsFor,
  playRandomly,
  Random,
  traceHashOf,
} from "@lanekeeper/harness";
import fc from "fast-check";
import process from "node:process";
import host from "../conformance/host_adapter.ts";
import sessionQueue from "../conformance/session_queue_adapter.ts";

/** One number for so many schedules: the same if and only if all of them told the same stories. */
async function hashOf(adapter: HostAdapter, schedules: number): Promise<number> {
  const lists = await listsFor(adapter, schedules);
  const hashes: number[] = [];
  let at = 0;
  const createWorld = () => {
    const number = at++;
    const operations = lists[number]!;
    const world = new HostWorld({ adapter, operations, judged: [], random: new Random(1) });
    const finish = world.finish.bind(world);
    world.finish = () => {
      finish();
      hashes[number] = traceHashOf(world.ledger);
    };
    return world;
  };
  await playRandomly(createWorld, { schedules, seed: 7 });
  if (hashes.length !== schedules || new Set(hashes).size < schedules / 4) {
    throw new Error(`Only ${new Set(hashes).size} different stories in ${hashes.length} schedules`);
  }
  return hashes.reduce((sum, hash) => Math.imul(sum, 31) + hash | 0, 0);
}

async function listsFor(adapter: HostAdapter, count: number): Promise<readonly Operation[][]> {
  const world = new HostWorld({ adapter, operations: [], judged: [], random: new Random(1) });
  await Promise.resolve();
  const operations = operationsFor(world.host!, adapter.features ?? []);
  return fc.sample(operationLists(operations), { numRuns: count, seed: 7 });
}

const schedules = Number(process.argv[2]);
const hashes = [await hashOf(sessionQueue, schedules), await hashOf(host, schedules)];
console.log(JSON.stringify({ schedules, hashes }));
