/** How much a transcript may hold and how much of it is read. Each is a whole number, 1 or more. */
export interface TranscriptLimits {
  /**
   * One message or reply, in bytes of JSON; a longer one fails its turn. Default 1 MiB, or what the
   * longest reply of the agent needs.
   */
  readonly lineBytesMax?: number;
  /** One transcript, in bytes; what goes beyond fails its turn. Default 256 MiB. */
  readonly fileBytesMax?: number;
  /** How many entries `transcript()` returns, the last ones. Default 200. */
  readonly lastEntriesMax?: number;
  /** How far back from its end a transcript is read, in bytes. Default 4 MiB, or two such lines. */
  readonly tailBytesMax?: number;
  /** Reads and writes that wait on one session at a time. Default 1,000. */
  readonly waitingMax?: number;
}

const DEFAULTS: Required<TranscriptLimits> = {
  lineBytesMax: 1024 * 1024,
  fileBytesMax: 256 * 1024 * 1024,
  lastEntriesMax: 200,
  tailBytesMax: 4 * 1024 * 1024,
  waitingMax: 1_000,
};

/** Of a character in JSON, where it is written as `\\u001b`. */
const CHAR_BYTES_MAX = 6;
/** What a line has besides its text. */
const LINE_REST_BYTES = 64 * 1024;

/** Limits with which a reply of `charsMax` characters is stored whole, where they are not set. */
export function limitsForReplies(
  charsMax: number,
  limits: TranscriptLimits = {},
): TranscriptLimits {
  const { fileBytesMax = DEFAULTS.fileBytesMax, tailBytesMax = Infinity } = limits;
  const needed = Math.min(
    charsMax * CHAR_BYTES_MAX + LINE_REST_BYTES,
    ...[fileBytesMax, tailBytesMax],
  );
  const lineBytesMax = limits.lineBytesMax ?? Math.max(DEFAULTS.lineBytesMax, needed);
  return {
    tailBytesMax: Math.max(DEFAULTS.tailBytesMax, 2 * lineBytesMax),
    ...limits,
    lineBytesMax,
  };
}

/** @throws {RangeError} if a limit is not a whole number from 1, or a line may not fit the tail. */
export function resolveLimits(limits: TranscriptLimits = {}): Required<TranscriptLimits> {
  const resolved = { ...DEFAULTS, ...limits };
  for (const [name, value] of Object.entries(resolved)) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new RangeError(`Cannot use limit ${name} ${value}: it must be a whole number, 1 or more`);
  }
  if (resolved.tailBytesMax < resolved.lineBytesMax) {
    throw new RangeError(
      `Cannot use limit tailBytesMax ${resolved.tailBytesMax}: it is less than lineBytesMax`,
    );
  }
  return resolved;
}

/** A line or a transcript would become longer than its limit (`BOUNDED_STATE`). */
export class TranscriptFullError extends Error {
  override readonly name = "TranscriptFullError";
  /** Stable code for callers that cross a realm or a wire. */
  readonly code = "transcript_full";
  readonly session: string;

  constructor(session: string, { bytes, limit }: { bytes: number; limit: number }) {
    super(
      `Cannot write to the transcript of session "${session}": ${bytes} bytes, the limit is ${limit}`,
    );
    this.session = session;
  }
}

/**
 * The first line of a transcript is no header of this session and this version. It is not
 * `SessionGoneError`: something is stored, and a surface keeps its binding (`ERROR_CLASS`).
 */
export class TranscriptUnreadableError extends Error {
  override readonly name = "TranscriptUnreadableError";
  /** Stable code for callers that cross a realm or a wire. */
  readonly code = "transcript_unreadable";
  readonly session: string;

  constructor(session: string) {
    super(`Cannot read the transcript of session "${session}": its header is not one of version 1`);
    this.session = session;
  }
}
