import { constants } from "node:fs";
import { type FileHandle, mkdir, open, unlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SessionExistsError, SessionGoneError } from "@lanekeeper/session-queue";
import { NEWLINE, readRange, readTail } from "./_file_tail.ts";
import { Lanes } from "./_lanes.ts";
import type { TranscriptEntry } from "./agent.ts";
import { assertSessionId } from "./session_id.ts";
import {
  decodeEntry,
  decodeHeader,
  encodeEntry,
  encodeHeader,
  type StoredEntry,
  type TranscriptHeader,
} from "./transcript_line.ts";
import {
  resolveLimits,
  TranscriptFullError,
  TranscriptUnreadableError,
} from "./transcript_limits.ts";
import type { TranscriptLimits } from "./transcript_limits.ts";

const HEADER_BYTES_MAX = 64 * 1024;

/** What is stored of one session. */
export interface StoredTranscript {
  readonly header: TranscriptHeader;
  /** The last ones, oldest first. */
  readonly entries: TranscriptEntry[];
  /** Length of a last line that was cut off; it is no entry. */
  readonly tornBytes: number;
  /** Lines among the last ones that can not be read and of which no note has told yet. */
  readonly skippedLines: number;
}

/** Options of `TranscriptStore`. */
export interface TranscriptStoreOptions {
  /** Transcripts are in its folder `sessions`. Absolute, or from the process's directory now. */
  readonly dataDir: string;
  readonly limits?: TranscriptLimits;
  /** Wall-clock time in ms since 1970, for what the store writes by itself. */
  readonly wallClockMs: () => number;
}

/**
 * Transcripts as JSON lines, `<dataDir>/sessions/<id>.jsonl`: a header, then one line for each entry.
 *
 * - An append is one write of whole lines; reads and writes of one session run in the order of
 *   their calls, those of two sessions side by side.
 * - `RESUME_FIDELITY`: a last line that was cut off, at any byte, is left out and counted; the next
 *   append begins on a line of its own, with a note. Nothing that is stored is ever removed.
 * - `BOUNDED_STATE`: no file stays open and nothing is kept in memory between two calls.
 * - Files have mode 0600, folders 0700. One process at a time owns the folder.
 *
 * What was appended survives the end of the process, not that of the machine: nothing is synced.
 */
export class TranscriptStore {
  readonly #dir: string;
  readonly #limits: Required<TranscriptLimits>;
  readonly #lanes: Lanes;
  readonly #wallClockMs: () => number;

  constructor({ dataDir, limits, wallClockMs }: TranscriptStoreOptions) {
    this.#dir = join(resolve(dataDir), "sessions");
    this.#limits = resolveLimits(limits);
    this.#lanes = new Lanes(this.#limits.waitingMax);
    this.#wallClockMs = wallClockMs;
  }

  /** How many sessions are being read or written. */
  get busy(): number {
    return this.#lanes.size;
  }

  /**
   * Stores a new session.
   *
   * @throws {SessionExistsError} if one is stored under this id. What a process left behind that
   * died before its header was whole counts as nothing.
   */
  create(header: TranscriptHeader): Promise<void> {
    return this.#inOrder(header.id, async () => {
      const bytes = Buffer.from(encodeHeader(header));
      if (bytes.length > HEADER_BYTES_MAX) {
        throw new TranscriptFullError(header.id, { bytes: bytes.length, limit: HEADER_BYTES_MAX });
      }
      await mkdir(this.#dir, { recursive: true, mode: 0o700 });
      const flags = await this.#isFree(header.id) ? "wx" : "w";
      const file = await open(this.#path(header.id), flags, 0o600);
      try {
        await writeAll(file, bytes);
      } catch (error) {
        await unlink(this.#path(header.id));
        throw error;
      } finally {
        await file.close();
      }
    });
  }

  /**
   * Reads the header and the last entries.
   *
   * @throws {SessionGoneError} if nothing is stored.
   * @throws {TranscriptUnreadableError} if the header is not one.
   */
  read(id: string): Promise<StoredTranscript> {
    return this.#inOrder(id, () =>
      this.#with(id, "r", async (file, size) => {
        const head = await readHeader(id, { file, size });
        if (!head) throw new SessionGoneError(id);
        const { lines, rest } = await readTail(file, {
          from: head.end,
          size,
          linesMax: this.#limits.lastEntriesMax,
          bytesMax: this.#limits.tailBytesMax,
        });
        return { header: head.header, ...decodeLines(lines, rest) };
      }));
  }

  /**
   * Adds entries, in one write.
   *
   * @throws {SessionGoneError} if the transcript was removed.
   * @throws {TranscriptFullError} if an entry or the transcript becomes longer than its limit.
   */
  append(id: string, entries: readonly StoredEntry[]): Promise<void> {
    return this.#inOrder(id, async () => {
      const lines = entries.map(encodeEntry);
      for (const line of lines) {
        const bytes = Buffer.byteLength(line);
        const limit = this.#limits.lineBytesMax;
        if (bytes > limit) throw new TranscriptFullError(id, { bytes, limit });
      }
      await this.#with(id, constants.O_RDWR | constants.O_APPEND, async (file, size) => {
        if (size === 0) throw new SessionGoneError(id);
        const bytes = Buffer.from(await this.#mend(file, size) + lines.join(""));
        const limit = this.#limits.fileBytesMax;
        if (size + bytes.length > limit) {
          throw new TranscriptFullError(id, { bytes: size + bytes.length, limit });
        }
        await writeAll(file, bytes);
      });
    });
  }

  /** Resolves once what was called before has settled. */
  quiet(): Promise<void> {
    return this.#lanes.quiet();
  }

  /** What goes before an append so that it does not continue a line that was cut off. */
  async #mend(file: FileHandle, size: number): Promise<string> {
    const [last] = await readRange(file, { from: size - 1, to: size });
    if (last === NEWLINE) return "";
    const bytesMax = this.#limits.tailBytesMax;
    const { rest } = await readTail(file, { from: 0, size, linesMax: 1, bytesMax });
    if (decodeEntry(rest) || decodeHeader(rest)) return "\n";
    const at = new Date(this.#wallClockMs()).toISOString();
    const text = "The line before this one was cut off and is lost";
    return "\n" + encodeEntry({ role: "note", turnId: "", text, at });
  }

  /** Whether no file has this name; `false` for one that holds nothing yet. */
  async #isFree(id: string): Promise<boolean> {
    try {
      const head = await this.#with(id, "r", (file, size) => readHeader(id, { file, size }));
      if (head) throw new SessionExistsError(id);
      return false;
    } catch (error) {
      if (error instanceof SessionGoneError) return true;
      throw error instanceof TranscriptUnreadableError ? new SessionExistsError(id) : error;
    }
  }

  async #with<T>(
    id: string,
    flags: string | number,
    use: (file: FileHandle, size: number) => Promise<T>,
  ): Promise<T> {
    const file = await open(this.#path(id), flags).catch((cause: NodeJS.ErrnoException) => {
      throw cause.code === "ENOENT" ? new SessionGoneError(id, { cause }) : cause;
    });
    try {
      return await use(file, (await file.stat()).size);
    } finally {
      await file.close();
    }
  }

  #inOrder<T>(id: string, work: () => Promise<T>): Promise<T> {
    try {
      assertSessionId(id);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#lanes.run(id, work);
  }

  #path(id: string): string {
    return join(this.#dir, `${id}.jsonl`);
  }
}

/** `undefined` where not even the header was written to its end. */
async function readHeader(
  id: string,
  { file, size }: { readonly file: FileHandle; readonly size: number },
): Promise<{ readonly header: TranscriptHeader; readonly end: number } | undefined> {
  const bytes = await readRange(file, { from: 0, to: Math.min(size, HEADER_BYTES_MAX) });
  const newline = bytes.indexOf(NEWLINE);
  const header = decodeHeader(newline < 0 ? bytes : bytes.subarray(0, newline));
  if (header?.id === id) return { header, end: newline < 0 ? bytes.length : newline + 1 };
  if (newline < 0 && size < HEADER_BYTES_MAX && !header) return undefined;
  throw new TranscriptUnreadableError(id);
}

function decodeLines(
  lines: readonly Uint8Array[],
  rest: Uint8Array,
): Omit<StoredTranscript, "header"> {
  const stored: StoredEntry[] = [];
  let skippedLines = 0;
  let afterSkipped = false;
  for (const line of lines) {
    if (line.length === 0) continue;
    const entry = decodeEntry(line);
    if (entry) stored.push(entry);
    // A note after such a line has told of it: it is not told again at every resume.
    if (!entry) skippedLines++;
    else if (afterSkipped && entry.role === "note") skippedLines--;
    afterSkipped = !entry;
  }
  if (rest.length === 0) return { entries: standing(stored), tornBytes: 0, skippedLines };
  // Only the newline was cut off when what is there is whole: no prefix of an entry is an entry.
  const last = decodeEntry(rest);
  if (last) stored.push(last);
  return { entries: standing(stored), tornBytes: last ? 0 : rest.length, skippedLines };
}

/**
 * What still counts. A mark takes away the entries of its turn that stand right before it, and no
 * others: an id may have been used before, by a process that is gone.
 */
function standing(stored: readonly StoredEntry[]): TranscriptEntry[] {
  const entries: TranscriptEntry[] = [];
  for (const entry of stored) {
    if (entry.rollsBack !== true) {
      entries.push(entry);
      continue;
    }
    for (let at = entries.length - 1; at >= 0; at--) {
      const { role, turnId } = entries[at] as TranscriptEntry;
      if (turnId === entry.turnId) entries.splice(at, 1);
      else if (role !== "note") break;
    }
  }
  return entries;
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  const { bytesWritten } = await file.write(bytes);
  if (bytesWritten === bytes.length) return;
  throw new Error(
    `Cannot write the transcript: only ${bytesWritten} of ${bytes.length} bytes were taken`,
  );
}
