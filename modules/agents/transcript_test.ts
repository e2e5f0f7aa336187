import assert from "node:assert/strict";
import { appendFile, mkdir, open, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { SessionExistsError, SessionGoneError } from "@lanekeeper/session-queue";
import { AT, withFolder } from "./_test_support.ts";
import type { TranscriptEntry } from "./agent.ts";
import { TranscriptStore } from "./transcript.ts";
import { limitsForReplies, resolveLimits, type TranscriptLimits } from "./transcript_limits.ts";

const HEADER = { id: "s1", projectId: "p", workingDir: "/w", createdAt: AT };
const NOTE = "The line before this one was cut off and is lost";

const said = (text: string): TranscriptEntry => ({ role: "user", turnId: "t", text, at: AT });

function withStore(
  limits: TranscriptLimits,
  body: (store: TranscriptStore, path: string, dir: string) => Promise<void>,
): Promise<void> {
  return withFolder(async (dir) => {
    const wallClockMs = () => Date.parse(AT);
    const store = new TranscriptStore({ dataDir: dir, limits, wallClockMs });
    await store.create(HEADER);
    await body(store, join(dir, "sessions", "s1.jsonl"), dir);
  });
}

const texts = async (store: TranscriptStore) =>
  (await store.read("s1")).entries.map((entry) => entry.text);

test("what was created and appended is read, and nothing is torn", () =>
  withStore({}, async (store) => {
    await store.append("s1", [said("one"), said("two\nlines")]);
    await store.append("s1", [said("🚀")]);
    const entries = [said("one"), said("two\nlines"), said("🚀")];
    assert.deepEqual(await store.read("s1"), {
      header: HEADER,
      entries,
      tornBytes: 0,
      skippedLines: 0,
    });
  }));

test("files and folders are the owner's alone", () =>
  withStore({}, async (_store, path) => {
    const mode = async (of: string) => (await stat(of)).mode & 0o777;
    assert.equal(await mode(path), 0o600);
    assert.equal(await mode(join(path, "..")), 0o700);
  }));

test("a second create() of a session is refused and changes nothing", () =>
  withStore({}, async (store, path) => {
    const before = await readFile(path, "utf8");
    await assert.rejects(store.create({ ...HEADER, projectId: "other" }), SessionExistsError);
    await writeFile(path, "no header\n");
    await assert.rejects(store.create(HEADER), SessionExistsError);
    await writeFile(path, before);
    assert.equal((await store.read("s1")).header.projectId, "p");
  }));

test("of two creates at once one is refused", () =>
  withStore({}, async (store) => {
    const ids = ["s2", "s2"].map((id, n) => store.create({ ...HEADER, id, projectId: `p${n}` }));
    const [first, second] = await Promise.allSettled(ids);
    assert.equal(first?.status, "fulfilled");
    assert.ok(second?.status === "rejected" && second.reason instanceof SessionExistsError);
    assert.equal((await store.read("s2")).header.projectId, "p0");
  }));

test("a header that was cut off anywhere is nothing stored, and create() takes its place", () =>
  withStore({}, async (store, path) => {
    const whole = await readFile(path);
    for (let length = 0; length < whole.length - 1; length++) {
      await writeFile(path, whole.subarray(0, length));
      await assert.rejects(store.read("s1"), SessionGoneError, `${length} bytes`);
      await store.create(HEADER);
      assert.deepEqual(await readFile(path), whole);
    }
  }));

test("a header that lacks only its newline is whole, and the first append mends it", () =>
  withStore({}, async (store, path) => {
    await truncate(path, (await stat(path)).size - 1);
    assert.deepEqual((await store.read("s1")).header, HEADER);
    await store.append("s1", [said("one")]);
    assert.deepEqual(await texts(store), ["one"]);
  }));

test("a header of another session or version is an error, and not 'session gone'", () =>
  withStore({}, async (store, path) => {
    const isUnreadable = { name: "TranscriptUnreadableError", code: "transcript_unreadable" };
    for (const wrong of ['{"version":2,"id":"s1"}\n', "\n", "{\n", "x".repeat(70_000)]) {
      await writeFile(path, wrong);
      await assert.rejects(store.read("s1"), isUnreadable);
    }
    await store.create({ ...HEADER, id: "s2" });
    await writeFile(path, await readFile(join(path, "..", "s2.jsonl")));
    await assert.rejects(store.read("s1"), isUnreadable);
  }));

test("a last line cut at any byte is left out and counted, and the next append is whole", () =>
  withStore({}, async (store, path) => {
    await store.append("s1", [said("one")]);
    const kept = (await stat(path)).size;
    await store.append("s1", [said("größe 🚀 \n")]);
    const whole = await readFile(path);
    for (let length = kept; length < whole.length - 1; length++) {
      await writeFile(path, whole.subarray(0, length));
      const torn = await store.read("s1");
      assert.deepEqual(torn.entries, [said("one")], `${length} bytes`);
      assert.equal(torn.tornBytes, length - kept);
      await store.append("s1", [said("next")]);
      const mended = await store.read("s1");
      const note = length === kept ? [] : [NOTE];
      assert.deepEqual(mended.entries.map((entry) => entry.text), ["one", ...note, "next"]);
      assert.equal(mended.tornBytes + mended.skippedLines, 0, "it is told once");
      assert.ok((await readFile(path)).subarray(0, length).equals(whole.subarray(0, length)));
    }
  }));

test("a last line that lacks only its newline is kept", () =>
  withStore({}, async (store, path) => {
    await store.append("s1", [said("one")]);
    await truncate(path, (await stat(path)).size - 1);
    assert.equal((await store.read("s1")).tornBytes, 0);
    assert.deepEqual(await texts(store), ["one"]);
    await store.append("s1", [said("two")]);
    assert.deepEqual(await texts(store), ["one", "two"]);
  }));

test("a line in the middle that can not be read is skipped and counted; an empty one is not", () =>
  withStore({}, async (store, path) => {
    await store.append("s1", [said("one")]);
    await appendFile(path, '{"role":"user"}\n\nnonsense\n');
    await store.append("s1", [said("two")]);
    const { entries, skippedLines } = await store.read("s1");
    assert.deepEqual(entries, [said("one"), said("two")]);
    assert.equal(skippedLines, 2);
  }));

test("the last entries are read, as many as the limit", () =>
  withStore({ lastEntriesMax: 3 }, async (store) => {
    for (let n = 0; n < 9; n++) await store.append("s1", [said(`${n}`)]);
    assert.deepEqual(await texts(store), ["6", "7", "8"]);
  }));

test("of a transcript of a gigabyte only the end is read", () =>
  withStore({ lineBytesMax: 1_000, tailBytesMax: 1_000 }, async (store, path) => {
    const file = await open(path, "r+");
    await file.truncate(1 << 30);
    await file.close();
    await appendFile(path, "\n");
    const limited = { fileBytesMax: 2 ** 31, lineBytesMax: 1_000, tailBytesMax: 1_000 };
    const dataDir = join(path, "..", "..");
    const roomy = new TranscriptStore({ dataDir, limits: limited, wallClockMs: () => 0 });
    await roomy.append("s1", [said("one"), said("two")]);
    assert.deepEqual(await texts(store), ["one", "two"]);
  }));

test("appends land in the order of their calls, each in one piece", () =>
  withStore({ lastEntriesMax: 1_000 }, async (store) => {
    const pairs = Array.from({ length: 100 }, (_, n) => [said(`${n}a`), said(`${n}b`)]);
    await Promise.all(pairs.map((pair) => store.append("s1", pair)));
    assert.deepEqual(await texts(store), pairs.flat().map((entry) => entry.text));
    assert.equal(store.busy, 0);
  }));

test("a read sees what was appended before it, and not half of what is appended after it", () =>
  withStore({}, async (store) => {
    void store.append("s1", [said("before")]);
    const read = store.read("s1");
    void store.append("s1", [said("after".repeat(10_000))]);
    assert.deepEqual((await read).entries, [said("before")]);
    await store.quiet();
    assert.equal((await store.read("s1")).entries.length, 2);
  }));

test("a transcript that was removed is 'session gone' to read and to append, and stays removed", () =>
  withStore({}, async (store, path) => {
    await rm(path);
    await assert.rejects(store.read("s1"), SessionGoneError);
    await assert.rejects(store.append("s1", [said("one")]), SessionGoneError);
    await assert.rejects(readFile(path), { code: "ENOENT" });
    await writeFile(path, "");
    await assert.rejects(store.append("s1", [said("one")]), SessionGoneError);
    assert.equal((await stat(path)).size, 0);
  }));

test("an error of the disk is not 'session gone'", () =>
  withStore({}, async (store, path) => {
    await rm(path);
    await mkdir(path);
    for (const failed of [store.read("s1"), store.append("s1", [said("one")])]) {
      await assert.rejects(failed, (error: NodeJS.ErrnoException) => error.code === "EISDIR");
    }
  }));

test("a line, a transcript and a header longer than their limits are refused whole", () =>
  withStore({ lineBytesMax: 200, fileBytesMax: 500 }, async (store, path) => {
    const isFull = { name: "TranscriptFullError", code: "transcript_full" };
    const before = await readFile(path, "utf8");
    await assert.rejects(store.append("s1", [said("a"), said("ü".repeat(100))]), isFull);
    assert.equal(await readFile(path, "utf8"), before);
    const five = Array.from({ length: 8 }, () => said("x"));
    await assert.rejects(store.append("s1", five), isFull);
    assert.equal(await readFile(path, "utf8"), before);
    await assert.rejects(
      store.create({ ...HEADER, id: "s2", workingDir: "/".repeat(70_000) }),
      isFull,
    );
    await assert.rejects(store.read("s2"), SessionGoneError);
  }));

test("no id leads out of the folder", () =>
  withStore({}, async (store, _path, dir) => {
    const id = "../outside";
    await writeFile(join(dir, "outside.jsonl"), "untouched");
    const isInvalid = { code: "invalid_session_id" };
    await assert.rejects(store.create({ ...HEADER, id }), isInvalid);
    await assert.rejects(store.read(id), isInvalid);
    await assert.rejects(store.append(id, [said("one")]), isInvalid);
    assert.equal(await readFile(join(dir, "outside.jsonl"), "utf8"), "untouched");
  }));

test("limits that are no whole numbers from 1, or do not fit each other, are refused", () => {
  const make = (limits: TranscriptLimits) => () =>
    new TranscriptStore({ dataDir: ".", limits, wallClockMs: () => 0 });
  for (const wrong of [0, -1, 1.5, NaN, Infinity]) {
    assert.throws(make({ lastEntriesMax: wrong }), /^RangeError: Cannot use limit lastEntriesMax/);
  }
  assert.throws(make({ tailBytesMax: 1_000 }), /less than lineBytesMax/);
});

test("limits that are not set fit the longest reply, up to those that are (BOUNDED_STATE)", () => {
  const [KiB, MiB] = [1024, 1024 * 1024];
  const fit = (charsMax: number, limits?: TranscriptLimits) => {
    const { lineBytesMax, tailBytesMax } = resolveLimits(limitsForReplies(charsMax, limits));
    return [lineBytesMax, tailBytesMax];
  };
  assert.deepEqual(fit(1_000), [MiB, 4 * MiB]);
  const needed = 60_000_000 + 64 * KiB;
  assert.deepEqual(fit(10_000_000), [needed, 2 * needed]);
  assert.deepEqual(fit(Number.MAX_SAFE_INTEGER), [256 * MiB, 512 * MiB]);
  assert.deepEqual(fit(10_000_000, { lineBytesMax: 1_000 }), [1_000, 4 * MiB]);
  assert.deepEqual(fit(10_000_000, { tailBytesMax: 8 * MiB }), [8 * MiB, 8 * MiB]);
  assert.throws(() => fit(1_000, { tailBytesMax: 1_000 }), /less than lineBytesMax/);
});
