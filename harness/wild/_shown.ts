import type { Violation } from "../report/check_report.ts";
import type { Guarantee } from "../oracles/oracles.ts";
import type { Told } from "./_search.ts";

/** The story of which the report has a picture: a promise that needs nobody's cancel and no clock to break. */
export const SHOWN: {
  readonly id: string;
  readonly guarantee: Guarantee;
  readonly issue: string;
} = {
  id: "chat-queue",
  guarantee: "NO_STRANDED_PENDING",
  issue: "https://github.com/vercel/chat/issues/928",
};

/** The smallest story of it, among what was told of its row. @throws {Error} if there is none */
export function shownOf(told: readonly Told[]): Violation {
  const found = told.find(({ violation }) => violation.guarantee === SHOWN.guarantee);
  if (found === undefined) throw new Error(`${SHOWN.id} keeps ${SHOWN.guarantee}: show another`);
  return found.violation;
}
