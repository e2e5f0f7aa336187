import assert from "node:assert/strict";
import { test } from "node:test";
import { helpText, readCommand, UsageError } from "./config.ts";
import type { SlackConfig } from "./slack_config.ts";

const BOT = "xoxb-0123456789";
const APP = "xapp-0123456789";
const SECRET = "0123456789abcdef0123456789abcdef";

type Env = Record<string, string>;

function read(args: readonly string[], env: Env): SlackConfig | undefined {
  const command = readCommand(args, env);
  assert.ok(command.name === "serve");
  return command.config.slack;
}

/** The one line of the UsageError. */
function refusal(args: readonly string[], env: Env): string {
  try {
    readCommand(args, env);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    assert.ok(!/[\r\n]/.test(error.message), error.message);
    return error.message;
  }
  return assert.fail(`${args} and ${JSON.stringify(env)} are taken`);
}

test("without --slack there is no Slack, whatever the tokens look like", () => {
  assert.equal(read([], { SLACK_BOT_TOKEN: "odd" }), undefined);
  assert.equal(read([], { LANEKEEPER_SLACK: "0" }), undefined);
  assert.equal(read([], { LANEKEEPER_SLACK: "" }), undefined);
});

test("--slack, or its variable, takes the tokens from the environment", () => {
  const env = { SLACK_BOT_TOKEN: BOT, SLACK_APP_TOKEN: ` ${APP}\n`, SLACK_SIGNING_SECRET: SECRET };
  const config = {
    botToken: BOT,
    appToken: APP,
    signingSecret: SECRET,
    apiUrl: undefined,
    policy: "enqueue",
    allow: undefined,
  };
  assert.deepEqual(read(["--slack"], env), config);
  assert.deepEqual(read([], { ...env, LANEKEEPER_SLACK: "1" }), config);
});

test("either an app token or a signing secret is enough", () => {
  const socket = read(["--slack"], { SLACK_BOT_TOKEN: BOT, SLACK_APP_TOKEN: APP });
  assert.deepEqual([socket?.appToken, socket?.signingSecret], [APP, undefined]);
  const http = read(["--slack"], { SLACK_BOT_TOKEN: BOT, SLACK_SIGNING_SECRET: SECRET });
  assert.deepEqual([http?.appToken, http?.signingSecret], [undefined, SECRET]);
});

test("a token that is missing is named in one line", () => {
  assert.match(refusal(["--slack"], {}), /^Cannot start Slack: SLACK_BOT_TOKEN is missing/);
  assert.match(refusal(["--slack"], { SLACK_APP_TOKEN: APP }), /SLACK_BOT_TOKEN is missing/);
  assert.match(refusal(["--slack"], { SLACK_BOT_TOKEN: BOT }), /SLACK_APP_TOKEN is missing/);
});

test("a token that is malformed is named in one line, which does not show it", () => {
  const env = { SLACK_BOT_TOKEN: BOT, SLACK_APP_TOKEN: APP, SLACK_SIGNING_SECRET: SECRET };
  for (
    const [name, value] of [
      ["SLACK_BOT_TOKEN", APP],
      ["SLACK_BOT_TOKEN", "xoxp-0123456789"],
      ["SLACK_BOT_TOKEN", "xoxb-1"],
      ["SLACK_BOT_TOKEN", "xoxb-01234 56789"],
      ["SLACK_APP_TOKEN", BOT],
      ["SLACK_SIGNING_SECRET", "short"],
    ] as const
  ) {
    const line = refusal(["--slack"], { ...env, [name]: value });
    assert.match(line, new RegExp(`^Cannot use ${name}: it must`));
    assert.ok(!line.includes(value), line);
  }
});

test("--slack-policy and --slack-api-url come from the command line, else from the environment", () => {
  const env = {
    SLACK_BOT_TOKEN: BOT,
    SLACK_APP_TOKEN: APP,
    LANEKEEPER_SLACK_POLICY: "collect",
    LANEKEEPER_SLACK_API_URL: "http://127.0.0.1:1/api/",
  };
  const fromEnv = read(["--slack"], env);
  assert.deepEqual([fromEnv?.policy, fromEnv?.apiUrl], ["collect", "http://127.0.0.1:1/api/"]);
  const args = ["--slack", "--slack-policy", "interrupt", "--slack-api-url", "https://s.test/api/"];
  assert.deepEqual([read(args, env)?.policy, read(args, env)?.apiUrl], [
    "interrupt",
    "https://s.test/api/",
  ]);
  for (
    const wrong of [
      ["--slack-policy", "later"],
      ["--slack-api-url", "slack.com"],
      ["--slack-api-url", ""],
      ["--slack=yes"],
    ]
  ) {
    assert.ok(refusal(["--slack", ...wrong], env).length > 0, wrong.join(" "));
  }
  assert.match(refusal([], { ...env, LANEKEEPER_SLACK: "yes" }), /must be one of 1, 0/);
});

test("--slack-allow takes ids of people and channels, and is never an empty list by mistake", () => {
  const env = { SLACK_BOT_TOKEN: BOT, SLACK_APP_TOKEN: APP };
  const ids = ["U012AB3CD", "W012AB3CD", "C012AB3CD", "G012AB3CD", "D012AB3CD"];
  assert.deepEqual(read(["--slack", "--slack-allow", ids.join(" , ")], env)?.allow, ids);
  const fromEnv = { ...env, LANEKEEPER_SLACK_ALLOW: "U012AB3CD," };
  assert.deepEqual(read(["--slack"], fromEnv)?.allow, ["U012AB3CD"]);
  assert.deepEqual(read(["--slack", "--slack-allow", "C012AB3CD"], fromEnv)?.allow, ["C012AB3CD"]);
  assert.equal(read(["--slack"], { ...env, LANEKEEPER_SLACK_ALLOW: "" })?.allow, undefined);
  for (const wrong of ["", " ", ",", "ann", "@ann", "#general", "u012ab3cd", "U1", "T012AB3CD"]) {
    const line = refusal(["--slack", "--slack-allow", `${wrong},`.replace(/^,$/, "")], env);
    assert.match(line, /^Cannot use --slack-allow ".*": it must be ids such as U012AB3CD/);
  }
  assert.match(refusal(["--slack", "--slack-allow", "U012AB3CD,bob"], env), /--slack-allow "bob":/);
});

test("--help names every option and variable of Slack", () => {
  for (
    const name of [
      "--slack ",
      "--slack-policy",
      "--slack-allow LIST",
      "LANEKEEPER_SLACK_ALLOW",
      "--slack-api-url",
      "SLACK_BOT_TOKEN",
      "SLACK_APP_TOKEN",
      "SLACK_SIGNING_SECRET",
      "LANEKEEPER_SLACK ",
      "LANEKEEPER_SLACK_POLICY",
      "LANEKEEPER_SLACK_API_URL",
    ]
  ) assert.ok(helpText().includes(name), name);
});
