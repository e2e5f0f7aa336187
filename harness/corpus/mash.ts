import type { HostUnderTest, SimEnv } from "../kit/adapter.ts";
import type { CorpusRow } from "./corpus_row.ts";

/** What runs, or will run, as one turn. */
interface Pending {
  text: string;
  readonly sender: string;
  readonly settled: PromiseWithResolvers<string>;
}

/** Follow-ups that come while the agent is busy are joined to one prompt, line by line. */
function createHost(env: SimEnv, isBroken: boolean): HostUnderTest {
  const queues = new Map<string, Pending[]>();

  async function run(session: string, queue: Pending[]): Promise<void> {
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const { text, settled } = next;
      await env.agent(session, text).then(settled.resolve, settled.reject);
      queue.shift();
    }
    queues.delete(session);
  }

  return {
    send(session, message, { sender }) {
      const queue = queues.get(session);
      // The first one runs already: nothing can be added to it.
      const last = queue !== undefined && queue.length > 1 ? queue.at(-1) : undefined;
      // The flaw: whoever writes in the group, it becomes one prompt of the first sender.
      if (last !== undefined && (isBroken || last.sender === sender)) {
        last.text += `\n${message}`;
        return last.settled.promise;
      }
      const pending = { text: message, sender, settled: Promise.withResolvers<string>() };
      if (queue !== undefined) queue.push(pending);
      else {
        const fresh = [pending];
        queues.set(session, fresh);
        void run(session, fresh);
      }
      return pending.settled.promise;
    },
    snapshot: () => ({
      sessions: [...queues].map(([session, queue]) => ({
        session,
        waiting: queue.slice(1).map(({ text }) => text),
      })),
    }),
  };
}

/** Two people write in one group while the agent is busy: the agent reads one author. */
export const mash: CorpusRow = {
  id: "mash",
  bug: "follow-ups are joined by newlines, whoever sent them",
  seenIn: "NousResearch/hermes-agent #43066, #69961, #47794",
  expected: ["MERGE_LOSSLESS"],
  story: ["send a", "send a", "send a by s2"],
  buggy: { name: "mash", level: 2, create: (env) => createHost(env, true) },
  twin: { name: "mash, corrected", level: 2, create: (env) => createHost(env, false) },
};
