/** What is to be known of a method of the Web API. */
interface Method {
  /** The scope that its token needs; none for `auth.test`. */
  readonly scope?: string;
  /** Of which token, `bot` by default. */
  readonly token?: "app";
  /**
   * Whether it may be called again when no answer came: Slack may have done it, and only the answer was
   * lost. What posts a text may not: it would be said twice.
   */
  readonly isRepeatable: boolean;
  /** Its rate is limited for each channel by itself. */
  readonly isPerChannel?: boolean;
}

/**
 * Every method that is called, with the scope that it needs: no other can be called. A test compares
 * them with `manifest.json`.
 */
export const METHODS = {
  "apps.connections.open": { scope: "connections:write", token: "app", isRepeatable: true },
  "assistant.threads.setStatus": { scope: "chat:write", isRepeatable: true },
  "auth.test": { isRepeatable: true },
  "chat.appendStream": { scope: "chat:write", isRepeatable: false },
  "chat.delete": { scope: "chat:write", isRepeatable: true },
  "chat.postMessage": { scope: "chat:write", isRepeatable: false, isPerChannel: true },
  "chat.startStream": { scope: "chat:write", isRepeatable: false },
  "chat.stopStream": { scope: "chat:write", isRepeatable: false },
  "chat.update": { scope: "chat:write", isRepeatable: true },
  "conversations.history": { scope: "im:history", isRepeatable: true },
  "conversations.replies": { scope: "channels:history", isRepeatable: true },
  "reactions.add": { scope: "reactions:write", isRepeatable: true },
  "reactions.remove": { scope: "reactions:write", isRepeatable: true },
} as const satisfies Readonly<Record<string, Method>>;

/** The name of a method that is called. */
export type SlackMethod = keyof typeof METHODS;

/** What is to be known of a method. */
export function methodOf(name: SlackMethod): Method {
  return METHODS[name];
}
