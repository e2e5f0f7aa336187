import assert from "node:assert/strict";
import { test } from "node:test";
import { play, recordsOf, told } from "./_play.ts";
import host from "./host_adapter.ts";
import webChat from "./web_chat_adapter.ts";
import webClients from "./web_clients_adapter.ts";

test("host: a shutdown lets turns deliver their replies, and goes through its phases in order", async () => {
  const ledger = await play(host, "create a; send a; send a; shutdown; send a");
  const phases = ["phase", "reply", "rejected"] as const;
  assert.deepEqual(told(ledger, ...phases).filter((line) => !line.includes("begin")), [
    'phase: phase "intake"',
    'rejected: session "a", message "m3", reason "draining"',
    'reply: session "a", message "m1", run 1, from "a", act "end"',
    'reply: session "a", message "m2", run 2, from "a", act "end"',
    'phase: phase "turns"',
    'phase: phase "agents"',
    'phase: phase "transports"',
  ]);
  const handles = recordsOf(ledger, "handle").map(({ act }) => act);
  assert.deepEqual(handles, ["open", "close"]);
});

test("web-chat: what is answered to a client is what became of its message", async () => {
  const ledger = await play(
    webChat,
    "send a; send a; send a reject; stop a keep; send b; end a; send a",
  );
  assert.deepEqual(told(ledger, "rejected", "outcome"), [
    'rejected: session "a", message "m3", reason "busy"',
    "a/m2 outcome: cancelled",
    'rejected: session "a", message "m5", reason "ended"',
    "a/m1 outcome: cancelled",
    "b/m4 outcome: completed",
  ]);
  const completed = recordsOf(ledger, "outcome").find(({ status }) => status === "completed");
  assert.deepEqual([completed?.replyOf, completed?.replySession], [2, "b"]);
  const bindings = recordsOf(ledger, "binding").filter(({ client }) => client === "a");
  assert.deepEqual(bindings.map(({ session }) => session), ["a", undefined]);
});

test("web-chat: a client forgets its session when it is gone, and for no other error", async () => {
  const bound = async (story: string) => {
    const ledger = await play(webChat, story, "at once");
    const { session } = recordsOf(ledger, "binding").findLast(({ client }) => client === "a")!;
    return [told(ledger, "outcome"), session];
  };
  const failed = ["a/m1 outcome: failed"];
  assert.deepEqual(await bound("send a throws"), [failed, "a"]);
  assert.deepEqual(await bound("disconnect a; resume a fails; send a"), [failed, "a"]);
  assert.deepEqual(await bound("disconnect a; resume a gone; send a"), [failed, undefined]);
});

test("web-chat: a shutdown answers what is under way, refuses what comes, and ends in order", async () => {
  const ledger = await play(webChat, "send a; shutdown; send a");
  assert.deepEqual(told(ledger, "rejected", "outcome", "phase").slice(1, 3), [
    'rejected: session "a", message "m2", reason "draining"',
    "a/m1 outcome: completed",
  ]);
  const phases = recordsOf(ledger, "phase").map(({ phase }) => phase);
  assert.deepEqual(phases, ["intake", "turns", "agents", "transports"]);
});

test("web-chat's clients: a session that is replaced is ended, and the new one serves", async () => {
  const ledger = await play(webClients, "create a; send a; create a; send a");
  assert.deepEqual(told(ledger, "binding", "handle"), [
    'handle: session "s1", handle 1, act "open"',
    'binding: client "a", session "s1", about "s1"',
    'handle: session "s2", handle 2, act "open"',
    'binding: client "a", session "s2", about "s2"',
    'handle: session "s1", handle 1, act "close"',
  ]);
  assert.deepEqual(told(ledger, "outcome"), ["a/m1 outcome: completed", "a/m2 outcome: completed"]);
});

test("web-chat's clients: a session that is gone takes the client's away only if it still is that", async () => {
  const sessions = async (story: string) =>
    recordsOf(await play(webClients, story), "binding").map(({ session }) => session);
  assert.deepEqual(await sessions("create a; send a throws"), ["s1", undefined]);
  assert.deepEqual(await sessions("create a; send a throws; create a"), ["s1", "s2"]);
  assert.deepEqual(await sessions("create a; create a; end a"), ["s1", "s2", undefined]);
});
