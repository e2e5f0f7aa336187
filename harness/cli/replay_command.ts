import { judgedOn } from "../kit/check.ts";
import { parseOperations } from "../kit/operations.ts";
import { type Replayed, replayHost } from "../kit/replay.ts";
import type { Story } from "../kit/story.ts";
import type { HostPlayback } from "../kit/story.ts";
import { ledgerLinesOf, quoted, stepLinesOf } from "../kit/violation.ts";
import { GUARANTEES } from "../oracles/oracles.ts";
import type { CheckReport, Violation } from "../report/check_report.ts";
import { chronicleOf, type Line } from "../report/chronicle.ts";
import { drawLanes, LEGEND } from "../report/diagram.ts";
import { visible } from "../report/format.ts";
import { htmlReportOf } from "../report/html.ts";
import { jsonOf } from "../report/json.ts";
import { paintOf } from "../report/paint.ts";
import { storyOf } from "../report/story.ts";
import { svgOf } from "../report/timeline.ts";
import { DivergedError } from "../sim/schedule_error.ts";
import { parseTape } from "../sim/tape.ts";
import { explainStrays } from "./broken.ts";
import { adapterOf, guaranteesOf } from "./check_command.ts";
import { type CliIo, EXIT, UsageError } from "./io.ts";
import { loadAdapter } from "./load_adapter.ts";
import type { Given } from "./options.ts";
import { Output } from "./output.ts";

const WORK_MAX = 100;

/** `replay ADAPTER`: plays one schedule, and tells what came of it. */
export async function replayCommand(given: Given, io: CliIo): Promise<number> {
  const file = adapterOf(given);
  const story = readStory(given);
  const guarantees = guaranteesOf(given);
  const output = await Output.of(io, given, ["json", "html", "svg"]);
  const loaded = await loadAdapter(file, { cwd: io.cwd, exportName: given.text("export") });
  const adapter = guarantees === undefined ? loaded : judgedOn(loaded, guarantees);
  const flags = flagsOf(given);
  const replayed = await play(() =>
    replayHost(adapter, story, { file, flags, now: () => io.now() })
  );
  const { violations, ...rest } = replayed.report;
  const warnings = explainStrays(io.strays);
  const report = { ...rest, violations, warnings };
  output.say(
    violations.length === 0 ? cleanTextOf(replayed, output) : brokenTextOf(replayed, output),
  );
  for (const warning of warnings) output.say(`\n${warning}`);
  await output.write("json", () => jsonOf(report));
  await output.write("html", () => htmlReportOf(report));
  const [first] = violations;
  if (first !== undefined) await output.write("svg", () => svgOf(first));
  else if (output.has("svg")) io.stderr.write("Wrote no SVG: nothing is broken\n");
  if (violations.length > 0) return EXIT.broken;
  return io.strays.length > 0 ? EXIT.adapter : EXIT.clean;
}

/** What was asked for beside the story, for the command that shows it again. */
function flagsOf(given: Given): string {
  const exported = given.text("export");
  return [
    ...exported === undefined ? [] : [`--export ${quoted(exported)}`],
    ...(guaranteesOf(given) ?? []).map((guarantee) => `--guarantee ${guarantee}`),
  ].join(" ");
}

function readStory(given: Given): Story {
  const operations = given.text("operations");
  if (operations === undefined) {
    throw new UsageError(
      `Cannot replay: --operations is missing, as in --operations "send a; stop a"`,
    );
  }
  const workSteps = given.whole("work", { max: WORK_MAX });
  try {
    const story: Story = {
      operations: parseOperations(operations),
      tape: parseTape(given.text("tape") ?? ""),
      lane: {
        ...(given.has("racy") ? { racy: true } : {}),
        ...(workSteps === undefined ? {} : { workSteps }),
      },
    };
    if (story.operations.length > 0) return story;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  throw new UsageError(`Cannot replay: there is no operation in "${operations}"`);
}

async function play(replay: () => Promise<Replayed>): Promise<Replayed> {
  try {
    return await replay();
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    throw new UsageError(
      `${error.message}; the host may have changed, or --racy or --work is missing`,
    );
  }
}

function brokenTextOf({ report }: Replayed, output: Output): string {
  const [first, ...others] = report.violations;
  const lines = [storyOf(first!, output.style)];
  if (others.length > 0) lines.push("", "It also breaks:");
  for (const { guarantee, story } of others) lines.push(`  ${guarantee}: ${visible(story)}`);
  return lines.join("\n");
}

/** A schedule in which nothing is broken: what was judged, and what happened. */
function cleanTextOf({ report, playback }: Replayed, { style: { color, width } }: Output): string {
  const kept = report.verdicts.filter(({ verdict }) => verdict === "kept")
    .map(({ guarantee }) => guarantee);
  const lines = [`No guarantee is broken; judged were ${kept.join(", ") || "none"}`, ""];
  const chronicle = chronicleOf(storyless(playback, report));
  const plain = chronicle.lines.map((line): Line =>
    line.tone === "root" ? { ...line, tone: "plain" } : line
  );
  const picture = drawLanes({ ...chronicle, lines: plain }, { paint: paintOf(color), width });
  const legend = LEGEND.filter(({ sign }) => picture.signs.has(sign))
    .map(({ sign, words }) => `${sign} ${words}`);
  return [...lines, ...picture.lines, "", ...legend].join("\n");
}

/** A schedule as it is drawn, although it breaks nothing. */
function storyless(playback: HostPlayback, { file }: CheckReport): Violation {
  return {
    guarantee: GUARANTEES[0]!,
    promise: "",
    story: "",
    operations: [],
    tape: [],
    replay: file,
    schedule: stepLinesOf(playback),
    ledger: ledgerLinesOf(playback),
    root: -1,
    also: [],
    strategy: "replay",
    seed: 0,
    foundAfter: 1,
    unshrunk: { operations: 0, steps: 0 },
    shrinkMs: 0,
  };
}
