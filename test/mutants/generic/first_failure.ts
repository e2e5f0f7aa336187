import process from "node:process";
import type { TestEvent } from "node:test/reporters";

/**
 * A reporter for Node's test runner that ends the process at the first failure, with exit code 1. Its
 * last line tells in JSON the test that failed, or how many passed.
 */
export default async function* firstFailure(
  events: AsyncIterable<TestEvent>,
): AsyncGenerator<string> {
  let passed = 0;
  for await (const { type, data } of events) {
    if (type === "test:pass" && data.skip === undefined) passed++;
    if (type !== "test:fail") continue;
    const { name, file } = data;
    process.stdout.write(`\n${JSON.stringify({ failed: name, file })}\n`, () => process.exit(1));
    return;
  }
  yield `\n${JSON.stringify({ passed })}\n`;
}
