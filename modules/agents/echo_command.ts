/** What a message asks of the echo agent. */
export type EchoCommand =
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "slow" | "alone"; readonly seconds: number; readonly text: string }
  | { readonly kind: "fail"; readonly text: string }
  | { readonly kind: "ignore-cancel"; readonly seconds: number }
  | { readonly kind: "gone" }
  | { readonly kind: "help" };

/** The longest that one turn of the echo agent is made to take, in seconds. */
export const SLOW_SECONDS_MAX = 120;

const IGNORE_SECONDS_DEFAULT = 10;

/** What `help` answers. */
export const ECHO_HELP = `I repeat what you say. A message that starts with one of these does more:
slow N - answer over N seconds (0 to ${SLOW_SECONDS_MAX})
alone N - the same, and take no other message meanwhile
fail TEXT - fail with that text
ignore cancel N - go on for N seconds, cancelled or not
gone - say that this session is gone
help - this list
While I answer, one more message can steer me: I answer it in the same reply. What is rolled back I forget.`;

const SLOW = /^(slow|alone)\s+(-?\d{1,9}(?:\.\d{1,9})?)(?:\s+|$)/i;
const FAIL = /^fail(?:\s+|$)/i;
const IGNORE = /^ignore\s+cancel(?:\s+(-?\d{1,9}(?:\.\d{1,9})?)(?:\s|$)|$)/i;

/**
 * Reads the word at the start of a message; in any case, with any white space before it. `gone` and
 * `help` stand alone, so that "help me" is still something to repeat. Never throws: what is no
 * command is said.
 */
export function parseEchoCommand(message: string): EchoCommand {
  const text = message.trim();
  const slow = SLOW.exec(text);
  if (slow) {
    const kind = slow[1]?.toLowerCase() === "alone" ? "alone" : "slow";
    return { kind, seconds: clamp(slow[2]), text: text.slice(slow[0].length) };
  }
  const fail = FAIL.exec(text);
  if (fail) return { kind: "fail", text: text.slice(fail[0].length) };
  const ignore = IGNORE.exec(text);
  if (ignore) return { kind: "ignore-cancel", seconds: clamp(ignore[1]) };
  const word = text.length > 4 ? "" : text.toLowerCase();
  if (word === "gone" || word === "help") return { kind: word };
  return { kind: "say", text };
}

function clamp(digits: string | undefined): number {
  const seconds = digits === undefined ? IGNORE_SECONDS_DEFAULT : Number(digits);
  return Math.min(SLOW_SECONDS_MAX, Math.max(0, seconds));
}
