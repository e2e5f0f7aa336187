import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { methodOf, METHODS, type SlackMethod } from "./methods.ts";

const FOLDER = new URL("./", import.meta.url);
const MANIFEST = JSON.parse(await readFile(new URL("manifest.json", FOLDER), "utf8"));
const SCOPES: readonly string[] = MANIFEST.oauth_config.scopes.bot;
const EVENTS: readonly string[] = MANIFEST.settings.event_subscriptions.bot_events;

/** The scope that the app needs to be told of an event. */
const SCOPE_OF_EVENT: Readonly<Record<string, string>> = {
  "app_mention": "app_mentions:read",
  "message.channels": "channels:history",
  "message.groups": "groups:history",
  "message.im": "im:history",
  "message.mpim": "mpim:history",
};

/** Each call in this package, by the name of its method as it stands in the source. */
async function calledMethods(): Promise<Set<string>> {
  const called = new Set<string>();
  for (const name of await readdir(FOLDER)) {
    if (!name.endsWith(".ts") || name.startsWith("_") || name.endsWith("_test.ts")) continue;
    if (name === "methods.ts") continue;
    const text = await readFile(new URL(name, FOLDER), "utf8");
    for (const [, method] of text.matchAll(/[cC]all\(\s*"([a-z]+(?:\.[a-zA-Z]+)+)"/g)) {
      called.add(method as string);
    }
  }
  return called;
}

test("every method that is called is in the list of methods, and every one of the list is called", async () => {
  assert.deepEqual([...await calledMethods()].sort(), Object.keys(METHODS).sort());
});

test("the manifest has the scope of every method that is called with the bot's token, and of every event", () => {
  const methods = Object.keys(METHODS) as SlackMethod[];
  const ofMethods = methods.map(methodOf).flatMap(({ scope, token }) =>
    scope === undefined || token === "app" ? [] : [scope]
  );
  const ofEvents = EVENTS.map((event) => SCOPE_OF_EVENT[event]);
  for (const scope of [...ofMethods, ...ofEvents]) assert.ok(SCOPES.includes(scope!), `${scope}`);
  // The names of files are in the events themselves, for an app that may read files.
  const needed = new Set([...ofMethods, ...ofEvents, "files:read"]);
  assert.deepEqual(SCOPES.filter((scope) => !needed.has(scope)), []);
});

test("the manifest wants the events that are read, and Socket Mode", () => {
  assert.deepEqual([...EVENTS], Object.keys(SCOPE_OF_EVENT));
  assert.ok(MANIFEST.settings.socket_mode_enabled);
});
