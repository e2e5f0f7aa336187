import { App, type Receiver } from "@slack/bolt";
import { quoting, type WildRow, wildRow } from "./wild_row.ts";

const readme = quoting("https://github.com/slackapi/bolt-js#readme", "@slack/bolt/README.md");
const retries = quoting("https://github.com/slackapi/bolt-js/issues/2556");

/** A plain handler for messages, as the guide begins: nothing keeps two of one thread apart. */
export const row: WildRow = wildRow({
  id: "slack-bolt",
  packages: ["@slack/bolt"],
  use:
    "`app.message()` with a plain handler; events come by `app.processEvent()`, with a receiver of our own",
  promised: {
    ACK_BEFORE_DEADLINE: readme("they are automatically acknowledged by your app"),
  },
  notPromised: {
    SINGLE_TURN: { why: "its handlers run as the events come: nothing is said of one at a time" },
    FIFO: { why: "not spoken of" },
    EXACTLY_ONE_OUTCOME: { why: "an event has no answer" },
    FUTURE_SETTLES: { why: "not spoken of" },
    DEDUPE_SOUND: {
      why: "it hands on what Slack delivers again",
      ...retries("the Slack API will retry the event"),
    },
    FAILURE_RETRYABLE: { why: "not spoken of" },
    NO_STRANDED_PENDING: { why: "nothing waits" },
    NO_CROSS_SESSION_HOL: { why: "not spoken of" },
  },
  remedy: "put the event in a queue of its thread, and remember its id",
  adapter: {
    level: 0,
    features: ["events"],
    create(env) {
      const app = new App({
        receiver: RECEIVER,
        authorize: () => Promise.resolve({ botToken: "xoxb-1", botId: "B1", botUserId: "U1" }),
        logger: SILENT,
      });
      app.error(() => Promise.resolve());
      const waiting = new Map<string, PromiseWithResolvers<string>>();
      app.message(async ({ message }) => {
        const text = "text" in message ? message.text ?? "" : "";
        await env.agent(message.channel, text).then(
          waiting.get(text)?.resolve,
          (error) => {
            waiting.get(text)?.reject(error);
            throw error;
          },
        );
      });
      return {
        send(session, message, { event = message }) {
          const outcome = Promise.withResolvers<string>();
          waiting.set(message, outcome);
          const ack = () => Promise.resolve(env.ack(event));
          app.processEvent({ body: bodyOf(session, message, event), ack })
            .catch(outcome.reject);
          return outcome.promise;
        },
      };
    },
  },
});

export default row.adapter;

const RECEIVER: Receiver = {
  init() {},
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
};

const SILENT = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => "error" as never,
  setName() {},
};

function bodyOf(channel: string, text: string, event: string) {
  return {
    type: "event_callback",
    team_id: "T1",
    event_id: event,
    event: { type: "message", channel, channel_type: "channel", user: "U2", text, ts: "1.0" },
  };
}
