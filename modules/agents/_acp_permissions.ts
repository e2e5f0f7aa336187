import type {
  PermissionOption,
  RequestPermissionRequest,
  RequestPermissionResponse,
  ToolKind,
} from "@agentclientprotocol/sdk";

/**
 * What an agent may do that asks first.
 *
 * - `deny`: nothing. `reads`: what it calls reading, searching or thinking. `all`: everything.
 */
export type AcpPermissions = "deny" | "reads" | "all";

/** The policies, the strictest first. */
export const ACP_PERMISSIONS: readonly AcpPermissions[] = ["deny", "reads", "all"];

/** Kinds of tool calls that change nothing and send nothing away. */
const READS: readonly (ToolKind | undefined)[] = ["read", "search", "think"];
/** Of a title; it is the agent's own text. */
const TITLE_CHARS_MAX = 200;

/** What is known of a tool call from earlier messages: a request may leave it out. */
export interface KnownToolCall {
  readonly title?: string | null | undefined;
  readonly kind?: ToolKind | null | undefined;
}

/** What is answered to an agent, and what the person is told of it. */
export interface PermissionAnswer {
  readonly response: RequestPermissionResponse;
  /** Of a denial. */
  readonly notice?: string;
}

/**
 * Answers an agent that asks for permission. What is allowed is allowed once: an agent remembers
 * nothing of it, unless everything is allowed and it offers nothing else.
 */
export function answerPermission(
  { toolCall, options }: RequestPermissionRequest,
  { policy, known }: { readonly policy: AcpPermissions; readonly known: KnownToolCall | undefined },
): PermissionAnswer {
  const kind = toolCall.kind ?? known?.kind ?? undefined;
  const isAllowed = policy === "all" || (policy === "reads" && READS.includes(kind));
  const allow = isAllowed
    ? pick(options, policy === "all" ? ["allow_once", "allow_always"] : ["allow_once"])
    : undefined;
  if (allow !== undefined) return { response: selected(allow) };
  const title = oneLine(toolCall.title ?? known?.title ?? "a tool call");
  const what = kind === undefined ? title : `${title} (${kind})`;
  const reject = pick(options, ["reject_once", "reject_always"]);
  return {
    response: reject === undefined ? CANCELLED : selected(reject),
    notice: `Permission denied: ${what}`,
  };
}

/** What is answered once the turn is cancelled, and where no way to say no is offered. */
export const CANCELLED: RequestPermissionResponse = { outcome: { outcome: "cancelled" } };

function pick(
  options: readonly PermissionOption[],
  kinds: readonly PermissionOption["kind"][],
): PermissionOption | undefined {
  return kinds.map((kind) => options.find((option) => option.kind === kind)).find((found) => found);
}

function selected({ optionId }: PermissionOption): RequestPermissionResponse {
  return { outcome: { outcome: "selected", optionId } };
}

function oneLine(title: string): string {
  return title.replace(/\s+/g, " ").trim().slice(0, TITLE_CHARS_MAX);
}
