import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Makes a folder if it is not there. What is in it is its owner's alone. */
export async function makeFolder(path: string): Promise<void> {
  try {
    // Node's own recursive mkdir never returns where the system says that a folder cannot be (`/proc`).
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EEXIST" && (await stat(path)).isDirectory()) return;
    const parent = dirname(path);
    if (code !== "ENOENT" || parent === path || await exists(parent)) throw error;
    await makeFolder(parent);
    await mkdir(path, { mode: 0o700 });
  }
}

/** Sees now, and not when it is needed, that a folder is there and can be written to. */
export async function probeFolder(path: string): Promise<void> {
  await makeFolder(path);
  await rm(await mkdtemp(join(path, ".probe-")), { recursive: true });
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
