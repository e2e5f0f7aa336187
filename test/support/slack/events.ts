import { APP_IDS, type Message, type Workspace } from "./workspace.ts";

/** An event as it is inside of the payload: `{"type": "message", …}`. */
export type SlackEvent = Readonly<Record<string, unknown>> & { readonly type: string };

/** What an `events_api` envelope, or the body of an HTTP request, carries. */
export interface EventCallback {
  readonly type: "event_callback";
  readonly event_id: string;
  readonly event: SlackEvent;
  readonly [key: string]: unknown;
}

/** The payload around an event. `eventId` stays the same for every redelivery. */
export function eventCallback(event: SlackEvent, eventId: string): EventCallback {
  const { team, app, botUser } = APP_IDS;
  return {
    token: "legacy-verification-token",
    team_id: team,
    context_team_id: team,
    context_enterprise_id: null,
    api_app_id: app,
    event,
    type: "event_callback",
    event_id: eventId,
    event_time: Math.floor(Number(event["event_ts"] ?? 0)),
    authorizations: [
      {
        ...{ enterprise_id: null, team_id: team, user_id: botUser },
        ...{ is_bot: true, is_enterprise_install: false },
      },
    ],
    is_ext_shared_channel: false,
    event_context: `4-${eventId}`,
  };
}

/** The message object, as it is in events and in the answers of the Web API. */
export function messageObject(message: Message): Record<string, unknown> {
  const { user, botId, subtype, text, blocks, files, threadTs, ts, editedTs, reactions } = message;
  return {
    type: "message",
    ...(subtype === undefined ? {} : { subtype }),
    ...(user === "" ? { username: "webhook" } : { user }),
    ...(botId === undefined ? {} : { bot_id: botId, app_id: APP_IDS.app }),
    ts,
    ...(subtype === undefined && botId === undefined ? { client_msg_id: clientId(ts) } : {}),
    text,
    team: APP_IDS.team,
    ...(blocks === undefined ? {} : { blocks }),
    ...(files.length === 0 ? {} : { files, upload: false }),
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    ...(editedTs === undefined ? {} : { edited: { user, ts: editedTs } }),
    ...(reactions.length === 0 ? {} : {
      reactions: reactions.map(({ name, users }) => ({ name, users, count: users.length })),
    }),
  };
}

/** `message`: somebody wrote. */
export function messageEvent(workspace: Workspace, message: Message): SlackEvent {
  return {
    ...messageObject(message),
    ...parentOf(workspace, message),
    type: "message",
    channel: message.channel,
    event_ts: message.ts,
    channel_type: workspace.channels.get(message.channel)?.type,
  };
}

/** `app_mention`: the same message, told a second time because the app is named in it. */
export function mentionEvent(workspace: Workspace, message: Message): SlackEvent {
  const { subtype: _, ...object } = messageObject(message);
  return {
    ...object,
    ...parentOf(workspace, message),
    type: "app_mention",
    channel: message.channel,
    event_ts: message.ts,
  };
}

/** `message_changed`: also what the app's own `chat.update` causes. */
export function changedEvent(
  workspace: Workspace,
  message: Message,
  previous: Readonly<Record<string, unknown>>,
): SlackEvent {
  const stamp = workspace.stamp();
  return {
    ...{ type: "message", subtype: "message_changed", hidden: true },
    message: messageObject(message),
    previous_message: previous,
    channel: message.channel,
    ...{ ts: stamp, event_ts: stamp },
    channel_type: workspace.channels.get(message.channel)?.type,
  };
}

/** `message_deleted`. */
export function deletedEvent(workspace: Workspace, message: Message): SlackEvent {
  const stamp = workspace.stamp();
  return {
    ...{ type: "message", subtype: "message_deleted", hidden: true },
    previous_message: messageObject(message),
    deleted_ts: message.ts,
    channel: message.channel,
    ...{ ts: stamp, event_ts: stamp },
    channel_type: workspace.channels.get(message.channel)?.type,
  };
}

function parentOf(workspace: Workspace, { channel, ts, threadTs }: Message) {
  if (threadTs === undefined || threadTs === ts) return {};
  const user = workspace.find(channel, threadTs)?.user;
  return user === undefined ? {} : { parent_user_id: user };
}

function clientId(ts: string): string {
  return `00000000-0000-4000-8000-${ts.replace(".", "").slice(-12).padStart(12, "0")}`;
}
