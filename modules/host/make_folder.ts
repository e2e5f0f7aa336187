import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Makes a folder if it is not there. What is in it is its owner's alone. */
export async function makeFolder(path: string): Promise<void> {
  try {
    // Node's own recursive mkdir never returns where the system says that a folder cannot be (`/proc`).
    await makeOne(path);
  } catch (error) {
    const parent = dirname(path);
    if ((error as { code?: string }).code !== "ENOENT" || parent === path) throw error;
    if (!await exists(parent)) await makeFolder(parent);
    // Also where the parent is there: somebody else may have made it just now.
    await makeOne(path);
  }
}

/** Sees now, and not when it is needed, that a folder is there and can be written to. */
export async function probeFolder(path: string): Promise<void> {
  await makeFolder(path);
  await rm(await mkdtemp(join(path, ".probe-")), { recursive: true });
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const isInTheWay = (error as { code?: string }).code === "EEXIST";
    if (!isInTheWay || !(await stat(path)).isDirectory()) throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
