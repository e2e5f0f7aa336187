import {
  type Adapter,
  Chat,
  type ChatConfig,
  LockError,
  type Logger,
  Message,
  type MessageContext,
} from "chat";
import {
  type HostUnderTest,
  RejectedError,
  type SendOptions,
  type SimEnv,
} from "../kit/adapter.ts";
import { ShownState } from "./_chat_state.ts";

/** What differs between the rows of the Chat SDK. */
export interface ChatOptions extends Pick<ChatConfig, "concurrency" | "onLockConflict"> {
  /** Whether its state is behind a network. Default: in its own memory. */
  readonly isRemote?: boolean;
  /** Whether the handler reads `context.skipped`, as is documented of `queue` and `burst`. Default: no. */
  readonly joins?: boolean;
}

/** A bot of the Chat SDK whose handler runs the agent on what it is given. */
export async function chatHost(
  env: SimEnv,
  { isRemote = false, joins = false, ...config }: ChatOptions,
): Promise<HostUnderTest> {
  const state = new ShownState(env, { isRemote });
  const chat = new Chat({
    ...config,
    userName: "bot",
    adapters: { wild: PLATFORM },
    state,
    logger: SILENT,
  });
  const waiting = new Map<string, PromiseWithResolvers<string>>();

  chat.onNewMention(async (thread, message: Message, context?: MessageContext) => {
    const texts = [...joins ? context?.skipped ?? [] : [], message].map(({ text }) => text);
    try {
      const reply = await env.agent(sessionOf(thread.id), texts);
      for (const text of texts) waiting.get(text)?.resolve(reply);
    } catch (error) {
      for (const text of texts) waiting.get(text)?.reject(error);
      throw error;
    }
  });
  await chat.initialize();

  return {
    send(session, message, options) {
      const outcome = Promise.withResolvers<string>();
      waiting.set(message, outcome);
      const thread = `wild:${session}`;
      // What a handler throws comes out here, too, of whichever message it was: it is told above.
      chat.processMessage(PLATFORM, thread, messageOf(message, thread, options)).catch((error) => {
        if (error instanceof LockError) outcome.reject(new RejectedError("busy"));
      });
      return outcome.promise;
    },
    snapshot: () => state.snapshot(sessionOf),
  };
}

function sessionOf(thread: string): string {
  return thread.slice("wild:".length);
}

function messageOf(text: string, threadId: string, { sender, event = text }: SendOptions): Message {
  return new Message({
    id: event,
    threadId,
    text,
    formatted: { type: "root", children: [] },
    raw: {},
    author: { userId: sender, userName: sender, fullName: sender, isBot: false, isMe: false },
    metadata: { dateSent: new Date(0), edited: false },
    attachments: [],
    isMention: true,
  });
}

const SILENT: Logger = {
  child: () => SILENT,
  debug() {},
  info() {},
  warn() {},
  error() {},
};

function unused(): never {
  throw new Error("The platform is not asked for this");
}

/** A platform whose messages come by `processMessage()`, as those of all its adapters do. */
const PLATFORM: Adapter = {
  name: "wild",
  userName: "bot",
  initialize: () => Promise.resolve(),
  channelIdFromThreadId: (thread) => thread,
  encodeThreadId: unused,
  decodeThreadId: unused,
  addReaction: unused,
  removeReaction: unused,
  deleteMessage: unused,
  editMessage: unused,
  postMessage: unused,
  fetchMessages: unused,
  fetchThread: unused,
  handleWebhook: unused,
  parseMessage: unused,
  renderFormatted: unused,
  startTyping: unused,
};
