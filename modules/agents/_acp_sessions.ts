import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/** What an agent's own session is called, and whose it is. */
export interface AcpSessionName {
  readonly command: readonly string[];
  readonly session: string;
}

const VERSION = 1;

/**
 * The names that agents gave to their sessions, `<dataDir>/acp/<id>.json`, to go on with them after a
 * restart. Each is written whole or not at all; one that can not be read is none.
 */
export class AcpSessions {
  readonly #dir: string;

  constructor(dataDir: string) {
    this.#dir = join(resolve(dataDir), "acp");
  }

  /** `undefined` if there is none of this command. */
  async read(id: string, command: readonly string[]): Promise<string | undefined> {
    try {
      const value: unknown = JSON.parse(await readFile(this.#path(id), "utf8"));
      const { version, command: other, session } = value as Record<string, unknown>;
      const isOurs = version === VERSION && JSON.stringify(other) === JSON.stringify(command);
      return isOurs && typeof session === "string" ? session : undefined;
    } catch {
      return undefined;
    }
  }

  async write(id: string, { command, session }: AcpSessionName): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const path = this.#path(id);
    const text = JSON.stringify({ version: VERSION, command, session });
    await writeFile(`${path}.new`, text + "\n", { mode: 0o600 });
    await rename(`${path}.new`, path);
  }

  /** The next process begins a session of its own. */
  async forget(id: string): Promise<void> {
    await rm(this.#path(id), { force: true });
  }

  #path(id: string): string {
    return join(this.#dir, `${id}.json`);
  }
}
