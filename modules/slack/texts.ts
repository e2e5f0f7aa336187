/** What the bot says by itself, as Markdown. */
export interface SlackTexts {
  readonly help: string;
  /** While a turn runs, behind the bot's name. */
  readonly status: string;
  /** Behind what was said of a reply that was stopped. */
  readonly stopped: string;
  /** Behind what was said of a reply whose turn failed. */
  readonly brokenOff: string;
  /** The agent answered with nothing. */
  readonly empty: string;
  readonly failed: string;
  /** The agent no longer has the session. */
  readonly gone: string;
  readonly busy: string;
  readonly full: string;
  readonly draining: string;
  readonly invalid: string;
  readonly expired: string;
  readonly abandoned: string;
  readonly superseded: string;
  readonly started: string;
  readonly nothingToStop: string;
  stoppedAll(discarded: number): string;
  stopUnderWay(discarded: number): string;
  describe(state: { readonly isRunning: boolean; readonly waiting: number }): string;
}

/** In English. */
export const TEXTS: SlackTexts = {
  help:
    "Write to me and I get to work; in a thread I remember what was said. Alone in a message, " +
    "`stop` stops what I do, `new` begins a new conversation and `status` tells what I do. " +
    "`queue:`, `interrupt:` or `steer:` before a message says what becomes of it while I work.",
  status: "is working on it…",
  stopped: "_Stopped._",
  brokenOff: "_Broken off._",
  empty: "_I have nothing to say to that._",
  failed: "Sorry, that did not work: something went wrong while I worked on it. It is in my log. " +
    "Please try again.",
  gone: "Sorry, I no longer have this conversation. Your next message begins a new one.",
  busy:
    "I am still working on something here. Wait for it, or begin with `queue:` or `interrupt:`.",
  full: "There is too much waiting already. Please send that again later.",
  draining: "I am about to be restarted, so I did not begin with that. Please send it again in a " +
    "minute.",
  invalid: "Sorry, I can not take this message.",
  expired: "That waited for too long, so I did not begin with it. Please send it again.",
  abandoned: "I was told to stop and could not: what I was at may still go on.",
  superseded: "A newer message took the place of that one.",
  started: "A new conversation begins here.",
  nothingToStop: "There is nothing to stop.",
  stoppedAll: (discarded) => `Stopped.${waitingGone(discarded)}`,
  stopUnderWay: (discarded) =>
    `I was told to stop, but that takes a while.${waitingGone(discarded)}`,
  describe: ({ isRunning, waiting }) =>
    isRunning
      ? `I am working. ${waiting === 0 ? "Nothing" : messages(waiting)} waits.`
      : "I am not working on anything here.",
};

function waitingGone(discarded: number): string {
  return discarded === 0 ? "" : ` Taken back, too: ${messages(discarded)} that waited.`;
}

function messages(count: number): string {
  return count === 1 ? "1 message" : `${count} messages`;
}
