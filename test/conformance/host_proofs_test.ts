import { test } from "node:test";
import { CORE, proofsOf, TALK } from "./_proofs.ts";
import host from "./host_adapter.ts";
import slack, { lossy } from "./slack_adapter.ts";
import webChat from "./web_chat_adapter.ts";
import webClients from "./web_clients_adapter.ts";

/** What becomes of events, and of the socket that brings them. */
const EVENTS = ["send a", "send a throws", "redeliver a", "disconnect a", "shutdown"];

const PROOFS = proofsOf([
  [host, { operationsMax: 4, operations: CORE, deviationsMax: 2 }, 31_700],
  [host, { operationsMax: 3, deviationsMax: 1 }, 43_518],
  [host, { operationsMax: 2, deviationsMax: 2, racy: true }, 5_111],
  [host, { operationsMax: 3, operations: TALK, sessions: 2 }, 5_790],
  [webChat, { operationsMax: 2 }, 830],
  [webClients, { operationsMax: 2 }, 158],
  [slack, { operationsMax: 2 }, 717],
  [slack, { operationsMax: 3, deviationsMax: 1 }, 6_700],
  [lossy, { operationsMax: 3, operations: EVENTS, deviationsMax: 2 }, 2_612],
]);

for (const [name, body] of PROOFS) test(name, body);
