import assert from "node:assert/strict";
import { test } from "node:test";
import { noCreateLeak } from "./_create_leak.ts";
import { assertBreaks, assertKeeps, Story } from "./_test_support.ts";

test("NO_CREATE_LEAK fires for the second handle of one session (create-race)", () => {
  const story = new Story().next().ask("create", "a").ask("create", "a").next()
    .handle("a", "open", 1).answer("create a").next().handle("a", "open", 2).answer("create a");
  const at = story.last - 1;
  const how = 'session "a" is left with a second handle';
  assert.deepEqual(assertBreaks(noCreateLeak, story.next().idle(), { story: how, at }).also, [2]);
});

test("NO_CREATE_LEAK is silent when whoever loses the race closes its handle", () => {
  const story = new Story().next().ask("create", "a").ask("create", "a").next()
    .handle("a", "open", 1).answer("create a").next().handle("a", "open", 2)
    .handle("a", "close", 2).answer("create a", { ok: false }).next().idle();
  assertKeeps(noCreateLeak, story);
});

test("NO_CREATE_LEAK fires when a client's old session is left open (create-race)", () => {
  const story = new Story().next().handle("a", "open", 1)
    .put({ kind: "binding", client: "c", session: "a" }).next().handle("b", "open", 2)
    .put({ kind: "binding", client: "c", session: "b", about: "b" });
  const at = story.last;
  const how = `session "a" is no client's any more, and its handle is left open`;
  assertBreaks(noCreateLeak, story.idle(), { story: how, at });
  const closed = new Story().next().handle("a", "open", 1)
    .put({ kind: "binding", client: "c", session: "a" }).next().handle("b", "open", 2)
    .put({ kind: "binding", client: "c", session: "b" }).handle("a", "close", 1).idle();
  assertKeeps(noCreateLeak, closed);
});

test("NO_CREATE_LEAK fires for a handle that an end, a shutdown or a failed create leaves", () => {
  const ended = new Story().next().handle("a", "open").next().ask("end", "a").answer("end a");
  const at = ended.last;
  assertBreaks(noCreateLeak, ended.idle(), { story: /was ended, and its handle is left/, at });
  const late = new Story().next().ask("end", "a").answer("end a").next().handle("a", "open");
  assertBreaks(noCreateLeak, late.idle(), { story: /was ended, and its handle/, at: 2 });
  const down = new Story().next().handle("a", "open").next().ask("shutdown").answer("shutdown");
  assertBreaks(noCreateLeak, down.idle(), { story: /the host was shut down/, at: 2 });
  const failed = new Story().next().ask("create", "a").next().handle("a", "open")
    .answer("create a", { ok: false });
  assertBreaks(noCreateLeak, failed.idle(), { story: /the create of session "a" failed/, at: 1 });
});

test("NO_CREATE_LEAK is silent for a session in use, a revived one and a handle that was lost", () => {
  const used = new Story().next().ask("create", "a").next().handle("a", "open").answer("create a");
  assertKeeps(noCreateLeak, used.idle());
  const revived = new Story().next().ask("end", "a").answer("end a")
    .ask("resume", "a", { revive: true }).next().handle("a", "open").answer("resume a").idle();
  assertKeeps(noCreateLeak, revived);
  const lost = new Story().next().handle("a", "open", 1).next().ask("disconnect", "a")
    .answer("disconnect a").next().handle("a", "open", 2).idle();
  assertKeeps(noCreateLeak, lost);
});

test("NO_CREATE_LEAK is silent for a handle whose session is gone, or whose process died", () => {
  const gone = new Story().next().handle("a", "open", 1).begin("resume", "a").next()
    .finish(1, { gone: true }).handle("a", "open", 2).next().idle();
  assertKeeps(noCreateLeak, gone);
  const failed = new Story().next().handle("a", "open", 1).begin("resume", "a").next()
    .finish(1, { gone: false }).handle("a", "open", 2).next();
  assertBreaks(noCreateLeak, failed.idle(), { story: /a second handle/, at: 3 });
  const died = new Story().next().handle("a", "open", 1).next().put({
    kind: "process",
    act: "crash",
  })
    .put({ kind: "process", act: "start" }).next().handle("a", "open", 2).idle();
  assertKeeps(noCreateLeak, died);
});

test("NO_CREATE_LEAK is silent when it was another session that ended, or an end that failed", () => {
  const other = new Story().next().handle("a", "open", 1).ask("end", "b").answer("end b").idle();
  assertKeeps(noCreateLeak, other);
  const failed = new Story().next().handle("a", "open", 1).ask("end", "a");
  assertKeeps(noCreateLeak, failed.answer("end a", { ok: false }).idle());
  const again = new Story().next().ask("end", "a").answer("end a").ask("create", "a").next()
    .handle("a", "open", 1).answer("create a").idle();
  assertKeeps(noCreateLeak, again);
});

test("NO_CREATE_LEAK leaves a shutdown the handle of a run that it gave up", () => {
  const story = (abandoned: boolean) =>
    new Story().next().send("a", "m1").accept("m1").handle("a", "open").call("m1").next()
      .ask("shutdown").answer("shutdown", { abandoned }).next().act(1, "end").idle();
  assertKeeps(noCreateLeak, story(true));
  assertBreaks(noCreateLeak, story(false), { story: /was shut down/, at: 5 });
  const idle = new Story().next().handle("a", "open").next().ask("shutdown")
    .answer("shutdown", { abandoned: true }).idle();
  assertBreaks(noCreateLeak, idle, { story: /was shut down/, at: 2 });
});

test("NO_CREATE_LEAK leaves a failed create the handle of a session that others use", () => {
  const create = () => new Story().next().ask("create", "a").next().handle("a", "open");
  const used = create().send("a", "m1").accept("m1").answer("create a", { ok: false });
  assertKeeps(noCreateLeak, used.idle());
  assertKeeps(noCreateLeak, create().idle());
  const other = create().ask("create", "b").answer("create b").answer("create a", { ok: false });
  assertBreaks(noCreateLeak, other.idle(), { story: /the create of session "a" failed/, at: 1 });
});

test("NO_CREATE_LEAK is silent for a session that is still, or was never, a client's", () => {
  const still = new Story().next().handle("a", "open", 1)
    .put({ kind: "binding", client: "c", session: "a" })
    .put({ kind: "binding", client: "d", session: "a" })
    .put({ kind: "binding", client: "c", session: "b" }).idle();
  assertKeeps(noCreateLeak, still);
  const never = new Story().next().handle("a", "open", 1)
    .put({ kind: "binding", client: "c", session: "b" })
    .put({ kind: "binding", client: "c", session: "d" }).idle();
  assertKeeps(noCreateLeak, never);
  const twice = new Story().next().handle("a", "open", 1)
    .put({ kind: "binding", client: "c", session: "a" })
    .put({ kind: "binding", client: "c", session: undefined })
    .put({ kind: "binding", client: "c", session: undefined }).idle();
  assertBreaks(noCreateLeak, twice, { story: /no client's any more/, at: 2 });
});
