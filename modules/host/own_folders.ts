import { type Agent, assertSessionId } from "@lanekeeper/agents";
import { join } from "node:path";
import { makeFolder } from "./make_folder.ts";
import { isSlackSession } from "./slack_sessions.ts";

/**
 * The same agent; each session of Slack works in a folder of its own, `<workDir>/<id>`. People of a
 * workspace who do not know of each other do not work in one directory, nor in the server's.
 *
 * A folder that was deleted is made anew with the resume, empty. A session that was stored with another
 * directory keeps that (`RESUME_FIDELITY`), and where it is not there, because the folder of all was moved
 * or is another one now, works in its own. One that cannot be made keeps nobody from a resume: the agent
 * then falls back as from any directory that is lost (A13).
 */
export function inOwnFolders(agent: Agent, workDir: string): Agent {
  const folderOf = async (session: string) => {
    assertSessionId(session);
    const path = join(workDir, session);
    await makeFolder(path);
    return path;
  };
  return {
    name: agent.name,
    open: async (wanted) =>
      await agent.open(
        isSlackSession(wanted.id) ? { ...wanted, workingDir: await folderOf(wanted.id) } : wanted,
      ),
    resume: async (session, options) => {
      if (!isSlackSession(session)) return await agent.resume(session, options);
      const fallbackDir = await folderOf(session).catch(() => undefined);
      return await agent.resume(session, { ...options, fallbackDir });
    },
    close: async () => await agent.close?.(),
  };
}
