import assert from "node:assert/strict";
import { test } from "node:test";
import { assertBreaks, assertKeeps, Story } from "./_test_support.ts";
import { casActiveId, errorClass, noGlobalCwd, resumeFidelity } from "./sessions.ts";

test("CAS_ACTIVE_ID fires when an old session's end clears the new one's id (clear-newer)", () => {
  const story = new Story().put({ kind: "binding", client: "c", session: "a" })
    .put({ kind: "binding", client: "c", session: "b", about: "b" })
    .put({ kind: "binding", client: "c", session: undefined, about: "a" });
  const how = 'client "c" forgot session "b" because of an answer of session "a"';
  assert.deepEqual(assertBreaks(casActiveId, story, { story: how, at: 2 }).also, [1]);
});

test("CAS_ACTIVE_ID is silent when a session clears its own id, and for another client", () => {
  const story = new Story().put({ kind: "binding", client: "c", session: "a" })
    .put({ kind: "binding", client: "d", session: "b" })
    .put({ kind: "binding", client: "c", session: undefined, about: "a" })
    .put({ kind: "binding", client: "d", session: "a", about: "a" });
  assertKeeps(casActiveId, story);
});

/** A client whose session answers to a resume. */
function boundStory(gone: boolean): Story {
  return new Story().next().put({ kind: "binding", client: "c", session: "a" }).next()
    .begin("resume", "a").next().finish(1, { gone });
}

test("ERROR_CLASS fires when any error counts as gone (any-error-gone)", () => {
  const story = boundStory(false)
    .put({ kind: "binding", client: "c", session: undefined, about: "a" });
  const how = 'client "c" lost session "a" because of an error of session "a" that does not say ' +
    "it is gone";
  assert.deepEqual(assertBreaks(errorClass, story, { story: how, at: 3 }).also, [2]);
  const thrown = new Story().next().put({ kind: "binding", client: "c", session: "a" })
    .send("a", "m1").accept("m1").call("m1").next().act(1, "throw")
    .put({ kind: "binding", client: "c", session: undefined });
  assertBreaks(errorClass, thrown, { story: /client "c" lost session "a"/, at: thrown.last });
});

test("ERROR_CLASS is silent for the error that says gone, and when the session is ended", () => {
  const cleared = { kind: "binding", client: "c", session: undefined, about: "a" } as const;
  assertKeeps(errorClass, boundStory(true).put(cleared));
  assertKeeps(errorClass, boundStory(false).next().ask("end", "a").put(cleared));
  assertKeeps(
    errorClass,
    boundStory(false).next().begin("resume", "a").next().finish(2).put(cleared),
  );
});

const CONTEXT = {
  kind: "context",
  session: "a",
  workingDir: "/w",
  project: "p",
  transcript: ["m1", "reply"],
} as const;

test("RESUME_FIDELITY fires for another directory, another project and a lost line", () => {
  const story = (change: Partial<typeof CONTEXT> | { transcript: string[] }) =>
    new Story().put({ ...CONTEXT, how: "create" }).next()
      .put({ ...CONTEXT, ...change, how: "resume" } as typeof CONTEXT & { how: "resume" });
  const breaks = (change: Partial<Record<keyof typeof CONTEXT, unknown>>, how: string) =>
    assertBreaks(resumeFidelity, story(change as { transcript: string[] }), { story: how, at: 1 });
  breaks({ workingDir: "/x" }, 'session "a" came back in directory "/x" and not in "/w"');
  breaks({ project: "q" }, 'session "a" came back with project "q" and not with "p"');
  breaks({ transcript: ["m1"] }, 'session "a" came back without "reply" in its transcript');
});

test("RESUME_FIDELITY is silent when a resume adds to the transcript, and for a new session", () => {
  const story = new Story().put({ ...CONTEXT, how: "create" })
    .put({ ...CONTEXT, transcript: ["m1", "reply", "m2"], how: "resume" })
    .put({ ...CONTEXT, transcript: [], project: "q", how: "create" });
  assertKeeps(resumeFidelity, story);
});

/** A session whose process dies, and which somebody wants back. */
function tornStory(): Story {
  return new Story().next().put({ ...CONTEXT, how: "create" }).next()
    .put({ kind: "process", act: "crash" }).put({ kind: "process", act: "start" }).next()
    .ask("resume", "a").begin("read", "a").next();
}

test("RESUME_FIDELITY fires when a torn last line fails the whole resume (torn-tail)", () => {
  const story = tornStory().finish(1).answer("resume a", { ok: false, detail: "SyntaxError" });
  const how = 'session "a" did not come back, though nothing failed';
  assert.deepEqual(assertBreaks(resumeFidelity, story, { story: how, at: 6 }).also, [0, 1, 3]);
});

test("RESUME_FIDELITY is silent when a resume succeeds, and when it has a reason to fail", () => {
  assertKeeps(resumeFidelity, tornStory().finish(1).answer("resume a"));
  const unread = tornStory().finish(1, { gone: false }).answer("resume a", { ok: false });
  assertKeeps(resumeFidelity, unread);
  const ended = tornStory().ask("end", "a").finish(1).answer("resume a", { ok: false });
  assertKeeps(resumeFidelity, ended);
});

test("NO_GLOBAL_CWD fires when a resume takes the whole process along, and is silent if not", () => {
  const story = new Story().put({ ...CONTEXT, how: "create" });
  assertKeeps(noGlobalCwd, story.put({ ...CONTEXT, how: "resume" }));
  const how = 'session "a" took the whole process to directory "/w"';
  const changed = story.put({ kind: "cwd", dir: "/w", session: "a" });
  assertBreaks(noGlobalCwd, changed, { story: how, at: 2 });
});

test("RESUME_FIDELITY knows more reasons why a resume fails", () => {
  const fails = (story: Story) => story.answer("resume a", { ok: false });
  assertKeeps(resumeFidelity, fails(tornStory().finish(1).put({ kind: "timer", timer: 1 })));
  assertKeeps(resumeFidelity, fails(tornStory().finish(1).ask("disconnect", "a")));
  assertKeeps(resumeFidelity, fails(tornStory().finish(1).ask("shutdown")));
  assertKeeps(resumeFidelity, fails(tornStory().put({ kind: "process", act: "crash" })));
  const unknown = new Story().next().put({ ...CONTEXT, session: "b", how: "create" }).next()
    .put({ kind: "process", act: "crash" }).next().ask("resume", "a");
  assertKeeps(resumeFidelity, fails(unknown));
  const alive = new Story().next().put({ ...CONTEXT, how: "create" }).next().ask("resume", "a");
  assertKeeps(resumeFidelity, fails(alive));
  const ended = new Story().next().put({ ...CONTEXT, how: "create" }).ask("end", "a").next()
    .put({ kind: "process", act: "crash" }).next().ask("resume", "a");
  assertKeeps(resumeFidelity, fails(ended));
  const elsewhere = tornStory().begin("open", "b").next().finish(1).finish(2, { gone: false })
    .ask("end", "b");
  assertBreaks(resumeFidelity, fails(elsewhere), {
    story: /did not come back/,
    at: elsewhere.last,
  });
});

test("ERROR_CLASS takes an answer that says gone for that, also if somebody asks for a resume", () => {
  const story = boundStory(true).next().ask("resume", "a")
    .put({ kind: "binding", client: "c", session: undefined, about: "a" });
  assertKeeps(errorClass, story);
});

test("ERROR_CLASS is silent for a client that is given another session, and after a shutdown", () => {
  assertKeeps(errorClass, boundStory(false).put({ kind: "binding", client: "c", session: "b" }));
  const down = boundStory(false).next().ask("shutdown")
    .put({ kind: "binding", client: "c", session: undefined });
  assertKeeps(errorClass, down);
  const gone = boundStory(true).next().ask("resume", "a").begin("resume", "a").next()
    .finish(2, { gone: false }).put({ kind: "binding", client: "c", session: undefined });
  assertKeeps(errorClass, gone);
  const revived = boundStory(true).next().ask("create", "a")
    .put({ kind: "handle", session: "a", handle: 9, act: "open" }).begin("resume", "a").next()
    .finish(2, { gone: false }).put({ kind: "binding", client: "c", session: undefined });
  assertBreaks(errorClass, revived, { story: /lost session "a"/, at: revived.last });
});

test("CAS_ACTIVE_ID fires when an old answer takes a client elsewhere, and not without an answer", () => {
  const story = () =>
    new Story().put({ kind: "binding", client: "c", session: "b", about: "a" })
      .put({ kind: "binding", client: "c", session: "b", about: "a" });
  assertKeeps(casActiveId, story().put({ kind: "binding", client: "c", session: undefined }));
  const left = story().put({ kind: "binding", client: "c", session: "d", about: "a" });
  const how = 'client "c" left session "b" for "d" because of an answer of session "a"';
  assertBreaks(casActiveId, left, { story: how, at: 2 });
});

test("RESUME_FIDELITY asks nothing of a host that was shut down since", () => {
  const story = new Story().next().put({ ...CONTEXT, how: "create" }).next()
    .put({ kind: "process", act: "crash" }).put({ kind: "process", act: "start" }).next()
    .ask("shutdown").next().ask("resume", "a").answer("resume a", { ok: false });
  assertKeeps(resumeFidelity, story);
  const before = new Story().next().put({ ...CONTEXT, how: "create" }).next().ask("shutdown").next()
    .put({ kind: "process", act: "crash" }).put({ kind: "process", act: "start" }).next()
    .ask("resume", "a").answer("resume a", { ok: false });
  assertBreaks(resumeFidelity, before, { story: /did not come back/, at: before.last });
});
