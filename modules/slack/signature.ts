import { createHmac, timingSafeEqual } from "node:crypto";

/** What is signed, and by what. */
export interface SignedRequest {
  /** The body as it came, byte by byte. */
  readonly body: Uint8Array;
  /** The header `x-slack-request-timestamp`. */
  readonly timestamp: string | undefined;
  /** The header `x-slack-signature`. */
  readonly signature: string | undefined;
}

/** Options of {@linkcode isSignedBySlack}. */
export interface SignatureOptions {
  readonly secret: string;
  /** Seconds since 1970. */
  readonly nowS: number;
}

/** A request that is older, or from further in the future, may be one that somebody kept. */
const AGE_S_MAX = 300;

/**
 * Whether a request comes from Slack, and lately. Look at nothing of its body before.
 *
 * The comparison takes the same time wherever the signatures differ.
 */
export function isSignedBySlack(
  request: SignedRequest,
  { secret, nowS }: SignatureOptions,
): boolean {
  const { body, timestamp = "", signature = "" } = request;
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(nowS - Number(timestamp)) > AGE_S_MAX) return false;
  const wanted = Buffer.from(
    `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:`).update(body).digest("hex")}`,
  );
  const given = Buffer.from(signature);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
