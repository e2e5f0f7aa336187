import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseAgent } from "./agent_config.ts";
import { type Config, helpText, readCommand, UsageError } from "./config.ts";

const TOKEN = "an-unguessable-token";

const DEFAULTS: Config = {
  port: 8420,
  host: "127.0.0.1",
  token: undefined,
  allowedHosts: [],
  data: ".lanekeeper",
  agent: "echo",
  permissions: "deny",
  processesMax: 16,
  openaiUrl: undefined,
  openaiKey: undefined,
  systemPrompt: undefined,
  turnMs: 1_800_000,
  idleMs: 120_000,
  replyChars: 200_000,
  workDir: undefined,
  shutdownMs: 30_000,
  abandonMs: 5_000,
  logLevel: "info",
  slack: undefined,
};

function read(args: readonly string[], env: Record<string, string> = {}): Config {
  const command = readCommand(args, env);
  assert.ok(command.name === "serve");
  return command.config;
}

/** The one line of the UsageError. */
function refusal(args: readonly string[], env: Record<string, string> = {}): string {
  try {
    readCommand(args, env);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    assert.ok(!/[\r\n]/.test(error.message), error.message);
    assert.ok(!error.message.endsWith("."), error.message);
    return error.message;
  }
  return assert.fail(`${args} and ${JSON.stringify(env)} are taken`);
}

/** Every option: a value of the command line, another one of the environment, what each becomes. */
const OPTIONS: readonly {
  key: keyof Config;
  flag: string;
  env: string;
  values: readonly [string, string];
  become: readonly [unknown, unknown];
}[] = [
  {
    key: "port",
    flag: "--port",
    env: "LANEKEEPER_PORT",
    values: ["0", "65535"],
    become: [0, 65_535],
  },
  {
    key: "host",
    flag: "--host",
    env: "LANEKEEPER_HOST",
    values: ["localhost", "::1"],
    become: ["localhost", "::1"],
  },
  {
    key: "token",
    flag: "--token",
    env: "LANEKEEPER_TOKEN",
    values: [TOKEN, "another-token-that-is-long"],
    become: [TOKEN, "another-token-that-is-long"],
  },
  {
    key: "allowedHosts",
    flag: "--allowed-hosts",
    env: "LANEKEEPER_ALLOWED_HOSTS",
    values: ["Chat.Example, b.example,,", "c.example"],
    become: [["chat.example", "b.example"], ["c.example"]],
  },
  {
    key: "data",
    flag: "--data",
    env: "LANEKEEPER_DATA",
    values: ["/srv/data", "./here"],
    become: ["/srv/data", "./here"],
  },
  {
    key: "workDir",
    flag: "--work-dir",
    env: "LANEKEEPER_WORK_DIR",
    values: ["/srv/work", "./there"],
    become: ["/srv/work", "./there"],
  },
  {
    key: "agent",
    flag: "--agent",
    env: "LANEKEEPER_AGENT",
    values: ["acp:'my agent' --acp", "acp:agent"],
    become: ["acp:'my agent' --acp", "acp:agent"],
  },
  {
    key: "permissions",
    flag: "--permissions",
    env: "LANEKEEPER_PERMISSIONS",
    values: ["reads", "all"],
    become: ["reads", "all"],
  },
  {
    key: "processesMax",
    flag: "--processes-max",
    env: "LANEKEEPER_PROCESSES_MAX",
    values: ["1", "10000"],
    become: [1, 10_000],
  },
  {
    key: "openaiUrl",
    flag: "--openai-url",
    env: "OPENAI_BASE_URL",
    values: ["http://127.0.0.1:11434/v1", "http://b.example/v1"],
    become: ["http://127.0.0.1:11434/v1", "http://b.example/v1"],
  },
  {
    key: "openaiKey",
    flag: "--openai-key",
    env: "OPENAI_API_KEY",
    values: ["sk-1", "sk-2"],
    become: ["sk-1", "sk-2"],
  },
  {
    key: "systemPrompt",
    flag: "--system-prompt",
    env: "LANEKEEPER_SYSTEM_PROMPT",
    values: ["Be brief.", "Be kind."],
    become: ["Be brief.", "Be kind."],
  },
  {
    key: "turnMs",
    flag: "--turn-ms",
    env: "LANEKEEPER_TURN_MS",
    values: ["1", "86400000"],
    become: [1, 86_400_000],
  },
  {
    key: "idleMs",
    flag: "--idle-ms",
    env: "LANEKEEPER_IDLE_MS",
    values: ["1", "86400000"],
    become: [1, 86_400_000],
  },
  {
    key: "replyChars",
    flag: "--reply-chars",
    env: "LANEKEEPER_REPLY_CHARS",
    values: ["1", "10000000"],
    become: [1, 10_000_000],
  },
  {
    key: "shutdownMs",
    flag: "--shutdown-ms",
    env: "LANEKEEPER_SHUTDOWN_MS",
    values: ["0", "86400000"],
    become: [0, 86_400_000],
  },
  {
    key: "abandonMs",
    flag: "--abandon-ms",
    env: "LANEKEEPER_ABANDON_MS",
    values: ["1", "2"],
    become: [1, 2],
  },
  {
    key: "logLevel",
    flag: "--log-level",
    env: "LANEKEEPER_LOG_LEVEL",
    values: ["debug", "error"],
    become: ["debug", "error"],
  },
];

test("without options every one has its default", () => {
  assert.deepEqual(read([]), DEFAULTS);
  assert.deepEqual(read(["serve"]), DEFAULTS);
  // Slack's have a test of their own.
  assert.deepEqual(
    OPTIONS.map(({ key }) => key).concat("slack").sort(),
    Object.keys(DEFAULTS).sort(),
  );
});

for (const { key, flag, env, values, become } of OPTIONS) {
  test(`${flag} is read from the command line and from ${env}, and the command line wins`, () => {
    const expect = (index: 0 | 1): Config => ({ ...DEFAULTS, [key]: become[index] });
    assert.deepEqual(read([flag, values[0]]), expect(0));
    assert.deepEqual(read([`${flag}=${values[0]}`]), expect(0));
    assert.deepEqual(read(["serve", flag, values[0]]), expect(0));
    assert.deepEqual(read([], { [env]: values[1] }), expect(1));
    assert.deepEqual(read([flag, values[0]], { [env]: values[1] }), expect(0));
    assert.deepEqual(read([], { [env]: "" }), DEFAULTS, "an empty variable is none");
  });
}

/** Every wrong value, and what its line says. */
const WRONG: readonly [string, string, readonly string[], RegExp][] = [
  [
    "--port",
    "LANEKEEPER_PORT",
    ["eighty", "-1", "65536", "1.5", "0x50", "1e3", " 80", "٣"],
    /: it must be a whole number from 0 to 65535$/,
  ],
  ["--host", "LANEKEEPER_HOST", [" ", "\t"], /: it must not be empty$/],
  ["--data", "LANEKEEPER_DATA", [" ", "\t"], /: it must not be empty$/],
  ["--work-dir", "LANEKEEPER_WORK_DIR", [" ", "\t"], /: it must not be empty$/],
  [
    "--token",
    "LANEKEEPER_TOKEN",
    ["short", "x".repeat(15)],
    /: it must have 16 characters or more$/,
  ],
  [
    "--agent",
    "LANEKEEPER_AGENT",
    ["Echo", "echo:", "acp", "acp:", "acp: ", "openai:", "openai: ", "other:x"],
    /: it must be one of echo, acp:COMMAND, openai:MODEL$/,
  ],
  [
    "--permissions",
    "LANEKEEPER_PERMISSIONS",
    ["ask", "Reads"],
    /: it must be one of deny, reads, all$/,
  ],
  [
    "--processes-max",
    "LANEKEEPER_PROCESSES_MAX",
    ["0", "10001", "many"],
    /: it must be a whole number from 1 to 10000$/,
  ],
  [
    "--turn-ms",
    "LANEKEEPER_TURN_MS",
    ["0", "86400001"],
    /: it must be a whole number from 1 to 86400000$/,
  ],
  [
    "--idle-ms",
    "LANEKEEPER_IDLE_MS",
    ["0", "2m", "86400001"],
    /: it must be a whole number from 1 to 86400000$/,
  ],
  [
    "--reply-chars",
    "LANEKEEPER_REPLY_CHARS",
    ["0", "1e3"],
    /: it must be a whole number from 1 to 10000000$/,
  ],
  ["--openai-url", "OPENAI_BASE_URL", [" ", "\t"], /: it must not be empty$/],
  ["--system-prompt", "LANEKEEPER_SYSTEM_PROMPT", [" "], /: it must not be empty$/],
  [
    "--shutdown-ms",
    "LANEKEEPER_SHUTDOWN_MS",
    ["soon", "-5", "86400001"],
    /: it must be a whole number from 0 to 86400000$/,
  ],
  [
    "--abandon-ms",
    "LANEKEEPER_ABANDON_MS",
    ["never", "Infinity"],
    /: it must be a whole number from 0 to 86400000$/,
  ],
  [
    "--log-level",
    "LANEKEEPER_LOG_LEVEL",
    ["loud", "INFO"],
    /: it must be one of debug, info, warn, error$/,
  ],
];

for (const [flag, env, values, says] of WRONG) {
  test(`a wrong ${flag} is one line that says what is wrong with it, from wherever it comes`, () => {
    for (const value of values) {
      const lines = [refusal([`${flag}=${value}`]), refusal([], { [env]: value })];
      for (const line of lines) assert.match(line, says);
      if (flag === "--token") {
        for (const line of lines) assert.ok(!line.includes(value), "a secret is not repeated");
        continue;
      }
      assert.ok(lines[0]?.startsWith(`Cannot use ${flag} ${JSON.stringify(value)}: `));
      assert.ok(lines[1]?.startsWith(`Cannot use ${env}=${JSON.stringify(value)}: `));
    }
  });
}

test("an empty value on the command line is wrong, wherever a value must be something", () => {
  for (const [flag] of WRONG) refusal([`${flag}=`]);
});

test("an address that is not a loopback one needs a token", () => {
  for (const host of ["0.0.0.0", "::", "192.0.2.1", "127.0.0.1.example", "xlocalhost"]) {
    assert.equal(
      refusal(["--host", host]),
      `Cannot bind to "${host}" without a token: set LANEKEEPER_TOKEN, or bind to 127.0.0.1`,
    );
    assert.equal(read(["--host", host], { LANEKEEPER_TOKEN: TOKEN }).host, host);
  }
  for (const host of ["127.0.0.1", "127.8.9.10", "localhost", "LocalHost", "::1"]) {
    assert.equal(read(["--host", host]).host, host);
  }
});

test("the command of an acp agent is split as a shell does, and one that can not be is a line", () => {
  assert.equal(
    refusal(["--agent", "acp:a 'b"]),
    `Cannot use --agent "acp:a 'b": a ' is not closed`,
  );
  assert.equal(
    refusal([], { LANEKEEPER_AGENT: "acp:a\\" }),
    'Cannot use LANEKEEPER_AGENT="acp:a\\\\": it ends in \\',
  );
  assert.deepEqual(chooseAgent("acp:npx 'my agent' --acp"), {
    kind: "acp",
    command: ["npx", "my agent", "--acp"],
  });
  assert.deepEqual(chooseAgent("openai: hf.co/a:b "), { kind: "openai", model: "hf.co/a:b" });
});

test("an openai agent needs an endpoint or a key, and neither is repeated", () => {
  const agent = ["--agent", "openai:llama3.2"];
  assert.equal(
    refusal(agent),
    "Cannot use the openai agent: set OPENAI_API_KEY, or --openai-url for a server without keys",
  );
  assert.equal(read(agent, { OPENAI_API_KEY: "sk-1" }).agent, "openai:llama3.2");
  assert.equal(read(agent, { OPENAI_BASE_URL: "http://127.0.0.1:1/v1" }).openaiKey, undefined);
  for (const url of ["127.0.0.1:11434", "ftp://ann:secret@x/", "nowhere"]) {
    const line = refusal(agent, { OPENAI_BASE_URL: url });
    assert.equal(line, "Cannot use --openai-url: it must be an http or https address");
    assert.equal(read([], { OPENAI_BASE_URL: url }).agent, "echo", "it is of no concern to echo");
  }
  assert.equal(refusal(["--openai-key", " "]), "Cannot use this key: it must not be empty");
});

test("an unknown option, one without its value and one too many are one line each", () => {
  assert.match(refusal(["--no-such"]), /--no-such.*\(see --help\)$/);
  assert.match(refusal(["-x"]), /-x.*\(see --help\)$/);
  assert.match(refusal(["--port"]), /--port.*\(see --help\)$/);
  assert.match(refusal(["--help=yes"]), /--help.*\(see --help\)$/);
  assert.match(refusal(["--port", "1", "--no\nsuch"]), /\(see --help\)$/);
});

test("any other command and any argument are one line each", () => {
  assert.equal(refusal(["start"]), 'Cannot run "start": the command is "serve" (see --help)');
  assert.equal(refusal(["a\nb"]), 'Cannot run "a\\nb": the command is "serve" (see --help)');
  assert.equal(
    refusal(["serve", "8420"]),
    'Cannot use argument "8420": serve takes options only (see --help)',
  );
});

test("a value with line breaks in it stays one line", () => {
  assert.match(refusal([], { LANEKEEPER_PORT: "1\n2" }), /^Cannot use LANEKEEPER_PORT="1\\n2": /);
  assert.match(refusal([], { LANEKEEPER_HOST: "a\nb" }), /^Cannot bind to "a\\nb" without/);
});

test("--help and --version are commands of their own, whatever else is asked for", () => {
  for (const args of [["--help"], ["-h"], ["serve", "--help", "--port", "wrong"]]) {
    assert.deepEqual(readCommand(args, { LANEKEEPER_PORT: "wrong" }), { name: "help" });
  }
  for (const args of [["--version"], ["-v"]]) {
    assert.deepEqual(readCommand(args, {}), { name: "version" });
  }
});

test("the help lists every option with its variable and its default, and the exit codes", () => {
  const help = helpText();
  for (const { key, flag, env } of OPTIONS) {
    const at = help.indexOf(`\n  ${flag} `);
    assert.ok(at >= 0, flag);
    const entry = help.slice(at + 1).split(/\n(?= {2}--)/)[0] ?? "";
    assert.match(entry, new RegExp(`Environment: ${env}$`, "m"));
    const fallback = DEFAULTS[key];
    const hasDefault = fallback !== undefined && !Array.isArray(fallback);
    assert.equal(entry.includes(`Default: ${fallback}.`), hasDefault, flag);
  }
  assert.match(help, /\n {2}--help {2,}/);
  assert.match(help, /\n {2}--version {2,}/);
  assert.match(help, /Exit codes: 0 .*, 1 .*, 2 /);
  assert.ok(help.split("\n").every((line) => line.length <= 120 && line === line.trimEnd()));
});
