import type {
  CancelLevel,
  MessageInfo,
  Outcome,
  OutcomeStatus,
  SessionQueueObserver,
  TurnInfo,
} from "@lanekeeper/session-queue";
import type { ChatMessage } from "./chat_backend.ts";

/** A message in the picture of the sessions. `text` is an excerpt. */
interface BoardMessage {
  readonly id: string;
  readonly text: string;
  readonly policy: string;
  readonly acceptedAt: number;
}

/** How a message ended. */
interface BoardOutcome {
  readonly id: string;
  readonly status: OutcomeStatus;
  readonly text: string;
  readonly startedAt: number | null;
  readonly endedAt: number;
}

interface BoardTurn {
  readonly id: string;
  messages: readonly string[];
  readonly startedAt: number;
  readonly policy: string;
  text: string;
}

/** What the board knows of one session. */
export interface BoardSession {
  readonly id: string;
  state: "idle" | "running" | "stopping" | "ended";
  generation: number | null;
  running: BoardTurn | null;
  readonly waiting: BoardMessage[];
  readonly outcomes: BoardOutcome[];
}

/** What the board tells its listeners. */
export type BoardEvent =
  | { readonly type: "session"; readonly session: BoardSession }
  | {
    readonly type: "text";
    readonly session: string;
    readonly turn: string;
    readonly text: string;
  }
  | { readonly type: "draining" };

/** Options of {@linkcode SessionBoard}. */
export interface SessionBoardOptions {
  /** Milliseconds since the epoch, for the picture's time axis. Default `Date.now`. */
  now?(): number;
  /** Sessions that are kept; the one that was quiet for longest is dropped first. Default 500. */
  sessionsMax?: number;
}

const OUTCOMES_MAX = 12;
const EXCERPT_LENGTH_MAX = 80;

/**
 * The live picture of the sessions: who runs, who waits, how each message ended. It is an observer
 * of the queue and nothing more: it looks, and what it knows is bounded.
 */
export class SessionBoard implements SessionQueueObserver<ChatMessage, string> {
  readonly #sessions = new Map<string, BoardSession>();
  readonly #listeners = new Set<(event: BoardEvent) => void>();
  readonly #now: () => number;
  readonly #sessionsMax: number;

  constructor(options: SessionBoardOptions = {}) {
    this.#now = options.now ?? Date.now;
    this.#sessionsMax = options.sessionsMax ?? 500;
  }

  /** The picture's clock: milliseconds since the epoch. */
  now(): number {
    return this.#now();
  }

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** The sessions, the one that changed last at the end. */
  sessions(): BoardSession[] {
    return [...this.#sessions.values()];
  }

  /** Whether a message of this id waits or runs on a session. */
  hasMessage(session: string, id: string): boolean {
    const view = this.#sessions.get(session);
    return view !== undefined &&
      (view.running?.messages.includes(id) === true || view.waiting.some((one) => one.id === id));
  }

  /** Calls `listener` for each event until the function that this returns is called. */
  listen(listener: (event: BoardEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells the listeners that the server takes no more work. */
  draining(): void {
    this.#tell({ type: "draining" });
  }

  /** Tells the listeners of a session again: whose it is has changed. */
  refresh(session: string): void {
    const view = this.#sessions.get(session);
    if (view !== undefined) this.#tell({ type: "session", session: view });
  }

  readonly opened = (session: string): void => {
    const view = this.#view(session);
    if (view.state === "ended") view.state = "idle";
    this.#changed(view);
  };

  readonly accepted = (message: MessageInfo<ChatMessage>): void => {
    const view = this.#view(message.session);
    view.waiting.push({
      id: message.id,
      text: excerpt(message.message.text),
      policy: message.policy,
      acceptedAt: this.#now(),
    });
    this.#changed(view);
  };

  readonly started = (turn: TurnInfo): void => {
    const view = this.#view(turn.session);
    const mine = new Set(turn.messages);
    const taken = view.waiting.filter(({ id }) => mine.has(id));
    keep(view.waiting, ({ id }) => !mine.has(id));
    view.state = "running";
    view.generation = turn.generation;
    view.running = {
      id: turn.id,
      messages: turn.messages,
      startedAt: this.#now(),
      policy: taken[0]?.policy ?? "enqueue",
      text: taken.map(({ text }) => text).join(" · "),
    };
    this.#changed(view);
  };

  /** It goes from the line into the turn that runs, and is shown as a part of it. */
  readonly steered = (message: MessageInfo<ChatMessage>, turn: TurnInfo): void => {
    const view = this.#view(message.session);
    keep(view.waiting, ({ id }) => id !== message.id);
    if (view.running?.id === turn.id) {
      view.running.messages = turn.messages;
      view.running.text += ` · ${excerpt(message.message.text)}`;
    }
    this.#changed(view);
  };

  readonly stopping = (turn: TurnInfo, _level: CancelLevel): void => {
    const view = this.#view(turn.session);
    if (view.running === null) return;
    view.state = "stopping";
    this.#changed(view);
  };

  readonly emitted = (turn: TurnInfo, data: unknown): void => {
    this.#tell({ type: "text", session: turn.session, turn: turn.id, text: String(data) });
  };

  readonly settled = (message: MessageInfo<ChatMessage>, outcome: Outcome<string>): void => {
    const view = this.#view(message.session);
    const ran = view.running?.messages.includes(message.id) === true;
    view.outcomes.push({
      id: message.id,
      status: outcome.status,
      text: excerpt(message.message.text),
      startedAt: ran ? view.running?.startedAt ?? null : null,
      endedAt: this.#now(),
    });
    if (view.outcomes.length > OUTCOMES_MAX) view.outcomes.shift();
    keep(view.waiting, ({ id }) => id !== message.id);
    // An abandoned turn has its outcome and still has the guard: the lane goes on showing it.
    if (view.running?.messages.at(-1) === message.id && outcome.status !== "abandoned") {
      view.running = null;
      if (view.state !== "ended") view.state = "idle";
    }
    this.#changed(view);
  };

  readonly idle = (session: string): void => {
    const view = this.#sessions.get(session);
    if (view === undefined) return;
    view.running = null;
    view.generation = null;
    if (view.state !== "ended") view.state = "idle";
    this.#changed(view);
  };

  readonly ended = (session: string): void => {
    const view = this.#sessions.get(session);
    if (view === undefined) return;
    view.state = "ended";
    this.#changed(view);
  };

  #view(session: string): BoardSession {
    const found = this.#sessions.get(session);
    if (found !== undefined) return found;
    const view: BoardSession = {
      id: session,
      state: "idle",
      generation: null,
      running: null,
      waiting: [],
      outcomes: [],
    };
    this.#sessions.set(session, view);
    return view;
  }

  #changed(view: BoardSession): void {
    // Moved to the end: the map's order is the order of the last change.
    this.#sessions.delete(view.id);
    this.#sessions.set(view.id, view);
    this.#tell({ type: "session", session: view });
    if (this.#sessions.size > this.#sessionsMax) this.#dropQuietest();
  }

  #dropQuietest(): void {
    for (const view of this.#sessions.values()) {
      if (view.running !== null || view.waiting.length > 0) continue;
      this.#sessions.delete(view.id);
      return;
    }
  }

  #tell(event: BoardEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function excerpt(text: string): string {
  return text.length > EXCERPT_LENGTH_MAX ? `${text.slice(0, EXCERPT_LENGTH_MAX - 1)}…` : text;
}

function keep<T>(list: T[], wanted: (item: T) => boolean): void {
  for (let index = list.length - 1; index >= 0; index--) {
    if (!wanted(list[index] as T)) list.splice(index, 1);
  }
}
