import type { FileHandle } from "node:fs/promises";

const BLOCK_BYTES = 64 * 1024;
export const NEWLINE = 0x0a;

/** Where to read, and how much at most. */
export interface TailOptions {
  /** The tail does not begin before this offset. */
  readonly from: number;
  /** Where the file ends. */
  readonly size: number;
  readonly linesMax: number;
  readonly bytesMax: number;
}

/** The end of a file, in lines. */
export interface FileTail {
  /** Lines that have their newline, without it, oldest first. */
  readonly lines: Uint8Array[];
  /** What follows the last newline: a line that was cut off. */
  readonly rest: Uint8Array;
}

/**
 * Reads the last lines of a file backwards, block by block: a gigabyte costs what its last lines
 * cost. A line that does not fit into `bytesMax` is left out.
 */
export async function readTail(file: FileHandle, options: TailOptions): Promise<FileTail> {
  const { from, size, linesMax, bytesMax } = options;
  const floor = Math.max(from, size - bytesMax);
  const blocks: Uint8Array[] = [];
  let start = size;
  // One newline more than lines: what stands before the first newline may be half a line.
  for (let newlines = 0; start > floor && newlines <= linesMax;) {
    const end = start;
    start = Math.max(floor, end - BLOCK_BYTES);
    const block = await readRange(file, { from: start, to: end });
    newlines += count(block, NEWLINE);
    blocks.unshift(block);
  }
  const parts = split(Buffer.concat(blocks));
  const rest = parts.pop() ?? new Uint8Array();
  if (start > from && parts.length > 0) parts.shift();
  return { lines: parts.slice(-linesMax), rest };
}

/** Reads `from` up to `to`, or to the end of the file where that comes first. */
export async function readRange(
  file: FileHandle,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Uint8Array> {
  const bytes = new Uint8Array(to - from);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, from + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

function count(bytes: Uint8Array, wanted: number): number {
  let found = 0;
  for (const byte of bytes) if (byte === wanted) found++;
  return found;
}

function split(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    parts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  parts.push(bytes.subarray(start));
  return parts;
}
