import { quiet } from "@lanekeeper/test/fake_clock";
import assert from "node:assert/strict";
import { test } from "node:test";
import { LOST, replyBench as create, STREAM_MS } from "./_reply_bench.ts";
import { bench, limited, refusal } from "./_test_support.ts";
import { SlackUnreachableError } from "./errors.ts";

const EXPIRED = refusal("message_not_in_streaming_state");

test("a stream that Slack ends by itself goes on as edits of the same message, and nothing is said twice", async () => {
  const { web, writer, pass, methods, texts, trouble } = create();
  writer.push("One ");
  await pass(0);
  web.failNext("chat.appendStream", EXPIRED);
  writer.push("two ");
  await pass();
  writer.push("three ");
  await pass();
  await writer.finish("One two three four");
  assert.deepEqual(methods(), ["startStream", "appendStream", "update", "update", "update"]);
  assert.deepEqual(texts().slice(2), ["One two ", "One two three ", "One two three four"]);
  assert.deepEqual(new Set(web.of("chat.update").map(({ ts }) => ts)), new Set(["9.000001"]));
  assert.deepEqual(trouble, []);
});

test("a stream that has ended by itself when the reply is complete is completed by an edit", async () => {
  const { web, writer, pass, methods } = create();
  writer.push("One ");
  await pass(0);
  web.failNext("chat.appendStream", LOST);
  writer.push("two ");
  await pass();
  web.failNext("chat.stopStream", EXPIRED);
  await writer.finish("One two three");
  assert.deepEqual(methods(), ["startStream", "appendStream", "stopStream", "update"]);
  assert.deepEqual(web.of("chat.update").map((args) => args["markdown_text"]), ["One two three"]);
});

for (
  const { how, method, mode, isPlain, lookUp } of [
    { how: "a stream", method: "startStream", mode: "stream", isPlain: false, lookUp: "replies" },
    { how: "a message", method: "postMessage", mode: "edits", isPlain: false, lookUp: "replies" },
    {
      how: "a direct message",
      method: "postMessage",
      mode: "edits",
      isPlain: true,
      lookUp: "history",
    },
  ] as const
) {
  test(`${how} whose first answer was lost is looked for and completed, and not said again`, async () => {
    const { web, writer, pass, texts, methods } = create(mode, { isPlain });
    web.replies = [
      { user: "U1", text: "Hello big", ts: "1.3" },
      { user: "UBOT", text: "Another one", ts: "1.4" },
      { user: "UBOT", bot_id: "BBOT", text: "*Hello* &amp; big", ts: "9.000001" },
    ];
    web.failNext(`chat.${method}`, LOST);
    writer.push("**Hello** & big ");
    await pass(0);
    await writer.finish("**Hello** & big world");
    const [end, text] = mode === "stream"
      ? ["stopStream", "world"]
      : ["update", "**Hello** & big world"];
    assert.deepEqual(methods(), [method, `conversations.${lookUp}`, end]);
    assert.equal(texts().at(-1), text);
    assert.equal(web.calls.at(-1)?.args["ts"], "9.000001");
  });

  test(`${how} whose first answer was lost and that is not found is not said again: finish() rejects`, async () => {
    for (const replies of [[], [{ text: "Hello", bot_id: "BBOT", ts: "9.1" }]]) {
      const { web, writer, pass, methods } = create(mode, { isPlain });
      // Two that look like it are none.
      web.replies = [...replies, ...replies];
      web.failNext(`chat.${method}`, LOST);
      writer.push("Hello ");
      await pass(0);
      await assert.rejects(writer.finish("Hello world"), SlackUnreachableError);
      await assert.rejects(writer.abandon("_Broken off._"), SlackUnreachableError);
      const looked = `conversations.${lookUp}`;
      assert.deepEqual(methods(), [method, looked, looked]);
    }
  });
}

test("a whole reply whose answer was lost is there if it is found, and has failed if not", async () => {
  const there = create();
  there.web.replies = [{ user: "UBOT", text: "done", ts: "9.1" }];
  there.web.failNext("chat.postMessage", LOST);
  await there.writer.finish("done");
  assert.deepEqual(there.methods(), ["postMessage", "conversations.replies"]);
  const { oldest, ts } = there.web.of("conversations.replies")[0]!;
  assert.deepEqual([oldest, ts], ["1.2", "1.1"], "in the thread, behind the post");
  const gone = create();
  gone.web.failNext("chat.postMessage", LOST);
  gone.web.failNext("conversations.replies", refusal("missing_scope"));
  await assert.rejects(gone.writer.finish("done"), { method: "chat.postMessage" });
  assert.deepEqual(gone.methods(), ["postMessage", "conversations.replies"]);
});

for (const mode of ["stream", "edits"] as const) {
  test(`a message whose answer was lost is none of those that were there before, whatever they say (${mode})`, async () => {
    const { web, writer, newWriter, pass, texts } = create(mode);
    await writer.finish("Done.");
    const known = { user: "UBOT", text: "Done.", ts: "9.000001" };
    web.replies = [known];
    web.failNext(mode === "stream" ? "chat.startStream" : "chat.postMessage", LOST);
    const second = newWriter();
    second.push("Done! ");
    await pass(0);
    await assert.rejects(second.finish("Done! It is 42."), SlackUnreachableError);
    assert.equal(web.of("conversations.replies")[0]!["oldest"], "9.000001", "behind the newest");
    assert.equal(texts().filter((text) => text === "Done! It is 42.").length, 0);
    // It came late: it is there, and those before it are left alone, be one of them the thread's first.
    web.replies = [{ ...known, ts: "1.1" }, known, { ...known, ts: "9.000005" }];
    await second.finish("Done! It is 42.");
    assert.equal(web.calls.at(-1)!.args["ts"], "9.000005");
    // What was found is known from then on.
    web.failNext("chat.postMessage", LOST);
    await assert.rejects(newWriter().finish("Done!"), SlackUnreachableError);
  });
}

test("a message that is made while another one's answer is lost is not taken for that one", async () => {
  const { web, writer, newWriter } = create("off");
  web.hold("chat.postMessage");
  const lost = writer.finish("Done.");
  const other = newWriter().finish("Done!");
  await quiet();
  const ts = "9.000007";
  web.held[1]!.answer({ ts });
  await other;
  web.replies = [{ user: "UBOT", text: "Done!", ts }];
  web.held[0]!.fail(LOST);
  await assert.rejects(lost, SlackUnreachableError);
});

test("what the bot says by itself is not taken for a reply whose answer was lost", async () => {
  const { web, post, runs, log, settle } = await bench({ texts: { help: "Done." } });
  post("<@UBOT> hold", { ts: "1.1" });
  await settle();
  web.hold("chat.postMessage");
  runs[0]!.reply("Done!");
  await settle();
  post("<@UBOT> help", { thread: "1.1" });
  await settle();
  const ts = "9.000007";
  web.held[1]!.answer({ ts });
  await settle();
  web.replies = [{ user: "UBOT", text: "Done.", ts }];
  web.held[0]!.fail(LOST);
  await settle();
  web.held[2]!.answer();
  await settle();
  assert.ok(log.includes("failed: hold"), log.join());
  assert.deepEqual(web.of("chat.update"), []);
});

test("a message that was surely never sent is no lost one: the end posts it", async () => {
  const { web, writer, pass, methods } = create("edits");
  const unsent = { code: "slack_webapi_request_error", original: { code: "ECONNREFUSED" } };
  web.failNext("chat.postMessage", unsent, unsent, unsent);
  writer.push("Hello ");
  await pass(0);
  await pass(500);
  await pass(1_000);
  await writer.finish("Hello world");
  assert.deepEqual(methods(), ["postMessage", "postMessage", "postMessage", "postMessage"]);
});

test("a stop whose answer was lost is followed by an edit with all of the text, and the reply is there", async () => {
  const { web, writer, pass, methods, texts } = create();
  writer.push("Hello ");
  await pass(0);
  web.failNext("chat.stopStream", LOST);
  await writer.finish("Hello big world");
  assert.deepEqual(methods(), ["startStream", "stopStream", "update"]);
  assert.equal(texts().at(-1), "Hello big world");
});

test("a stop whose answer was lost and that was not done is made once more, and then the edit", async () => {
  const { web, writer, pass, methods, texts } = create();
  writer.push("Hello ");
  await pass(0);
  web.failNext("chat.stopStream", LOST);
  web.failNext("chat.update", refusal("streaming_state_conflict"));
  await writer.finish("Hello big world");
  assert.deepEqual(methods(), ["startStream", "stopStream", "update", "stopStream", "update"]);
  assert.deepEqual(texts().slice(3), [undefined, "Hello big world"]);
});

for (const [how, second] of [["lost", LOST], ["refused", EXPIRED]] as const) {
  test(`a second stop that is ${how} keeps no reply from being completed by the edit`, async () => {
    const { web, writer, pass, methods, texts } = create();
    writer.push("Hello ");
    await pass(0);
    web.failNext("chat.stopStream", LOST, second);
    web.failNext("chat.update", refusal("streaming_state_conflict"));
    await writer.finish("Hello big world");
    assert.deepEqual(methods(), ["startStream", "stopStream", "update", "stopStream", "update"]);
    assert.equal(texts().at(-1), "Hello big world");
  });
}

for (const mode of ["stream", "edits"] as const) {
  test(`a reply that may be there in full is not cut back when its turn fails (${mode})`, async () => {
    const { web, writer, pass, texts } = create(mode);
    writer.push("Hello ");
    await pass(0);
    web.failNext("chat.stopStream", LOST);
    web.failNext("chat.update", LOST, LOST, LOST);
    const failed = assert.rejects(writer.finish("Hello big world"), SlackUnreachableError);
    for (const ms of [0, 500, 1_000]) await pass(ms);
    await failed;
    await writer.abandon("_Broken off._");
    assert.equal(texts().at(-1), "Hello big world\n\n_Broken off._");
  });
}

test("a reply that is complete does not wait for a stream that Slack does not let begin", async () => {
  const { web, clock, writer, pass, methods, trouble } = create();
  web.failNext("chat.startStream", limited(30));
  writer.push("Hello ");
  await pass(0);
  await writer.finish("Hello world");
  assert.deepEqual(methods(), ["startStream", "postMessage"]);
  assert.deepEqual([trouble, clock.pending], [[], 0]);
});

test("a reply that is complete does not wait for a piece that Slack limits", async () => {
  const { web, writer, pass, methods, texts } = create();
  writer.push("one ");
  await pass(0);
  web.failNext("chat.appendStream", limited(30));
  writer.push("two ");
  await pass();
  await writer.finish("one two three");
  assert.deepEqual(methods(), ["startStream", "appendStream", "stopStream"]);
  assert.equal(texts().at(-1), "two three");
});

for (const method of ["chat.startStream", "chat.stopStream"]) {
  test(`while Slack limits ${method}, replies that begin are posted and edited`, async () => {
    const { web, writer, newWriter, pass, methods } = create();
    writer.push("Hello ");
    if (method === "chat.stopStream") await pass(0);
    web.failNext(method, limited(30));
    if (method === "chat.startStream") await pass(0);
    const finished = writer.finish("Hello world");
    await quiet();
    const before = web.calls.length;
    const other = newWriter();
    other.push("Other ");
    await pass(STREAM_MS);
    await other.finish("Other one");
    assert.deepEqual(methods().slice(before), ["postMessage", "update"]);
    await pass(30_000);
    await finished;
    const later = newWriter();
    later.push("Later ");
    await pass(STREAM_MS);
    await later.finish("Later one");
    assert.deepEqual(methods().slice(-2), ["startStream", "stopStream"]);
  });
}

test("a message that Slack does not let be edited any more is followed by a new one with all of it", async () => {
  for (const word of ["message_not_found", "edit_window_closed", "cant_update_message"]) {
    const { web, writer, pass, methods, texts } = create("edits");
    writer.push("Hello ");
    await pass(0);
    web.failNext("chat.update", refusal(word));
    await writer.finish("Hello world");
    assert.deepEqual(methods(), ["postMessage", "update", "postMessage"]);
    assert.equal(texts().at(-1), "Hello world");
  }
  const { web, writer, pass, methods } = create("edits");
  writer.push("Hello ");
  await pass(0);
  web.failNext("chat.update", refusal("is_archived"));
  await assert.rejects(writer.finish("Hello world"), /is_archived/);
  assert.deepEqual(methods(), ["postMessage", "update"]);
});
