import process from "node:process";

interface Globals {
  readonly Deno?: { readonly version: { readonly deno: string } };
  readonly Bun?: { readonly version: string; gc(isSynchronous: boolean): void };
  readonly gc?: () => void;
}

const globals = globalThis as Globals;

/** The name and version of what runs this. */
export function runtime(): string {
  if (globals.Deno) return `Deno ${globals.Deno.version.deno}`;
  if (globals.Bun) return `Bun ${globals.Bun.version}`;
  return `Node ${process.versions.node}`;
}

/** Collects garbage, where the runtime was started so that it can be asked to. */
export function collect(): void {
  if (globals.Bun) globals.Bun.gc(true);
  else globals.gc?.();
}

/** Bytes in use on the heap once everything that can go has gone. */
export async function heapBytes(): Promise<number> {
  if (!globals.Bun && !globals.gc) throw new Error("Cannot measure memory: start with --expose-gc");
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    collect();
  }
  return process.memoryUsage().heapUsed;
}
