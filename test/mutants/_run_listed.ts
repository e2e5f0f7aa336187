import { performance } from "node:perf_hooks";
import process from "node:process";
import type { TestBody } from "./_listed_tests.ts";

/** How often it is looked whether a test still does anything, in ms. */
const LOOK_MS = 100;
/** A test during which the process has nothing to do for so many looks in a row never ends. */
const IDLE_LOOKS_MAX = 15;
/** A process that was busy for a smaller part of the time than this had nothing to do. */
const BUSY_MIN = 0.05;

/**
 * Runs one of the tests, and tells how it failed; `undefined` if it passed. What nobody catches counts,
 * as does a promise that never settles.
 *
 * @throws {Error} if there is no such test
 */
export async function runListed(
  tests: ReadonlyMap<string, TestBody>,
  named: string,
): Promise<unknown> {
  const body = tests.get(named);
  if (body === undefined) throw new Error(`There is no test "${named}"`);
  let uncaught: unknown;
  const onUncaught = (error: unknown) => uncaught ??= error ?? new Error("Nothing was thrown");
  process.on("uncaughtException", onUncaught);
  process.on("unhandledRejection", onUncaught);
  const watch = new IdleWatch();
  try {
    await Promise.race([(async () => await body())(), watch.idle]);
    // What was rejected in the last step of the test is told of in the turn after it.
    await new Promise((resolve) => setImmediate(resolve));
    return uncaught;
  } catch (error) {
    return error ?? new Error("Nothing was thrown");
  } finally {
    watch.end();
    process.off("uncaughtException", onUncaught);
    process.off("unhandledRejection", onUncaught);
  }
}

/** Rejects once the process has had nothing to do for a while. */
class IdleWatch {
  readonly idle: Promise<never>;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor() {
    const { promise, reject } = Promise.withResolvers<never>();
    let looked = performance.eventLoopUtilization();
    let idleLooks = 0;
    this.idle = promise;
    this.#timer = setInterval(() => {
      const { utilization } = performance.eventLoopUtilization(looked);
      looked = performance.eventLoopUtilization();
      // What waits for a process of its own waits for something.
      const hasChild = process.getActiveResourcesInfo().includes("ProcessWrap");
      idleLooks = utilization < BUSY_MIN && !hasChild ? idleLooks + 1 : 0;
      if (idleLooks >= IDLE_LOOKS_MAX) reject(new Error("The test waits for what never comes"));
    }, LOOK_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
