import { access, constants, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type CliIo, type CliStream, UsageError } from "./io.ts";
import type { Given } from "./options.ts";

/** Where a file goes that shall be on standard output. */
const STDOUT = "-";

/** The columns of text that does not go to a terminal. */
const WIDTH = 100;

/** Where the results of a command go: text, and files. */
export class Output {
  readonly #io: CliIo;
  readonly #given: Given;
  readonly #paths: ReadonlyMap<string, string>;
  /** Standard output, unless a file is written there: then it is not for people. */
  readonly #text: CliStream;

  private constructor(io: CliIo, given: Given, paths: ReadonlyMap<string, string>) {
    this.#io = io;
    this.#given = given;
    this.#paths = paths;
    this.#text = [...paths.values()].includes(STDOUT) ? io.stderr : io.stdout;
  }

  /**
   * Looks whether everything that was asked for can be written: before the work, and not after it.
   *
   * @throws {UsageError} if not
   */
  static async of(io: CliIo, given: Given, names: readonly string[]): Promise<Output> {
    const paths = new Map<string, string>();
    for (const name of names) {
      const path = given.text(name);
      if (path === undefined) continue;
      const taken = [...paths].find(([, other]) => other === path)?.[0];
      if (taken !== undefined) {
        throw new UsageError(`Cannot write --${name} ${path}: --${taken} goes there, too`);
      }
      paths.set(name, path);
      if (path !== STDOUT) await checkWritable(`--${name} ${path}`, resolve(io.cwd, path));
    }
    return new Output(io, given, paths);
  }

  /** Whether this file was asked for. */
  has(name: string): boolean {
    return this.#paths.has(name);
  }

  /** How text is to look. */
  get style(): { readonly color: boolean; readonly width: number } {
    const { columns, isTTY } = this.#text;
    return {
      color: hasColor(this.#given, this.#text, this.#io.env),
      width: isTTY === true ? columns ?? 80 : WIDTH,
    };
  }

  /** Writes something for people to read. */
  say(text: string): void {
    this.#text.write(text.endsWith("\n") ? text : `${text}\n`);
  }

  /** Writes the file, if it was asked for; `rename` says where else it goes. */
  async write(
    name: string,
    make: () => string,
    rename: (path: string) => string = (path) => path,
  ): Promise<void> {
    const given = this.#paths.get(name);
    if (given === undefined) return;
    const text = make();
    if (given === STDOUT) {
      this.#io.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
      return;
    }
    const path = rename(given);
    try {
      await writeFile(resolve(this.#io.cwd, path), text);
    } catch (error) {
      throw new UsageError(`Cannot write --${name} ${path}: ${(error as Error).message}`);
    }
    this.#io.stderr.write(`Wrote ${path}\n`);
  }
}

/** Whether what goes to a stream has colours. */
export function hasColor(given: Given, stream: CliStream, env: CliIo["env"]): boolean {
  if (given.has("no-color")) return false;
  if (given.has("color")) return true;
  return stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}

async function checkWritable(what: string, path: string): Promise<void> {
  const folder = dirname(path);
  const isFolder = (await stat(folder).catch(() => undefined))?.isDirectory() ?? false;
  if (!isFolder) throw new UsageError(`Cannot write ${what}: there is no folder ${folder}`);
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) throw new UsageError(`Cannot write ${what}: it is a folder`);
  try {
    await access(found === undefined ? folder : path, constants.W_OK);
  } catch (error) {
    throw new UsageError(`Cannot write ${what}: ${(error as Error).message}`);
  }
}
