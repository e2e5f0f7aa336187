import type { SlackCalls } from "./calls.ts";

/** How one message grows: by Slack's own stream, or by edits. */
export type GrowthKind = "stream" | "edits";

/** A message of a reply that is in Slack already. Its calls go out one after the other. */
export interface ShownMessage {
  readonly growth: GrowthKind;
  /** What of the text is out, or may be: of a call without an answer that is not known. */
  readonly shown: string;
  /** Shows as much of the text as there is. The signal takes a call out that still waits. */
  show(text: string, signal: AbortSignal): Promise<void>;
  /** The message ends, as this text. */
  complete(text: string, signal?: AbortSignal): Promise<void>;
}

/** Options of a {@linkcode ShownMessage}. */
export interface ShownMessageOptions {
  readonly calls: SlackCalls;
  readonly channel: string;
  readonly ts: string;
  readonly shown: string;
}
