import type { Violation } from "../check_report.ts";
import {
  accepted,
  acts,
  asked,
  CALLER,
  guard,
  outcome,
  runOf,
  type Taken,
  violationOf,
} from "./tale.ts";

/** What no name should be able to break out of. */
export const HOSTILE = `</script><script>alert("1")</script>'&\u001b[31m\u0000\n\u202e`;

/** Names that come from a host, in every place where there can be one. */
export const HOSTILE_NAMES: Violation = (() => {
  const root = asked(0, HOSTILE, HOSTILE);
  return violationOf({
    promise: HOSTILE,
    story: HOSTILE,
    operations: [HOSTILE],
    replay: `replay '${HOSTILE.replace(/[\p{Cc}]/gu, "")}'`,
    strategy: HOSTILE,
    steps: [
      [{ label: HOSTILE, actor: HOSTILE, session: HOSTILE }, root, accepted(HOSTILE, HOSTILE)],
      [
        { label: "run 1 ends", ...runOf(1, HOSTILE) },
        acts(1, "call", { session: HOSTILE, message: HOSTILE }),
        guard(HOSTILE, { session: HOSTILE, waiting: [HOSTILE] }),
        outcome(HOSTILE, HOSTILE, HOSTILE),
        { kind: "rest", held: { [HOSTILE]: 1 } },
      ],
    ],
    root,
  });
})();

/** Thirty steps of five actors, with names that are long. */
export const LONG: Violation = (() => {
  const steps: Taken[] = [];
  const long = "the-message-that-was-pasted-from-somewhere-and-has-no-blank-in-it-at-all";
  for (let run = 1; run <= 10; run++) {
    const message = run === 4 ? long : `m${run}`;
    steps.push([
      { label: `send a ${message}`, ...CALLER },
      asked(run - 1, message),
      accepted(message),
      { kind: "io", port: "store", session: "a", call: run, act: "begin" },
    ]);
    steps.push([
      { label: `store ${run}`, actor: "store", session: "a", hops: 2 },
      { kind: "io", port: "store", session: "a", call: run, act: "end" },
      acts((run + 1) >> 1, run % 2 === 1 ? "call" : "step", { message }),
      guard({}, { waiting: run % 2 === 1 ? [] : ["m2", message] }),
    ]);
    steps.push(
      run % 2 === 1
        ? [{ label: `timer ${run}`, actor: "clock", session: "" }, { kind: "timer", timer: run }]
        : [
          { label: `run ${run >> 1} ends`, ...runOf(run >> 1) },
          acts(run >> 1, "end", { message }),
          outcome(message),
        ],
    );
  }
  return violationOf({
    story:
      `one of the ten messages went wrong, namely ${long}, and to say so takes more than one line on a terminal of eighty columns`,
    ms: steps.map((_, at) => at * 250),
    steps,
    root: steps[16]![2]!,
  });
})();
