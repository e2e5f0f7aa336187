import { stat } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { isAbsolute, resolve } from "node:path";
import process from "node:process";

/** Where `resolveWorkingDir()` looks. Every field has the process's own as its default. */
export interface WorkingDirEnv {
  /** The user's home directory. Default: `os.homedir()`. */
  readonly homeDir?: string;
  /** The process's working directory; throws when that was deleted. Default: `process.cwd`. */
  readonly cwd?: () => string;
  /** An absolute path to a directory that comes before the home directory. Default: none. */
  readonly fallbackDir?: string | undefined;
}

/** A directory to work in. */
export interface ResolvedWorkingDir {
  /** An absolute path to a directory that is there. */
  readonly path: string;
  /** The directory that was meant, absolute: what to store, so that it comes back when it does. */
  readonly wanted: string;
  /** Which directory was lost and what is used instead. */
  readonly notice?: string;
}

/**
 * Finds a session's working directory, also when it was deleted (A13).
 *
 * When to use: when a session is opened or resumed, before its agent is started there. When not: to
 * make a directory, or to change the process's own, which this never does (`NO_GLOBAL_CWD`).
 *
 * - The wanted directory if it is one; a relative path counts from the process's directory.
 * - With none wanted, the process's directory.
 * - Otherwise `fallbackDir`, failing that the user's home, and failing that the system's temporary directory, with a notice.
 * - Nothing is remembered: one session's fallback changes no other's directory.
 *
 * @throws {Error} if neither the home nor the temporary directory is there.
 *
 * @example A directory that was deleted
 * ```ts
 * import { resolveWorkingDir } from "@lanekeeper/agents";
 * import assert from "node:assert/strict";
 *
 * const found = await resolveWorkingDir("/no/such/directory", { homeDir: "/" });
 * assert.equal(found.path, "/");
 * assert.equal(found.wanted, "/no/such/directory");
 * assert.match(found.notice ?? "", /"\/no\/such\/directory" is not there/);
 * ```
 */
export async function resolveWorkingDir(
  wanted: string | undefined,
  env: WorkingDirEnv = {},
): Promise<ResolvedWorkingDir> {
  const path = absolute(wanted, env.cwd ?? process.cwd);
  if (path !== undefined && await isDirectory(path)) return { path, wanted: path };
  const instead = await fallback(env);
  const lost = path ?? wanted;
  const what = lost === undefined
    ? "The working directory of the server"
    : `The working directory "${lost}"`;
  return {
    path: instead,
    wanted: path ?? instead,
    notice: `${what} is not there; this session works in "${instead}"`,
  };
}

/** `undefined` when it depends on the process's directory and that was deleted. */
function absolute(wanted: string | undefined, cwd: () => string): string | undefined {
  if (wanted !== undefined && isAbsolute(wanted)) return wanted;
  try {
    return resolve(cwd(), wanted ?? "");
  } catch {
    return undefined;
  }
}

async function fallback({ fallbackDir, homeDir }: WorkingDirEnv): Promise<string> {
  const home = homeDir ?? homedir();
  for (const path of [fallbackDir, home, tmpdir()]) {
    if (path !== undefined && isAbsolute(path) && await isDirectory(path)) return path;
  }
  throw new Error(`Cannot find a working directory: the home directory "${home}" is not there`);
}

/** A directory that can not be looked at is as good as none. */
async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
