import { realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

/**
 * Whether a path is one of these folders or is in one, by whatever links; it need not be there. A relative
 * path counts from the process's directory; those of the folders are absolute.
 */
export async function leadsInto(path: string, folders: readonly string[]): Promise<boolean> {
  const absolute = resolved(path);
  if (absolute === undefined) return false;
  const target = await real(absolute);
  for (const folder of folders) {
    const way = relative(await real(folder), target);
    if (!isAbsolute(way) && way.split(sep)[0] !== "..") return true;
  }
  return false;
}

/** `undefined` when it depends on the process's directory and that was deleted. */
function resolved(path: string): string | undefined {
  try {
    return resolve(path);
  } catch {
    return undefined;
  }
}

/** Without links, as far as it is there. */
async function real(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await real(parent), basename(path));
  }
}
