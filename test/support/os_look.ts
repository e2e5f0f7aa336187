import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";

/** A TCP socket of a process, as the system's own table has it. */
export interface OpenSocket {
  readonly localPort: number;
  readonly remotePort: number;
  readonly isListening: boolean;
}

/** The state of a listener in `/proc/net/tcp`. */
const LISTEN = "0A";

/** Whether this system has the lists that are looked at: Linux does. */
export function hasProc(): boolean {
  try {
    return readdirSync("/proc/self/fd").length > 0;
  } catch {
    return false;
  }
}

/** Every process below this one, at any depth. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map(allProcesses().map((id) => [id, parentOf(id)]));
  const found = [pid];
  for (const ancestor of found) {
    for (const [id, parent] of parents) if (parent === ancestor) found.push(id);
  }
  return found.slice(1);
}

/** Every process of the group that this one leads: those whose parent has ended, too. */
export function groupOf(pid: number): number[] {
  return allProcesses().filter((id) => statOf(id)?.[2] === String(pid));
}

/** The other processes that work in a folder or below it. */
export function processesBelow(folder: string): number[] {
  return allProcesses().filter((pid) =>
    pid !== process.pid && cwdOf(pid)?.startsWith(folder) === true && isAlive(pid)
  );
}

/** Whether a process runs: one that has ended and waits for its parent to look does not. */
export function isAlive(pid: number): boolean {
  const state = statOf(pid)?.[0];
  return state !== undefined && state !== "Z" && state !== "X";
}

/** The TCP sockets that a process has open. */
export function socketsOf(pid: number | "self"): OpenSocket[] {
  const inodes = new Set(descriptorsOf(pid).map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  return tcpTable().filter(({ inode }) => inodes.has(inode)).map(({ socket }) => socket);
}

/** The sockets of anybody that have to do with this port, and are not just waiting to be forgotten. */
export function socketsAt(port: number): OpenSocket[] {
  return tcpTable().filter(({ inode }) => inode !== "0").map(({ socket }) => socket)
    .filter(({ localPort, remotePort }) => localPort === port || remotePort === port);
}

/** What a process has open: `socket:[1234]`, `pipe:[99]`, a path. */
export function descriptorsOf(pid: number | "self"): string[] {
  return names(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${name}`)];
    } catch {
      return []; // It was closed meanwhile.
    }
  });
}

function tcpTable(): { inode: string | undefined; socket: OpenSocket }[] {
  const lines = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) =>
    (read(path) ?? "").split("\n").slice(1)
  );
  return lines.filter((line) => line.trim() !== "").map((line) => {
    const [, local = "", remote = "", state, , , , , , inode] = line.trim().split(/\s+/);
    const port = (address: string) => parseInt(address.split(":")[1] ?? "0", 16);
    const ports = { localPort: port(local), remotePort: port(remote) };
    return { inode, socket: { ...ports, isListening: state === LISTEN } };
  });
}

function allProcesses(): number[] {
  return names("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
}

function parentOf(pid: number): number | undefined {
  const parent = statOf(pid)?.[1];
  return parent === undefined ? undefined : Number(parent);
}

function cwdOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined; // It has ended, or is somebody else's.
  }
}

/** From the state on: state, parent, group, session … The name before it may have anything in it. */
function statOf(pid: number): string[] | undefined {
  return read(`/proc/${pid}/stat`)?.replace(/^.*\) /s, "").split(" ");
}

function names(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return []; // The process has ended.
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
