import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs `use` with a new folder, whose path has no links, and deletes it afterwards. */
export async function withFolder(use: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "lanekeeper-test-")));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
