import type { HostAdapter } from "../kit/adapter.ts";
import type { Guarantee } from "../oracles/oracles.ts";

/** A real bug of a real host, made small: the harness must find it. */
export interface CorpusRow {
  /** Its name: `late-drop`. The file is named after it: `late_drop.ts`. */
  readonly id: string;
  /** The bug, in one sentence. */
  readonly bug: string;
  /**
   * Where it was seen: issues, as `owner/name #1, #2`; a file of this repository, or a name of its own. If
   * there is nothing of it to read: in which kind of host.
   */
  readonly seenIn: string;
  /** The guarantees that catch it: the first is the headline, the others may come with it. */
  readonly expected: readonly [Guarantee, ...Guarantee[]];
  /** The fewest operations that show it. */
  readonly story: readonly string[];
  /** Within how many schedules it must be found. Default: 1,000. */
  readonly schedulesMax?: number;
  /** The host with the flaw. */
  readonly buggy: HostAdapter;
  /** The same host without it: nothing may be found. */
  readonly twin: HostAdapter;
}
