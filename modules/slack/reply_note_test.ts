import assert from "node:assert/strict";
import { test } from "node:test";
import { LOST, replyBench as create } from "./_reply_bench.ts";
import { refusal } from "./_test_support.ts";

const NOTE = "_Stopped._";

test("a reply that is stopped between two of its messages has the note behind the last that is shown", async () => {
  for (const mode of ["stream", "edits"] as const) {
    const { web, writer, pass } = create(mode, { partMax: 2_000 });
    writer.push(`${"word ".repeat(300)}\n\n${"more ".repeat(120)}`);
    await pass(0);
    writer.freeze();
    await writer.abandon(NOTE);
    assert.equal(web.said().length, 1);
    assert.ok(web.said()[0]?.endsWith(`word\n\n${NOTE}`), mode);
  }
});

test("a reply is stopped after Slack ended its stream: the note is edited in", async () => {
  const { web, writer, pass, texts, methods } = create();
  writer.push("half ");
  await pass(0);
  writer.freeze();
  web.failNext("chat.stopStream", refusal("message_not_in_streaming_state"));
  await writer.abandon(NOTE);
  assert.deepEqual(methods(), ["startStream", "stopStream", "update"]);
  assert.equal(texts().at(-1), `half \n\n${NOTE}`);
});

test("a note whose stop had no answer is there once", async () => {
  const { web, writer, pass, texts } = create();
  writer.push("half ");
  await pass(0);
  writer.freeze();
  web.failNext("chat.stopStream", LOST);
  await writer.abandon(NOTE);
  assert.equal(texts().at(-1), `half \n\n${NOTE}`);
});

test("the note stands behind a code block that is open, and not inside of it", async () => {
  for (const mode of ["stream", "edits"] as const) {
    for (const code of ["Look:\n```js\nconst a = 1;\n", "Look:\n```js\nconst a = 1;"]) {
      const { web, writer, pass } = create(mode);
      writer.push(code);
      await pass(0);
      writer.freeze();
      await writer.abandon(NOTE);
      assert.deepEqual(web.said(), [`${code.trimEnd()}\n\`\`\`\n\n${NOTE}`], mode);
    }
  }
});

test("a stream whose first answer was lost is found when its turn is stopped, and ends", async () => {
  const { web, writer, pass, methods, texts } = create();
  web.failNext("chat.startStream", LOST);
  writer.push("half ");
  await pass(0);
  web.replies = [{ user: "UBOT", text: "half", ts: "9.000001" }];
  writer.freeze();
  await writer.abandon(NOTE);
  assert.deepEqual(methods(), ["startStream", "conversations.replies", "stopStream"]);
  assert.equal(texts().at(-1), `\n\n${NOTE}`);
});
