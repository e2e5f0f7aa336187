import type { AnyMessage } from "@agentclientprotocol/sdk";

/** Options of `jsonLines()`. */
export interface JsonLinesOptions {
  /** The longest line, in bytes. */
  readonly lineBytesMax: number;
  /** Told of each line that is left out. */
  onLeftOut(): void;
}

/** A line is longer than its limit (`BOUNDED_STATE`). */
export class LineTooLongError extends Error {
  override readonly name = "LineTooLongError";
}

const NEWLINE = 10;

/**
 * Reads messages of JSON-RPC from lines.
 *
 * A line that is none, as of a program's progress or its log, is left out. The protocol's package would
 * answer each one before it reads the next: with an agent that writes and does not read meanwhile, both
 * sides would wait for the other as soon as the pipes are full.
 *
 * The stream fails with a `LineTooLongError` for a line beyond its limit, message or not.
 */
export function jsonLines(
  { lineBytesMax, onLeftOut }: JsonLinesOptions,
): TransformStream<Uint8Array, AnyMessage> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const keep = (part: Uint8Array) => {
    parts.push(part);
    bytes += part.length;
    if (bytes > lineBytesMax) throw new LineTooLongError();
  };
  const take = (controller: TransformStreamDefaultController<AnyMessage>) => {
    const line = new TextDecoder().decode(Buffer.concat(parts)).trim();
    parts = [];
    bytes = 0;
    if (line === "") return;
    const message = parse(line);
    if (message) controller.enqueue(message);
    else onLeftOut();
  };
  return new TransformStream({
    transform: (chunk, controller) => {
      let start = 0;
      for (let end; (end = chunk.indexOf(NEWLINE, start)) >= 0; start = end + 1) {
        keep(chunk.subarray(start, end));
        take(controller);
      }
      keep(chunk.subarray(start));
    },
    flush: take,
  });
}

/** `undefined` for what is no message. */
function parse(line: string): AnyMessage | undefined {
  // Most of what is none is told by its first character.
  if (!line.startsWith("{")) return undefined;
  try {
    const value = JSON.parse(line);
    return value.jsonrpc === "2.0" ? value : undefined;
  } catch {
    return undefined;
  }
}
