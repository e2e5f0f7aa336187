import type { CheckReport, StepLine, Violation } from "./check_report.ts";
import { Owners } from "./owners.ts";
import { type Plain, plainOf, plainRecord } from "./plain.ts";

/**
 * A report as JSON with two blanks of indentation: the same report gives the same text on every runtime.
 *
 * `violations` is a list whose items have `guarantee`, `story`, `operations`, `tape` and `replay`, and then
 * the schedule and the ledger. What JSON has no word for becomes text; a guard that is an object gets a
 * letter, so that it can be seen which are the same.
 */
export function jsonOf(report: CheckReport): string {
  const { adapter, file, level, claim, seed, schedules, steps, ms } = report;
  const plain = {
    ...plainFields({ adapter, file, level, claim, seed, schedules, steps, ms }),
    violations: report.violations.map(plainViolation),
    verdicts: report.verdicts.map(({ guarantee, verdict, ...rest }) =>
      plainFields({ guarantee, verdict, ...rest })
    ),
    strategies: report.strategies.map(({ name, bounds, schedules, ms, complete }) =>
      plainFields({ name, bounds, schedules, ms, complete })
    ),
    // By name: in which order situations came up says nothing.
    situations: plainOf(report.situations),
    escapes: plainOf(report.escapes),
    warnings: plainOf(report.warnings),
  };
  return `${JSON.stringify(plain, undefined, 2)}\n`;
}

function plainViolation(violation: Violation): Plain {
  const { guarantee, promise, story, operations, tape, replay, root, also } = violation;
  const { strategy, seed, foundAfter, unshrunk, shrinkMs } = violation;
  const owners = new Owners();
  return {
    ...plainFields({ guarantee, promise, story, operations, tape, replay, root, also }),
    ...plainFields({ strategy, seed, foundAfter, unshrunk, shrinkMs }),
    schedule: violation.schedule.map(plainStep),
    ledger: violation.ledger.map(({ step, ms, record }) => ({
      ...plainFields({ step, ms }),
      record: plainRecord(record, owners),
    })),
  };
}

function plainStep({ step, label, actor, session, hops, isDeviation }: StepLine): Plain {
  return plainFields({
    step,
    label,
    actor,
    session,
    ...(hops === undefined ? {} : { hops }),
    isDeviation,
  });
}

/** The fields in the order in which they are given. */
function plainFields(fields: Readonly<Record<string, unknown>>): { readonly [key: string]: Plain } {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, plainOf(value)] as const),
  );
}
