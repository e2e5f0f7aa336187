/** What the Web API says when it does not do what it was asked for. */
export class SlackError extends Error {
  override readonly name = "SlackError";
  readonly error: string;
  /** As in `response_metadata.messages`: `[ERROR] missing required field: channel`. */
  readonly messages: readonly string[];

  constructor(error: string, messages: readonly string[] = []) {
    super(`Slack says ${error}`);
    this.error = error;
    this.messages = messages;
  }
}
