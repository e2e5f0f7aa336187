/** What a test does. */
export type TestBody = () => Promise<void> | void;

/** The tests that were registered, by name. */
export const listed: Map<string, TestBody> = new Map();

/** Takes the place of `test` of `node:test`: keeps the test, and leaves it to somebody else to run it. */
export function test(name: string, ...rest: [TestBody] | [options: object, TestBody]): void {
  listed.set(name, rest.at(-1) as TestBody);
}
