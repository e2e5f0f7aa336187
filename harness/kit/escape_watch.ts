// Taken when this module loads, so that no wrapper below has a part in it.
const nativeSetTimeout = globalThis.setTimeout;

/** How long a host that stands still is watched, in ms of real time; and one that reached out. */
const WATCHED_MS = 25;
const WATCHED_REACHING_MS = 250;
/** It is looked at so often meanwhile. */
const LOOK_MS = 5;
/** After so many schedules in which it stood still for good, it is not watched any more. */
const STILL_MAX = 4;
/** How often a host that something outside moves is waited for in one schedule. */
const MOVES_MAX = 200;

/** The globals that reach out of a schedule. */
const REACHING_OUT = ["setTimeout", "setInterval", "setImmediate", "fetch", "WebSocket"] as const;

const TIMERS: ReadonlySet<string> = new Set(["setTimeout", "setInterval", "setImmediate"]);

/**
 * Finds what escapes control: a real timer, a request, a socket. Such a host moves although no step was
 * taken, and no schedule of it is the same twice.
 *
 * - A host that is owed something and stands still is watched for a moment of real time.
 * - While it is installed, calls of the runtime's timers, of `fetch` and of `WebSocket` are named, with
 *   the place they come from.
 */
export class EscapeWatch {
  readonly #named = new Set<string>();
  readonly #moves = new WeakMap<object, number>();
  #calls = 0;
  #still = 0;
  #hasMoved = false;

  /** What escaped, in words. */
  get escapes(): string[] {
    const escapes = [...this.#named];
    if (this.#hasMoved) {
      escapes.push("the host moved although no step was taken: a real timer, a socket or a file");
    }
    return escapes;
  }

  /** How often something reached out so far. */
  get calls(): number {
    return this.#calls;
  }

  /** Whether a world that stands still, and reached out or not, is moved by something outside. */
  async isMoving(
    world: object,
    { sizeNow, hasReachedOut }: { sizeNow(): number; hasReachedOut: boolean },
  ): Promise<boolean> {
    if (this.#still >= STILL_MAX && !hasReachedOut) return false;
    const moves = this.#moves.get(world) ?? 0;
    if (moves >= MOVES_MAX) return false;
    const before = sizeNow();
    const watchedMs = hasReachedOut && this.#still < STILL_MAX ? WATCHED_REACHING_MS : WATCHED_MS;
    for (let ms = 0; ms < watchedMs && sizeNow() === before; ms += LOOK_MS) {
      await new Promise((resolve) => nativeSetTimeout(resolve, LOOK_MS));
    }
    if (sizeNow() === before) {
      this.#still++;
      return false;
    }
    this.#moves.set(world, moves + 1);
    this.#hasMoved = true;
    this.#still = 0;
    return true;
  }

  /** Names calls that reach out, until what this returns is called. */
  install(): () => void {
    const globals = globalThis as unknown as Record<string, unknown>;
    const undo = REACHING_OUT.map((name) => {
      const native = globals[name];
      if (typeof native !== "function") return () => {};
      globals[name] = this.#naming(name, native as (...args: unknown[]) => unknown);
      return () => void (globals[name] = native);
    });
    return () => {
      for (const back of undo) back();
    };
  }

  #naming(name: string, native: (...args: unknown[]) => unknown): unknown {
    const hint = TIMERS.has(name) ? ": take env.clock, or set globalTimers: true" : "";
    const note = () => {
      this.#calls++;
      if (this.#named.size < 20) this.#named.add(`${name}() is called ${callerOf()}${hint}`);
    };
    return new Proxy(native, {
      apply: (target, self, args) => (note(), Reflect.apply(target, self, args)),
      construct: (target, args) => (note(), Reflect.construct(target, args)),
    });
  }
}

/** The first line of the stack that is not here. */
function callerOf(): string {
  const lines = (new Error().stack ?? "").split("\n").slice(1);
  const line = lines.find((line) =>
    !/escape_watch\.ts|Reflect\.|Object\.apply|at unknown$/.test(line)
  );
  return line === undefined ? "somewhere" : line.trim().replace(/^at /, "at ");
}
