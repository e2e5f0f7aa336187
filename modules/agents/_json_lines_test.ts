import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonLines, LineTooLongError } from "./_json_lines.ts";

/** What is read of these chunks, and how many lines are left out. */
async function read(chunks: readonly Uint8Array[], lineBytesMax = 1_000) {
  let leftOut = 0;
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const messages: unknown[] = [];
  for await (
    const message of source.pipeThrough(jsonLines({ lineBytesMax, onLeftOut: () => leftOut++ }))
  ) messages.push(message);
  return { messages, leftOut };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const line = (id: number) => JSON.stringify({ jsonrpc: "2.0", id, result: "…" });

test("messages are read whole, at whichever byte they are cut", async () => {
  const all = bytes(`${line(1)}\r\nloading…\n\n${line(2)}\n${line(3)}`);
  const expected = await read([all]);
  assert.deepEqual(expected.messages, [1, 2, 3].map((id) => JSON.parse(line(id))));
  assert.equal(expected.leftOut, 1);
  for (let cut = 0; cut <= all.length; cut++) {
    assert.deepEqual(await read([all.slice(0, cut), all.slice(cut)]), expected);
  }
});

test("what is no message of JSON-RPC is left out and told", async () => {
  const lines = ["Step 1", "{ step: 2 }", "[3]", '"four"', "null", "{}", '{"method":"GET","id":1}'];
  assert.deepEqual(await read([bytes(lines.join("\n"))]), { messages: [], leftOut: lines.length });
});

test("a line beyond the limit is an error, also one that is no message (BOUNDED_STATE)", async () => {
  assert.equal((await read([bytes(line(1))], line(1).length + 2)).messages.length, 1);
  for (const text of [line(1), "x".repeat(line(1).length)]) {
    await assert.rejects(read([bytes(text)], text.length - 1), LineTooLongError);
    await assert.rejects(
      read([bytes(text.slice(0, 9)), bytes(text.slice(9))], 10),
      LineTooLongError,
    );
  }
});
