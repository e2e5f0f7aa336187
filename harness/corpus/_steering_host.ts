import type { HostAdapter, HostUnderTest, SimEnv } from "../kit/adapter.ts";

/** A message that waits for its turn, or has it. */
interface Pending {
  readonly message: string;
  readonly sender: string;
  readonly settled: PromiseWithResolvers<unknown>;
}

/** What is wrong with a host that steers its turns; nothing, in a twin. */
export type SteeringFlaw = "lost" | "twice" | "overtaken";

/** A follow-up goes into the turn that runs, if that takes it; the flaw is in how it is handed over. */
function createHost(env: SimEnv, flaw: SteeringFlaw | undefined): HostUnderTest {
  const lines = new Map<string, Pending[]>();
  const taken = new Map<string, Pending[]>();
  const asking = new Map<string, Promise<unknown>>();

  async function run(session: string, line: Pending[]): Promise<void> {
    for (let next = line[0]; next !== undefined; next = line[0]) {
      const { message, settled } = next;
      taken.set(session, []);
      const reply = await env.agent(session, message).catch((error: unknown) => error);
      // Whoever is being asked may still say that it has the message.
      while (flaw !== "lost" && asking.has(session)) await asking.get(session);
      for (const one of [settled, ...taken.get(session)!.map(({ settled }) => settled)]) {
        if (reply instanceof Error) one.reject(reply);
        else one.resolve(reply);
      }
      line.shift();
    }
    lines.delete(session);
  }

  async function offer(session: string, line: Pending[], pending: Pending): Promise<void> {
    const mine = taken.get(session)!;
    const leave = () => line.splice(line.indexOf(pending), 1);
    // The flaw: it is out of the line before anybody has it.
    if (flaw === "lost" || flaw === "overtaken") leave();
    if (await env.backend.steer(session, pending.message)) {
      mine.push(pending);
      // The flaw: it stays in the line, too.
      if (flaw === undefined) leave();
    } else if (flaw === "overtaken") {
      // The flaw goes on: it comes back behind those that came meanwhile.
      line.push(pending);
    }
  }

  return {
    send(session, message, { policy, sender }) {
      const pending = { message, sender, settled: Promise.withResolvers<unknown>() };
      const line = lines.get(session);
      if (line === undefined) {
        const fresh = [pending];
        lines.set(session, fresh);
        void run(session, fresh);
      } else {
        line.push(pending);
        // Only the one behind the turn: it would overtake the others. And only its own sender's.
        const canSteer = line.length === 2 && !asking.has(session) && line[0]!.sender === sender;
        if (policy === "steer" && canSteer) {
          asking.set(session, offer(session, line, pending).then(() => asking.delete(session)));
        }
      }
      return pending.settled.promise;
    },
    snapshot: () => ({
      sessions: [...lines].map(([session, line]) => ({
        session,
        waiting: line.slice(1).map(({ message }) => message),
      })),
    }),
  };
}

/** The adapter of such a host. */
export function steeringHost(id: string, flaw?: SteeringFlaw): HostAdapter {
  const name = flaw === undefined ? `${id}, corrected` : id;
  return { name, level: 2, features: ["steer"], create: (env) => createHost(env, flaw) };
}
