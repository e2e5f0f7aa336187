import type { Arguments } from "./arguments.ts";
import type { SlackEvent } from "./events.ts";
import type { Workspace } from "./workspace.ts";

/** What a method works with. */
export interface MethodContext {
  readonly workspace: Workspace;
  /** The URL for one new socket. */
  openConnection(): string;
  /** Tells the app, as everybody, of what was done. */
  announce(event: SlackEvent): void;
}

/**
 * A method of the Web API: its arguments, already with a valid token, to its answer without `ok`.
 *
 * @throws {SlackError}
 */
export type Method = (args: Arguments, context: MethodContext) => Record<string, unknown>;
