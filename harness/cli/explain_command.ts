import { htmlReportOf } from "../report/html.ts";
import { storyOf } from "../report/story.ts";
import { svgOf } from "../report/timeline.ts";
import { sayReport, writeFiles } from "./check_command.ts";
import { type CliIo, EXIT, UsageError } from "./io.ts";
import type { Given } from "./options.ts";
import { Output } from "./output.ts";
import { readReports } from "./read_report.ts";

/** `explain REPORT.json`: draws a saved report again. Runs nothing. */
export async function explainCommand(given: Given, io: CliIo): Promise<number> {
  const [file, other] = given.positionals;
  if (file === undefined) {
    throw new UsageError("Cannot explain nothing: give a report that was saved with --json");
  }
  if (other !== undefined) {
    throw new UsageError(`Cannot use argument "${other}": one report is explained at a time`);
  }
  const reports = await readReports(file, io.cwd);
  const all = reports.flatMap((report) =>
    report.violations.map((violation) => ({ report, violation }))
  );
  const number = numberOf(given, all.length);
  const output = await Output.of(io, given, ["html", "svg"]);
  const chosen = number === undefined ? undefined : all[number - 1];
  if (chosen === undefined) {
    for (const report of reports) {
      sayReport(report, output);
      await writeFiles(report, output);
    }
  } else {
    const { report, violation } = chosen;
    output.say(storyOf(violation, output.style));
    await output.write("html", () => htmlReportOf({ ...report, violations: [violation] }));
  }
  const drawn = (chosen ?? all[0])?.violation;
  if (drawn !== undefined) await output.write("svg", () => svgOf(drawn));
  else if (output.has("svg")) io.stderr.write("Wrote no SVG: nothing is broken\n");
  return EXIT.clean;
}

function numberOf(given: Given, length: number): number | undefined {
  if (given.has("violation") && length === 0) {
    throw new UsageError("Cannot explain --violation: the report has none");
  }
  return given.whole("violation", { min: 1, max: length });
}
