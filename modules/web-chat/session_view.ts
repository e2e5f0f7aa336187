import type { ChatBackend } from "./chat_backend.ts";
import type { BoardSession } from "./session_board.ts";

/** One session as the page sees it. What other clients wrote is not in it. */
export interface SessionView {
  readonly id: string;
  readonly mine: boolean;
  readonly project_id: string | null;
  readonly working_dir: string | null;
  readonly state: BoardSession["state"];
  readonly generation: number | null;
  readonly running: {
    readonly id: string;
    readonly text: string | null;
    readonly started_at: number;
    readonly policy: string;
    readonly messages: number;
    readonly message_ids: readonly string[];
  } | null;
  readonly waiting: readonly {
    readonly id: string;
    readonly text: string | null;
    readonly policy: string;
    readonly accepted_at: number;
  }[];
  readonly outcomes: readonly {
    readonly id: string;
    readonly status: string;
    readonly text: string | null;
    readonly started_at: number | null;
    readonly ended_at: number;
  }[];
}

/** Whose eyes the view is for. */
export interface Viewer {
  /** The session that is this client's own. */
  readonly session: string | undefined;
  readonly backend: ChatBackend;
}

/** What `viewer` may see of a session: texts and directories only of its own. */
export function viewOf(board: BoardSession, viewer: Viewer): SessionView {
  const mine = viewer.session === board.id;
  const info = mine ? viewer.backend.find(board.id) : undefined;
  const { running } = board;
  return {
    id: board.id,
    mine,
    project_id: info?.projectId ?? null,
    working_dir: info?.workingDir ?? null,
    state: board.state,
    generation: board.generation,
    running: running === null ? null : {
      id: running.id,
      text: mine ? running.text : null,
      started_at: running.startedAt,
      policy: running.policy,
      messages: running.messages.length,
      message_ids: running.messages,
    },
    waiting: board.waiting.map(({ id, text, policy, acceptedAt }) => ({
      id,
      text: mine ? text : null,
      policy,
      accepted_at: acceptedAt,
    })),
    outcomes: board.outcomes.map(({ id, status, text, startedAt, endedAt }) => ({
      id,
      status,
      text: mine ? text : null,
      started_at: startedAt,
      ended_at: endedAt,
    })),
  };
}
