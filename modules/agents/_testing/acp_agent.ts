// An agent for the tests, on the protocol's own package: run as a child process, it does what the
// first word of a message says. Its arguments say what it can and where it fails.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { Readable, Writable } from "node:stream";
import { parseArgs } from "node:util";
import {
  agent,
  type AgentContext,
  ndJsonStream,
  PROTOCOL_VERSION,
  RequestError,
  type RequestPermissionResponse,
  type StopReason,
  type ToolKind,
} from "@agentclientprotocol/sdk";

const { values: can } = parseArgs({
  options: {
    /** Folder for its sessions; without one it remembers nothing after its end. */
    store: { type: "string" },
    /** Goes on by `session/resume` instead of `session/load`. */
    resume: { type: "boolean", default: false },
    /** Does not end when its input does. */
    stays: { type: "boolean", default: false },
    /** Where it fails at the start: exit, silent, auth, version, error, odd. */
    start: { type: "string" },
  },
});

interface Session {
  readonly cwd: string;
  readonly said: string[];
  cancelled: boolean;
  wake: () => void;
}

/** What programs write that is no message. */
const LINES = [
  "Step 1 of 100",
  "{ step: 2 }",
  "[3]",
  '"four"',
  '{"level":30,"msg":"five"}',
  '{"method":"GET","url":"/six"}',
  '{"id":7}',
];

const sessions = new Map<string, Session>();

if (can.start === "exit") {
  for (let line = 1; line <= 20_000; line++) process.stderr.write(`line ${line} of the log\n`);
  process.stderr.write("no such profile\n");
  process.exitCode = 7;
} else serve();

function serve(): void {
  const app = agent({ name: "test" })
    .onRequest("initialize", async () => {
      if (can.start === "silent") await new Promise(() => {});
      return {
        protocolVersion: can.start === "version" ? 99 : PROTOCOL_VERSION,
        agentCapabilities: {
          loadSession: can.store !== undefined && !can.resume,
          ...(can.resume ? { sessionCapabilities: { resume: {} } } : {}),
        },
      };
    })
    .onRequest("session/new", ({ params }) => {
      if (can.start === "auth") throw RequestError.authRequired();
      if (can.start === "error") throw RequestError.internalError(undefined, "no disk");
      const sessionId = crypto.randomUUID();
      const session = newSession(params.cwd, []);
      sessions.set(sessionId, session);
      keep(sessionId, session);
      return { sessionId };
    })
    .onRequest("session/load", async ({ params, client }) => {
      const session = restore(params.sessionId, params.cwd);
      for (const text of session.said) await say(client, params.sessionId, `(told again: ${text})`);
      return {};
    })
    .onRequest("session/resume", ({ params }) => {
      restore(params.sessionId, params.cwd);
      return {};
    })
    .onNotification("session/cancel", ({ params }) => {
      const session = sessions.get(params.sessionId);
      if (!session) return;
      session.cancelled = true;
      session.wake();
    })
    .onRequest("session/prompt", async ({ params, client }) => {
      const session = sessions.get(params.sessionId);
      if (!session) throw RequestError.sessionNotFound(params.sessionId);
      const texts = params.prompt.map((block) => block.type === "text" ? block.text : block.type);
      const stopReason = await perform({ id: params.sessionId, session, client, texts });
      session.said.push(...texts);
      keep(params.sessionId, session);
      return { stopReason };
    });
  app.connect(
    ndJsonStream(
      Writable.toWeb(process.stdout) as WritableStream<Uint8Array>,
      Readable.toWeb(process.stdin) as unknown as ReadableStream<Uint8Array>,
    ),
  );
  if (can.stays) setInterval(() => {}, 1_000);
}

function newSession(cwd: string, said: string[]): Session {
  return { cwd, said, cancelled: false, wake: () => {} };
}

function keep(id: string, { said }: Session): void {
  if (can.store === undefined) return;
  mkdirSync(can.store, { recursive: true });
  writeFileSync(join(can.store, id), JSON.stringify(said));
}

function restore(id: string, cwd: string): Session {
  const path = can.store === undefined ? "" : join(can.store, id);
  if (!existsSync(path)) throw RequestError.resourceNotFound(id);
  const session = newSession(cwd, JSON.parse(readFileSync(path, "utf8")));
  sessions.set(id, session);
  return session;
}

function say(client: AgentContext, sessionId: string, text: string): Promise<void> {
  const content = { type: "text" as const, text };
  return client.notify("session/update", {
    sessionId,
    update: { sessionUpdate: "agent_message_chunk", content },
  });
}

interface Prompt {
  readonly id: string;
  readonly session: Session;
  readonly client: AgentContext;
  readonly texts: readonly string[];
}

async function perform({ id, session, client, texts }: Prompt): Promise<StopReason> {
  session.cancelled = false;
  const tell = (text: string) => say(client, id, text);
  // Where a message has a sender, it begins with that.
  const [word = "", ...rest] = (texts.at(-1) ?? "").replace(/^U\d+: /, "").split(" ");
  switch (word) {
    case "hold":
      await tell("one ");
      await new Promise<void>((resolve) => {
        session.wake = resolve;
        if (session.cancelled) resolve();
      });
      await tell("late");
      if (rest[0] === "error") throw RequestError.internalError(undefined, "aborted");
      return "cancelled";
    case "deaf":
      if (rest[0] === "stone") process.on("SIGTERM", () => {});
      await tell("one ");
      return await new Promise(() => setInterval(() => {}, 1_000));
    case "polite": {
      // Answers when it is told to end, and takes long over that.
      setInterval(() => {}, 1_000);
      const ended = new Promise<StopReason>((resolve) =>
        process.on("SIGTERM", () => resolve("cancelled"))
      );
      await tell("one ");
      return await ended;
    }
    case "ask":
      return await ask({ id, session, client, texts: rest });
    case "crash":
      await tell("one ");
      process.stderr.write("out of memory\n");
      process.exit(3);
      break;
    case "kill":
      await tell("one ");
      process.kill(process.pid, "SIGKILL");
      return await new Promise(() => {});
    case "flood":
      while (!session.cancelled) {
        await tell("word ".repeat(200));
        await new Promise((next) => setImmediate(next));
      }
      return "cancelled";
    case "line":
      process.stdout.write("x".repeat(200_000));
      return await new Promise(() => {});
    case "garbage":
      process.stdout.write("Loading...\n");
      break;
    case "chatter":
      chatter();
      break;
    case "answers":
      for (const id of [0, 999, "none", null]) {
        process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result: {} })}\n`);
      }
      break;
    case "odd":
      await client.notify("session/update", { sessionId: id, update: { sessionUpdate: "new" } });
      await client.notify("session/update", { sessionId: "other", update: {} });
      await client.notify("session/update", {
        sessionId: id,
        update: { sessionUpdate: "agent_message_chunk" },
      });
      break;
    case "spawn": {
      const child = spawn("sleep", ["1000"], { stdio: ["ignore", "inherit", "ignore"] });
      await tell(`${child.pid}`);
      return "end_turn";
    }
    case "fail":
      throw RequestError.internalError(undefined, "no quota");
    case "refusal":
    case "max_tokens":
    case "cancelled":
      await tell("one");
      return word;
    case "pid":
      await tell(`${process.pid}`);
      return "end_turn";
    case "cwd":
      await tell(JSON.stringify([session.cwd, process.cwd()]));
      return "end_turn";
    case "env":
      await tell(JSON.stringify(rest.map((name) => process.env[name] ?? null)));
      return "end_turn";
    case "recall":
      await tell(JSON.stringify([...session.said, ...texts]));
      return "end_turn";
  }
  for (const piece of `You said: ${texts.join(" + ")}`.match(/\s*\S+/g) ?? []) await tell(piece);
  return "end_turn";
}

/** Writes 100,000 lines in one step, and reads nothing meanwhile. */
function chatter(): void {
  const lines = Array.from({ length: 100_000 }, (_, index) => LINES[index % LINES.length] + "\n");
  for (let rest = Buffer.from(lines.join("")); rest.length > 0;) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch {
      // The pipe is full.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** `ask KIND [bare|early|always]`: wants to use a tool of that kind, and tells what it may. */
async function ask({ id, client, texts }: Prompt): Promise<StopReason> {
  const [kind = "other", how] = texts;
  const toolCallId = "call-1";
  await say(client, id, "Let me see.");
  const toolCall = { toolCallId, title: "Look\nat it", kind: kind as ToolKind };
  if (how === "early") {
    await client.notify("session/update", {
      sessionId: id,
      update: { sessionUpdate: "tool_call", status: "pending", ...toolCall },
    });
  }
  const option = (name: string, kind: string) => ({
    optionId: name,
    name,
    kind: kind as "allow_once",
  });
  const { outcome }: RequestPermissionResponse = await client.request(
    "session/request_permission",
    {
      sessionId: id,
      toolCall: how === "early" ? { toolCallId } : toolCall,
      options: how === "bare" ? [option("yes", "allow_always")] : [
        option("yes", how === "always" ? "allow_always" : "allow_once"),
        option("no", "reject_once"),
      ],
    },
  );
  await say(client, id, outcome.outcome === "selected" ? outcome.optionId : outcome.outcome);
  return "end_turn";
}
