import assert from "node:assert/strict";
import type { FileHandle } from "node:fs/promises";
import { test } from "node:test";
import { readTail } from "./_file_tail.ts";

/** A file in memory that counts what is read of it and gives a few bytes at a time. */
class Counted {
  bytesRead = 0;
  readonly #content: Uint8Array;
  readonly #bytesPerRead: number;

  constructor(content: Uint8Array, bytesPerRead = Infinity) {
    this.#content = content;
    this.#bytesPerRead = bytesPerRead;
  }

  read(into: Uint8Array, at: number, length: number, from: number): Promise<{ bytesRead: number }> {
    const part = this.#content.subarray(from, from + Math.min(length, this.#bytesPerRead));
    into.set(part, at);
    this.bytesRead += part.length;
    return Promise.resolve({ bytesRead: part.length });
  }

  async tail(
    options: { from?: number; linesMax?: number; bytesMax?: number },
  ): Promise<[lines: string[], rest: string]> {
    const { from = 0, linesMax = 100, bytesMax = 1 << 30 } = options;
    const { lines, rest } = await readTail(this as unknown as FileHandle, {
      from,
      size: this.#content.length,
      linesMax,
      bytesMax,
    });
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return [lines.map(text), text(rest)];
  }
}

const file = (text: string, bytesPerRead?: number) =>
  new Counted(new TextEncoder().encode(text), bytesPerRead);

test("the last lines come in their order, and what follows the last newline apart", async () => {
  assert.deepEqual(await file("a\nbb\n\nc").tail({}), [["a", "bb", ""], "c"]);
  assert.deepEqual(await file("a\nbb\n").tail({}), [["a", "bb"], ""]);
  assert.deepEqual(await file("a\nbb\nc\n").tail({ linesMax: 2 }), [["bb", "c"], ""]);
  assert.deepEqual(await file("").tail({}), [[], ""]);
});

test("nothing before the given offset is looked at", async () => {
  assert.deepEqual(await file("head\na\nb").tail({ from: 5 }), [["a"], "b"]);
  assert.deepEqual(await file("head\n").tail({ from: 5 }), [[], ""]);
});

test("a line that begins before the limit of bytes is left out", async () => {
  assert.deepEqual(await file("aaaa\nbb\nc").tail({ bytesMax: 6 }), [["bb"], "c"]);
  assert.deepEqual(await file("aaaa\nbbbbbbbb").tail({ bytesMax: 3 }), [[], "bbb"]);
});

test("lines that cross the blocks are whole, also when a read gives less than was asked", async () => {
  const lines = Array.from({ length: 3_000 }, (_, n) => `${n}-${"x".repeat(n % 97)}`);
  const text = lines.join("\n") + "\n";
  assert.deepEqual(await file(text, 1_000).tail({ linesMax: 5_000 }), [lines, ""]);
  assert.deepEqual(await file(text).tail({ linesMax: 2_000 }), [lines.slice(-2_000), ""]);
});

test("as many lines as were asked for come, wherever a block begins", async () => {
  const text = "0123456789\n".repeat(20_000);
  for (let linesMax = 5_950; linesMax < 5_965; linesMax++) {
    const [lines] = await file(text).tail({ linesMax });
    assert.equal(lines.length, linesMax);
    assert.ok(lines.every((line) => line === "0123456789"));
  }
});

test("a long file costs what its last lines cost", async () => {
  const many = file("0123456789\n".repeat(500_000));
  const [lines] = await many.tail({ linesMax: 100 });
  assert.equal(lines.length, 100);
  assert.equal(many.bytesRead, 64 * 1024);
});

test("a line without an end costs the limit of bytes", async () => {
  const endless = file("x".repeat(2_000_000));
  assert.equal((await endless.tail({ bytesMax: 300_000 }))[1].length, 300_000);
  assert.equal(endless.bytesRead, 300_000);
});
