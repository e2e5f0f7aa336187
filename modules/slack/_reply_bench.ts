import { FakeClock, quiet } from "@lanekeeper/test/fake_clock";
import { FakeWeb } from "./_test_support.ts";
import { SlackCalls } from "./calls.ts";
import { OwnMessages } from "./own_messages.ts";
import { Pace } from "./pace.ts";
import type { StreamSupport } from "./part_writer.ts";
import { ReplyWriter } from "./reply_writer.ts";

/** Between two looks of the reader. */
export const STREAM_MS = 1_000;

/** What a call rejects with whose answer was lost. */
export const LOST = { code: "slack_webapi_request_error", message: "socket hang up" };

/** One reply before a Slack without a network. */
export interface ReplyBench {
  readonly web: FakeWeb;
  readonly clock: FakeClock;
  readonly support: StreamSupport;
  readonly trouble: unknown[];
  readonly writer: ReplyWriter;
  /** Another reply over the same calls. */
  newWriter(): ReplyWriter;
  /** Lets what is due be shown. */
  pass(ms?: number): Promise<void>;
  /** The methods that were called, without `chat.`. */
  methods(): string[];
  /** The texts that were sent. */
  texts(): unknown[];
}

export function replyBench(
  mode: StreamSupport["mode"] = "stream",
  { partMax = 11_500, isPlain = false } = {},
): ReplyBench {
  const web = new FakeWeb();
  const clock = new FakeClock();
  const support: StreamSupport = { mode };
  const trouble: unknown[] = [];
  const calls = new SlackCalls({
    ...{ web, clock, random: () => 0.5, variable: "SLACK_BOT_TOKEN", onAuthError: () => {} },
    ...{ waitingMax: 10, runningMax: 2, tryMs: 15_000, callMs: 120_000 },
  });
  const paces = { edits: new Pace({ clock, gapMs: 0 }), stream: new Pace({ clock, gapMs: 0 }) };
  const own = new OwnMessages();
  const replyTs = isPlain ? undefined : "1.1";
  const newWriter = () =>
    new ReplyWriter({
      ...{ calls, own, clock, support, partMax, streamMs: STREAM_MS, paces },
      identity: () => ({ userId: "UBOT", botId: "BBOT", team: "T1", enterprise: undefined }),
      target: { channel: "C1", ts: "1.2", replyTs, user: "U1", userTeam: "T1" },
      onTrouble: (error) => trouble.push(error),
    });
  return {
    ...{ web, clock, support, trouble, newWriter, writer: newWriter() },
    pass: async (ms = STREAM_MS) => {
      clock.advance(ms);
      for (let round = 0; round < 3; round++) await quiet();
    },
    methods: () => web.calls.map(({ method }) => method.replace("chat.", "")),
    texts: () => web.calls.map(({ args }) => args["markdown_text"]),
  };
}
