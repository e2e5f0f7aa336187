import { quiet } from "@lanekeeper/test/fake_clock";
import assert from "node:assert/strict";
import { test } from "node:test";
import { replyBench as create, STREAM_MS } from "./_reply_bench.ts";
import { limited, refusal } from "./_test_support.ts";

test("a reply streams: the first piece begins it, later ones join, and the end completes it", async () => {
  const { web, writer, pass, methods, clock } = create();
  writer.push("Hello ");
  await pass(0);
  writer.push("dear ");
  writer.push("wor");
  await pass(STREAM_MS - 1);
  assert.deepEqual(methods(), ["startStream"]);
  await pass(1);
  await writer.finish("Hello dear world");
  assert.deepEqual(methods(), ["startStream", "appendStream", "stopStream"]);
  assert.deepEqual(web.calls.map(({ args }) => args["markdown_text"]), [
    "Hello ",
    "dear wor",
    "ld",
  ]);
  const { recipient_team_id, recipient_user_id, thread_ts } = web.of("chat.startStream")[0]!;
  assert.deepEqual([recipient_team_id, recipient_user_id, thread_ts], ["T1", "U1", "1.1"]);
  assert.equal(clock.pending, 0);
});

test("the end waits for a piece that is on its way, so that there is one message", async () => {
  const { web, writer, pass, methods } = create();
  web.hold("chat.startStream");
  writer.push("Hello ");
  await pass(0);
  const finished = writer.finish("Hello world");
  await quiet();
  assert.deepEqual(methods(), ["startStream"]);
  web.held[0]!.answer();
  await finished;
  assert.deepEqual(methods(), ["startStream", "stopStream"]);
});

test("a reply that did not stream is posted, in its thread or plainly", async () => {
  const inThread = create();
  await inThread.writer.finish("done");
  assert.deepEqual(inThread.web.of("chat.postMessage"), [{
    channel: "C1",
    thread_ts: "1.1",
    markdown_text: "done",
    unfurl_links: false,
    unfurl_media: false,
  }]);
  const plain = create("stream", { isPlain: true });
  await plain.writer.finish("done");
  assert.ok(!("thread_ts" in plain.web.of("chat.postMessage")[0]!));
});

test("where there are no streams one message is edited, and that is remembered", async () => {
  const { web, writer, pass, methods, support } = create();
  web.failNext("chat.startStream", refusal("unknown_method"));
  writer.push("```\nconst");
  await pass(0);
  writer.push(" a");
  await pass();
  await writer.finish("```\nconst a\n```");
  assert.deepEqual(methods(), ["startStream", "postMessage", "update"]);
  assert.deepEqual(web.calls.slice(1).map(({ args }) => args["markdown_text"]), [
    "```\nconst\n```",
    "```\nconst a\n```",
  ]);
  assert.equal(support.mode, "edits");
});

test("outside of a thread there is nothing to stream into, so one message is edited", async () => {
  const { writer, pass, methods, support } = create("stream", { isPlain: true });
  writer.push("a");
  await pass(0);
  await writer.finish("ab");
  assert.deepEqual(methods(), ["postMessage", "update"]);
  assert.equal(support.mode, "stream");
});

test("while Slack limits the pieces they gather, and go out together", async () => {
  const { web, writer, pass } = create("edits");
  writer.push("1 ");
  await pass(0);
  web.failNext("chat.update", limited(10));
  writer.push("2 ");
  await pass();
  for (const piece of ["3 ", "4 ", "5 "]) {
    writer.push(piece);
    await pass();
  }
  const finished = writer.finish("1 2 3 4 5 6");
  await pass(10_000);
  await finished;
  assert.deepEqual(web.of("chat.update").map((args) => args["markdown_text"]), [
    "1 2 ",
    "1 2 3 4 5 6",
  ]);
});

test("a long reply becomes several messages, each whole, and a code block goes on in the next", async () => {
  const { web, writer, pass } = create("stream", { partMax: 2_000 });
  const code = Array.from({ length: 300 }, (_, n) => `line ${n};`);
  const whole = `Here it is:\n\n\`\`\`js\n${code.join("\n")}\n\`\`\`\nThat is all.`;
  for (let at = 0; at < whole.length; at += 97) {
    writer.push(whole.slice(at, at + 97));
    await pass();
  }
  await writer.finish(whole);
  const said = web.said();
  assert.ok(said.length >= 2, `${said.length}`);
  for (const part of said) {
    assert.ok(part.length <= 2_000);
    assert.equal(part.match(/^```/gm)!.length % 2, 0, part);
  }
  const seen = said.join("\n").replaceAll(/^```.*\n?/gm, "").split(/\s+/);
  assert.deepEqual(seen, whole.replaceAll(/^```.*\n?/gm, "").split(/\s+/));
  assert.equal(web.of("chat.stopStream").length, said.length);
});

test("a reply whose last message would be empty has one less", async () => {
  const { web, writer } = create("off", { partMax: 2_000 });
  await writer.finish(`${"word ".repeat(390)}\n\n${" ".repeat(200)}`);
  assert.equal(web.said().length, 1);
  for (const text of web.said()) assert.notEqual(text.trim(), "");
});

test("STALE_EFFECT_FENCED: from the cancel on nothing goes out but the note that it was stopped", async () => {
  const { web, writer, pass, methods } = create();
  writer.push("half ");
  await pass(0);
  writer.push("never shown");
  writer.freeze(new Error("cancelled"));
  await pass();
  await assert.rejects(writer.finish("half never shown"), /cancelled/);
  await writer.abandon("_Stopped._");
  assert.deepEqual(methods(), ["startStream", "stopStream"]);
  assert.deepEqual(web.said(), ["half \n\n_Stopped._"]);
});

test("STALE_EFFECT_FENCED: a call that waits for Slack is taken back; one under way is ended well", async () => {
  const waiting = create("edits");
  waiting.writer.push("a");
  await waiting.pass(0);
  waiting.web.failNext("chat.update", limited(60));
  waiting.writer.push("b");
  await waiting.pass();
  waiting.writer.freeze();
  await waiting.pass(60_000);
  assert.deepEqual(waiting.methods(), ["postMessage", "update"]);
  const underWay = create();
  underWay.web.hold("chat.startStream");
  underWay.writer.push("half");
  await underWay.pass(0);
  underWay.writer.freeze();
  const abandoned = underWay.writer.abandon("_Stopped._");
  await quiet();
  assert.deepEqual(underWay.methods(), ["startStream"]);
  underWay.web.held[0]!.answer();
  await abandoned;
  assert.deepEqual(underWay.methods(), ["startStream", "stopStream"]);
});

test("a reply of which nothing was shown is abandoned without a word", async () => {
  const { writer, methods } = create();
  writer.push("never shown");
  writer.freeze();
  await writer.abandon("_Stopped._");
  assert.deepEqual(methods(), []);
});

test("a reply that is another one than its pieces takes their place", async () => {
  const { web, writer, pass, methods } = create();
  writer.push("Let me think");
  await pass(0);
  await writer.finish("It is 42");
  assert.deepEqual(methods(), ["startStream", "stopStream", "update"]);
  assert.deepEqual(web.said(), ["It is 42"]);
});

for (const mode of ["stream", "edits"] as const) {
  test(`a long reply that is another one than its pieces takes the places of all its messages (${mode})`, async () => {
    const paragraphs = Array.from({ length: 12 }, (_, n) => `${n} ${"word ".repeat(60)}\n\n`);
    const whole = paragraphs.join("");
    const words = (text: string) => text.split(/\s+/).filter(Boolean);
    for (const text of [`Sorry: ${whole}`, `Sorry: ${whole}${whole}`, "It is 42"]) {
      const { web, writer, pass, trouble, clock } = create(mode, { partMax: 2_000 });
      for (const paragraph of paragraphs) {
        writer.push(paragraph);
        await pass();
      }
      const before = web.said().length;
      assert.ok(before >= 2);
      await writer.finish(text);
      const after = web.said().length;
      assert.deepEqual(words(web.said().join("\n")), words(text));
      const [streams, posts, stops, deletes] = [
        "startStream",
        "postMessage",
        "stopStream",
        "delete",
      ]
        .map((method) => web.of(`chat.${method}`).length);
      assert.equal(streams! + posts!, Math.max(before, after), "no message more than it takes");
      assert.deepEqual([stops, deletes], [streams, Math.max(0, before - after)]);
      assert.deepEqual([trouble, clock.pending], [[], 0]);
    }
  });
}

test("what is left of another reply and cannot be deleted is told, and the reply is there", async () => {
  const { web, writer, pass, trouble } = create("edits", { partMax: 2_000 });
  for (let n = 0; n < 12; n++) {
    writer.push(`${"word ".repeat(60)}\n\n`);
    await pass();
  }
  web.failNext("chat.delete", refusal("cant_delete_message"));
  await writer.finish("It is 42");
  assert.deepEqual(trouble.map(String), [
    'SlackCallError: Cannot call chat.delete: Slack says "cant_delete_message"',
  ]);
  assert.equal(web.said()[0], "It is 42");
});

test("a piece whose answer was lost is not said twice: the end corrects the message", async () => {
  const { web, writer, pass, methods, trouble } = create();
  writer.push("one ");
  await pass(0);
  web.failNext("chat.appendStream", { code: "slack_webapi_request_error", message: "hang up" });
  writer.push("two ");
  await pass();
  writer.push("three");
  await pass();
  await writer.finish("one two three");
  assert.deepEqual(methods(), ["startStream", "appendStream", "stopStream", "update"]);
  assert.equal(web.said()[0], "one two three");
  assert.equal(trouble.length, 1);
});

test("a stream that Slack ended, and a message that somebody deleted, keep no reply from coming", async () => {
  const ended = create();
  ended.writer.push("a ");
  await ended.pass(0);
  ended.web.failNext("chat.stopStream", refusal("message_not_in_streaming_state"));
  await ended.writer.finish("a b");
  assert.deepEqual(ended.methods(), ["startStream", "stopStream", "update"]);
  const deleted = create("edits");
  deleted.writer.push("a ");
  await deleted.pass(0);
  deleted.web.failNext("chat.update", refusal("message_not_found"));
  await deleted.writer.finish("a b");
  assert.deepEqual(deleted.methods(), ["postMessage", "update", "postMessage"]);
  assert.equal(deleted.web.said().at(-1), "a b");
});

test("a reply that Slack does not take makes finish() reject", async () => {
  const { web, writer } = create();
  web.failNext("chat.postMessage", refusal("is_archived"));
  await assert.rejects(writer.finish("a"), /is_archived/);
});

test("nobody calls everybody: neither a whole reply nor one whose pieces were cut in the middle of it", async () => {
  const { web, writer, pass } = create();
  writer.push("Ask <!chan");
  await pass(0);
  writer.push("nel> or <!here> <!subteam^S1>");
  await pass();
  await writer.finish("Ask <!channel> or <!here> <!subteam^S1> <!DOCTYPE html>");
  assert.doesNotMatch(web.said()[0]!, /<!(channel|here|subteam)/);
  assert.match(web.said()[0]!, /<!DOCTYPE html>/);
});

test("a character is not cut in two, neither at the end of what is shown nor at the end of a piece", async () => {
  const { writer, pass, texts } = create();
  const long = `${"a".repeat(9_999)}😀 and on`;
  writer.push(long);
  await pass(0);
  writer.push(" and on");
  await pass();
  await writer.finish(`${long} and on`);
  const other = create("edits");
  other.writer.push("a \ud83d");
  await other.pass(0);
  other.writer.push("\ude00 b");
  await other.pass();
  for (const text of [...texts(), ...other.texts()]) {
    assert.ok((text as string).isWellFormed(), String(text).slice(-20));
  }
  assert.equal(texts().join(""), `${long} and on`);
  assert.deepEqual(other.texts(), ["a ", "a 😀 b"]);
});

test("what is held back of a piece costs no timer until more of it comes", async () => {
  for (const end of ["<!chan", "\ud83d"]) {
    const { clock, writer, pass, texts } = create();
    writer.push(`one ${end}`);
    await pass(0);
    assert.equal(clock.pending, 0);
    assert.deepEqual(texts(), ["one "]);
  }
});

test("where Slack refuses one stream the reply is posted, and where it has none that is remembered", async () => {
  const modes = { not_allowed_token_type: "edits", team_access_not_granted: "stream" };
  for (const [word, mode] of Object.entries(modes)) {
    const { web, writer, pass, methods, support } = create();
    web.failNext("chat.startStream", refusal(word));
    writer.push("a");
    await pass(0);
    await writer.finish("ab");
    assert.deepEqual(methods(), ["startStream", "postMessage", "update"]);
    assert.equal(support.mode, mode);
  }
});

test("with streaming off the pieces are not shown", async () => {
  const { writer, pass, methods } = create("off");
  writer.push("a");
  await pass();
  await writer.finish("ab");
  assert.deepEqual(methods(), ["postMessage"]);
});
