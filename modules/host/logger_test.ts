import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger, LOG_LEVELS, type LogFields, type LoggerOptions } from "./mod.ts";

/** What one line comes to, parsed. */
function logged(fields: LogFields, options: Partial<LoggerOptions> = {}): Record<string, unknown> {
  const lines: string[] = [];
  const logger = createLogger({ write: (line) => void lines.push(line), now: () => 0, ...options });
  logger.log("error", "A message", fields);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /^\{[^\n]*\}\n$/);
  return JSON.parse(lines[0] ?? "");
}

const LINE = { time: "1970-01-01T00:00:00.000Z", level: "error", message: "A message" };

test("a line is JSON: time, level and message first, then the fields", () => {
  const line = logged({ port: 8420, nested: { a: [1] } });
  assert.deepEqual(line, { ...LINE, port: 8420, nested: { a: [1] } });
  assert.deepEqual(Object.keys(line), ["time", "level", "message", "port", "nested"]);
});

test("lines below the level are dropped, and info is the default", () => {
  const seen = (level?: (typeof LOG_LEVELS)[number]) => {
    let text = "";
    const write = (line: string) => void (text += `${JSON.parse(line).level} `);
    const logger = createLogger({ write, ...(level === undefined ? {} : { level }) });
    for (const one of LOG_LEVELS) logger.log(one, "");
    return text.trim();
  };
  assert.equal(seen(), "info warn error");
  assert.equal(seen("debug"), "debug info warn error");
  assert.equal(seen("error"), "error");
});

test("a line stays one line, whatever is in it", () => {
  assert.equal(logged({ text: "a\nb\r\u2028c" })["text"], "a\nb\r\u2028c");
});

test("an error is told with its name, its message, its stack and what caused it", () => {
  const error = new RangeError("too far", { cause: new Error("a cause") });
  const told = logged({ error })["error"] as Record<string, unknown>;
  assert.deepEqual([told["name"], told["message"]], ["RangeError", "too far"]);
  assert.match(String(told["stack"]), /RangeError: too far\n/);
  assert.equal((told["cause"] as Record<string, unknown>)["message"], "a cause");
  const several = new AggregateError([new Error("one"), new Error("two")], "several");
  const errors = (logged({ error: several })["error"] as { errors: { message: string }[] }).errors;
  assert.deepEqual(errors.map(({ message }) => message), ["one", "two"]);
});

test("fields do not replace the line's own", () => {
  assert.deepEqual(logged({ time: 1, level: "debug", message: "other" }), LINE);
});

test("log() never throws, and still tells that something happened (unprintable fields)", () => {
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  const error = new Error("round and round");
  error.cause = error;
  const hostile = {
    toJSON: () => {
      throw new Error("no");
    },
  };
  for (const [name, value] of Object.entries({ circle, error, hostile })) {
    assert.deepEqual(logged({ [name]: value }), { ...LINE, unprintable: [name] });
  }
  assert.deepEqual(logged({ size: 2n ** 64n }), { ...LINE, size: "18446744073709551616" });
});

test("the time is the wall clock's, unless another one is given", () => {
  let text = "";
  const before = Date.now();
  createLogger({ write: (line) => void (text = line) }).log("info", "");
  const told = Date.parse(JSON.parse(text).time);
  assert.ok(before <= told && told <= Date.now());
});
