import type { Ledger } from "../ledger.ts";
import type { Held } from "../ledger_record.ts";
import type { HostSnapshot, HostUnderTest } from "./adapter.ts";

/** What a host shows of itself, written down when it changes. */
export class HostLook {
  readonly #level: number;
  readonly #ledger: Ledger;
  readonly #seen = new Map<string, { guard: unknown; live: boolean; names: string }>();
  #host: HostUnderTest | undefined;

  constructor(level: number, ledger: Ledger) {
    this.#level = level;
    this.#ledger = ledger;
  }

  /** The host is there, and nothing has happened yet. */
  begin(host: HostUnderTest): void {
    this.#host = host;
  }

  /** The host is gone: nothing is to be seen until there is another one. */
  end(): void {
    this.#host = undefined;
    this.#seen.clear();
  }

  /** What it holds now; `undefined` for a host that does not show it. */
  snapshot(): HostSnapshot | undefined {
    return this.#level === 0 ? undefined : this.#host?.snapshot?.();
  }

  guardOf(session: string): unknown {
    const snapshot = this.snapshot();
    if (snapshot === undefined) return undefined;
    for (const state of snapshot.sessions) if (state.session === session) return state.guard;
    return undefined;
  }

  /** Writes down which guards and waiting messages changed. */
  look(): void {
    const snapshot = this.snapshot();
    if (snapshot === undefined) return;
    for (const state of snapshot.sessions) {
      const { session, guard, live = true, waiting = [] } = state;
      const names = waiting.flatMap((text) => text.match(/\bm\d+\b/g) ?? []);
      const before = this.#seen.get(session);
      const text = names.join();
      if (before !== undefined && before.guard === guard && before.live === live) {
        if (before.names === text) continue;
      }
      this.#seen.set(session, { guard, live, names: text });
      const line = state.waiting === undefined ? {} : { showsLine: true } as const;
      this.#ledger.write({ kind: "guard", session, guard, live, waiting: names, ...line });
    }
    if (this.#seen.size > snapshot.sessions.length) this.#lookForGone(snapshot);
  }

  /** Whether it has anything left to do. */
  get isBusy(): boolean {
    for (const { guard, waiting } of this.snapshot()?.sessions ?? []) {
      if (guard !== undefined || (waiting !== undefined && waiting.length > 0)) return true;
    }
    return false;
  }

  /** At the end: what it holds of its world and by itself, and how far what may grow has grown. */
  finish(ofWorld: Held): void {
    const snapshot = this.snapshot();
    const held: Record<string, number> = { ...snapshot?.held };
    const add = (name: string, count: number) => {
      if (count > 0) held[name] = (held[name] ?? 0) + count;
    };
    for (const [name, count] of Object.entries(ofWorld)) add(name, count);
    for (const { guard, waiting } of snapshot?.sessions ?? []) {
      add("guards", guard === undefined ? 0 : 1);
      add("waiting", waiting?.length ?? 0);
    }
    this.#ledger.rest(held);
    for (const [name, { size, max }] of Object.entries(snapshot?.state ?? {})) {
      this.#ledger.write({ kind: "measure", lane: "state", name, n: 1, value: size, limit: max });
    }
  }

  #lookForGone({ sessions }: HostSnapshot): void {
    for (const session of this.#seen.keys()) {
      if (sessions.some((state) => state.session === session)) continue;
      this.#seen.delete(session);
      const gone = { guard: undefined, live: false, waiting: [] };
      this.#ledger.write({ kind: "guard", session, ...gone });
    }
  }
}
