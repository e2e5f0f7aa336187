import type { BusyPolicy } from "@lanekeeper/session-queue";
import { UsageError } from "./usage_error.ts";

/** What Slack is started with. */
export interface SlackConfig {
  readonly botToken: string;
  /** For Socket Mode. */
  readonly appToken: string | undefined;
  /** For events over HTTP. */
  readonly signingSecret: string | undefined;
  readonly apiUrl: string | undefined;
  /** What becomes of a message that finds its thread busy. */
  readonly policy: BusyPolicy;
  /** Ids of the people and channels that are answered; `undefined`: whoever is not from outside. */
  readonly allow: readonly string[] | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;
type Values = Readonly<Record<string, unknown>>;

/** Of a person, a channel, a private one or a direct conversation, as Slack has them. */
const ALLOWED_ID = /^[UWCGD][A-Z0-9]{6,31}$/;

const POLICIES: readonly BusyPolicy[] = [
  "enqueue",
  "interrupt",
  "collect",
  "steer",
  "rollback",
  "reject",
];

/** For `parseArgs`. */
export const SLACK_FLAGS = {
  "slack": { type: "boolean" },
  "slack-allow": { type: "string" },
  "slack-api-url": { type: "string" },
  "slack-policy": { type: "string" },
} as const;

/** For `--help`. */
export const SLACK_HELP =
  `  --slack                 Answers in Slack, too. It needs SLACK_BOT_TOKEN (xoxb-…), and with it
                          SLACK_APP_TOKEN (xapp-…) for Socket Mode, or SLACK_SIGNING_SECRET for
                          events over HTTP at /slack/events, or both.
                          Environment: LANEKEEPER_SLACK (1)
  --slack-allow LIST      Who is answered: ids of people (U…) and of channels (C…, G…, D…), with commas
                          between. Default: all people of the workspace, guests too, and nobody
                          from outside.
                          Environment: LANEKEEPER_SLACK_ALLOW
  --slack-policy POLICY   What becomes of a Slack message whose thread is busy:
                          ${POLICIES.join(", ")}.
                          Default: enqueue.
                          Environment: LANEKEEPER_SLACK_POLICY
  --slack-api-url URL     Where Slack's Web API is. Default: Slack's own.
                          Environment: LANEKEEPER_SLACK_API_URL
`;

/**
 * Reads what `--slack` needs.
 *
 * @returns `undefined` without `--slack`.
 * @throws {UsageError} with one line that names the variable, and never shows its value.
 */
export function readSlackConfig(values: Values, env: Env): SlackConfig | undefined {
  if (values["slack"] !== true && !isOn(env["LANEKEEPER_SLACK"])) return undefined;
  const botToken = token(env, "SLACK_BOT_TOKEN", "xoxb-");
  const appToken = token(env, "SLACK_APP_TOKEN", "xapp-");
  const signingSecret = env["SLACK_SIGNING_SECRET"]?.trim() || undefined;
  if (botToken === undefined) {
    throw new UsageError("Cannot start Slack: SLACK_BOT_TOKEN is missing (it begins with xoxb-)");
  }
  if (appToken === undefined && signingSecret === undefined) {
    throw new UsageError(
      "Cannot start Slack: SLACK_APP_TOKEN is missing (it begins with xapp-); " +
        "for events over HTTP set SLACK_SIGNING_SECRET instead",
    );
  }
  if (signingSecret !== undefined && !/^[\x21-\x7e]{16,}$/.test(signingSecret)) {
    throw new UsageError(
      "Cannot use SLACK_SIGNING_SECRET: it must have 16 characters or more and no spaces",
    );
  }
  return {
    botToken,
    appToken,
    signingSecret,
    apiUrl: apiUrl(values, env),
    policy: policy(values, env),
    allow: allow(values, env),
  };
}

function isOn(value: string | undefined): boolean {
  if (value === undefined || value === "" || value === "0" || value === "false") return false;
  if (value === "1" || value === "true") return true;
  throw new UsageError(
    `Cannot use LANEKEEPER_SLACK=${JSON.stringify(value)}: it must be one of 1, 0, true, false`,
  );
}

function token(env: Env, name: string, prefix: string): string | undefined {
  const value = env[name]?.trim();
  if (value === undefined || value === "") return undefined;
  // Without its value: a secret has no place in a message.
  if (value.startsWith(prefix) && /^[\x21-\x7e]{12,}$/.test(value)) return value;
  throw new UsageError(`Cannot use ${name}: it must be a whole token that begins with ${prefix}`);
}

function apiUrl(values: Values, env: Env): string | undefined {
  const text = values["slack-api-url"] ?? (env["LANEKEEPER_SLACK_API_URL"] || undefined);
  if (text === undefined) return undefined;
  if (typeof text === "string" && /^https?:\/\/\S+$/.test(text) && URL.canParse(text)) return text;
  throw new UsageError(
    `Cannot use --slack-api-url ${
      JSON.stringify(text)
    }: it must be an address such as https://slack.com/api/`,
  );
}

function policy(values: Values, env: Env): BusyPolicy {
  const text = values["slack-policy"] ?? (env["LANEKEEPER_SLACK_POLICY"] || "enqueue");
  const found = POLICIES.find((one) => one === text);
  if (found !== undefined) return found;
  throw new UsageError(
    `Cannot use --slack-policy ${JSON.stringify(text)}: it must be one of ${POLICIES.join(", ")}`,
  );
}

function allow(values: Values, env: Env): string[] | undefined {
  const text = values["slack-allow"] ?? (env["LANEKEEPER_SLACK_ALLOW"] || undefined);
  if (text === undefined) return undefined;
  const ids = String(text).split(",").map((id) => id.trim()).filter(Boolean);
  const wrong = ids.find((id) => !ALLOWED_ID.test(id));
  if (wrong === undefined && ids.length > 0) return ids;
  throw new UsageError(
    `Cannot use --slack-allow ${
      JSON.stringify(wrong ?? text)
    }: it must be ids such as U012AB3CD of a ` +
      "person or C012AB3CD of a channel, with commas between",
  );
}
