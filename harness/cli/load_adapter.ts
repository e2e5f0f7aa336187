import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { checkAdapter, type HostAdapter } from "../kit/adapter.ts";
import { AdapterError } from "../kit/adapter_error.ts";
import { promisedBy } from "../kit/promised.ts";
import { UsageError } from "./io.ts";
import { nearestTo } from "./nearest.ts";

/** Options of {@linkcode loadAdapter}. */
export interface LoadOptions {
  /** What a relative path is relative to. */
  readonly cwd: string;
  /** Which export it is. Default: `default`. */
  readonly exportName?: string | undefined;
}

/**
 * The adapter in a file.
 *
 * @throws {UsageError} if there is none
 * @throws {AdapterError} if the file throws when it is loaded
 */
export async function loadAdapter(file: string, options: LoadOptions): Promise<HostAdapter> {
  const { cwd, exportName = "default" } = options;
  const path = resolve(cwd, file);
  await checkFile(file, path);
  const module = await load(path, file);
  if (!Object.hasOwn(module, exportName)) throw noExport(file, exportName, Object.keys(module));
  const adapter = module[exportName];
  try {
    checkAdapter(adapter);
    promisedBy(adapter);
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(`${message} (${exportName} export of ${file})`);
  }
  return adapter;
}

async function checkFile(file: string, path: string): Promise<void> {
  let isFile: boolean;
  try {
    isFile = (await stat(path)).isFile();
  } catch {
    throw new UsageError(`Cannot find ${file}: there is no such file (${path})`);
  }
  if (!isFile) throw new UsageError(`Cannot use ${file}: it is no file; give the adapter's module`);
  if (!/\.[cm]?[jt]s$/.test(path)) {
    throw new UsageError(`Cannot use ${file}: an adapter is a module, such as adapter.ts`);
  }
}

async function load(path: string, file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (cause) {
    throw new AdapterError(new LoadError(file, cause));
  }
}

/** A file could not be loaded. Its stack is that of the cause. */
export class LoadError extends Error {
  override readonly name = "LoadError";

  /** @ignore */
  constructor(file: string, cause: unknown) {
    super(`Cannot load ${file}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    if (cause instanceof Error && cause.stack !== undefined) this.stack = cause.stack;
  }
}

function noExport(file: string, wanted: string, names: readonly string[]): UsageError {
  if (wanted === "default") {
    const others = names.length === 0 ? "" : `, or name one with --export (${names.join(", ")})`;
    return new UsageError(
      `Cannot use ${file}: it has no default export; write "export default adapter"${others}`,
    );
  }
  const near = nearestTo(wanted, names);
  const hint = near !== undefined
    ? `did you mean ${near}?`
    : names.length === 0
    ? "it exports nothing"
    : `there are ${names.join(", ")}`;
  return new UsageError(`Cannot find export "${wanted}" in ${file}: ${hint}`);
}
