/**
 * Whether a session is one of Slack's, by its name. It is asked without Slack, too: what was written there
 * stays private when the server is started without it.
 */
export function isSlackSession(session: string): boolean {
  return session.startsWith("slack-");
}
