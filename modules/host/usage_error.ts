/** A wrong option: one line that says what to do. The command ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
