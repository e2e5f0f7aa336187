import { Random } from "../sim/random.ts";
import { quiet } from "../sim/quiet.ts";
import { checkAdapter, type HostAdapter, type HostUnderTest } from "./adapter.ts";
import { AdapterError, UnusableAdapterError } from "./adapter_error.ts";
import { HostWorld } from "./host_world.ts";

/** A host that takes more calls of its ports than this until it is there never is. */
const STEPS_MAX = 100;

/**
 * The methods that the hosts of an adapter have, found by making one.
 *
 * @throws {TypeError} if it is no adapter, or its host is no host
 * @throws {AdapterError} if `create()` or `dispose()` throws
 */
export async function probeHost(adapter: HostAdapter): Promise<HostUnderTest> {
  checkAdapter(adapter);
  const world = new HostWorld({ adapter, operations: [], judged: [], random: new Random(1) });
  try {
    // A host may wait for its own ports while it is made: whatever it waits for comes.
    for (let steps = 0; world.host === undefined && steps < STEPS_MAX; steps++) {
      await quiet();
      if (world.failure !== undefined) throw new AdapterError(world.failure);
      world.enabled()[0]?.run();
    }
    const { host } = world;
    const wrong = problemOf(adapter, host);
    if (wrong !== undefined) {
      throw new UnusableAdapterError(`Cannot use adapter "${adapter.name}": ${wrong}`);
    }
    try {
      await host!.dispose?.();
    } catch (error) {
      throw new AdapterError(error);
    }
    return host!;
  } finally {
    world.release();
  }
}

function problemOf(
  { level = 0 }: HostAdapter,
  host: HostUnderTest | undefined,
): string | undefined {
  if (host === undefined) return "create() gives no host: it returns nothing, or never settles";
  if (typeof host.send !== "function") return "its host needs a method send(session, message)";
  if (level > 0 && host.snapshot === undefined) {
    return `level ${level} needs a method snapshot(); without it the level is 0`;
  }
  return undefined;
}
