/** The environment variables that Slack's secrets come from. */
export type SlackVariable = "SLACK_BOT_TOKEN" | "SLACK_APP_TOKEN" | "SLACK_SIGNING_SECRET";

/**
 * Slack refuses a token, for good: it is wrong, was revoked, lacks a scope, or its app is gone. The
 * one failure that stops Slack; every other one is waited out.
 */
export class SlackAuthError extends Error {
  override readonly name = "SlackAuthError";
  readonly code = "slack_auth";
  /** The variable to look at. */
  readonly variable: SlackVariable;
  /** What Slack says, for instance `token_revoked`. */
  readonly slackError: string;

  constructor(variable: SlackVariable, slackError: string) {
    super(`Cannot use ${variable}: Slack says "${slackError}"`);
    this.variable = variable;
    this.slackError = slackError;
  }
}

/** Slack answered a call with an error that is not about the token. */
export class SlackCallError extends Error {
  override readonly name = "SlackCallError";
  readonly code = "slack_call";
  readonly method: string;
  /** What Slack says, for instance `channel_not_found`. */
  readonly slackError: string;

  constructor(method: string, slackError: string, options?: ErrorOptions) {
    super(`Cannot call ${method}: Slack says "${slackError}"`, options);
    this.method = method;
    this.slackError = slackError;
  }
}

/** Whether Slack refused a call; with one of these words, if there are any. */
export function isRefusal(error: unknown, ...words: string[]): error is SlackCallError {
  if (!(error instanceof SlackCallError)) return false;
  return words.length === 0 || words.includes(error.slackError);
}

/** Slack could not be reached, or not in time, as often as a call may be tried. */
export class SlackUnreachableError extends Error {
  override readonly name = "SlackUnreachableError";
  readonly code = "slack_unreachable";
  readonly method: string;
  /** Whether Slack may have done it all the same, and only the answer was lost. */
  readonly mayBeDone: boolean;

  constructor(
    method: string,
    why: string,
    options: ErrorOptions & { readonly mayBeDone: boolean },
  ) {
    super(`Cannot call ${method}: ${why}`, options);
    this.method = method;
    this.mayBeDone = options.mayBeDone;
  }
}

/** Whether it is not known what came of a call. Every other error says that it was not done. */
export function mayBeDone(error: unknown): boolean {
  return error instanceof SlackUnreachableError && error.mayBeDone;
}

/** As many calls wait as may (`BOUNDED_STATE`), or Slack asked to wait for longer than a call may. */
export class SlackBusyError extends Error {
  override readonly name = "SlackBusyError";
  readonly code = "slack_busy";
  readonly method: string;

  constructor(method: string, why: string) {
    super(`Cannot call ${method}: ${why}`);
    this.method = method;
  }
}

/** Slack was stopped, or had to stop: nothing is called any more. */
export class SlackStoppedError extends Error {
  override readonly name = "SlackStoppedError";
  readonly code = "slack_stopped";

  constructor(action: string, options?: ErrorOptions) {
    super(`Cannot ${action}: Slack is stopped`, options);
  }
}

/** An event was not taken over by `accept` in time: it is not acknowledged, and comes again. */
export class SlackAcceptTimeoutError extends Error {
  override readonly name = "SlackAcceptTimeoutError";
  readonly code = "slack_accept_timeout";

  constructor(acceptMs: number) {
    super(`Cannot acknowledge the event: it was not accepted within ${acceptMs} ms`);
  }
}

/**
 * A message in a thread without a mention was not handled: whether the bot takes part there could not be
 * looked up, because Slack did not answer. The next message in the thread asks again.
 */
export class SlackLookUpError extends Error {
  override readonly name = "SlackLookUpError";
  readonly code = "slack_look_up";
  readonly thread: string;

  constructor(thread: string, options?: ErrorOptions) {
    super(
      `Cannot tell whether thread ${thread} is the bot's, so a message in it is lost: Slack does not say`,
      options,
    );
    this.thread = thread;
  }
}
