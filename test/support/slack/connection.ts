import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import { APP_IDS } from "./workspace.ts";

/** Why Slack says that a socket is to be closed. */
export type DisconnectReason =
  | "warning"
  | "refresh_requested"
  | "link_disabled"
  | "too_many_websockets";

const DEBUG_INFO = { host: "applink-1", build_number: 1 };

/** One socket of the app. */
export class Connection {
  /** The first is 1. */
  readonly id: number;
  /** Cuts this socket as soon as it brings an acknowledgement. */
  cutOnAck: "ack-lost" | "after-ack" | undefined;
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  #hasSaidHello = false;
  #isCut = false;

  constructor(options: { id: number; ws: WebSocket; socket: Duplex }) {
    this.id = options.id;
    this.#ws = options.ws;
    this.#socket = options.socket;
  }

  /** Whether it takes events. */
  get isReady(): boolean {
    return this.#hasSaidHello && !this.#isCut && this.#ws.readyState === WebSocket.OPEN;
  }

  /** Whether the network was taken away from under it. */
  get isCut(): boolean {
    return this.#isCut;
  }

  hello(connections: number): void {
    this.#hasSaidHello = true;
    this.send({
      type: "hello",
      num_connections: connections,
      debug_info: { ...DEBUG_INFO, approximate_connection_time: 18_060 },
      connection_info: { app_id: APP_IDS.app },
    });
  }

  send(message: object): void {
    this.#ws.send(JSON.stringify(message));
  }

  /** Sends a text that may be no JSON at all. */
  sendText(text: string): void {
    this.#ws.send(text);
  }

  /** Says that it is to be closed. The app closes it; Slack itself does so only some seconds later. */
  disconnect(reason: DisconnectReason): void {
    this.send({ type: "disconnect", reason, debug_info: DEBUG_INFO });
  }

  /** Closes it in order, from Slack's side. */
  close(code = 1000): void {
    this.#ws.close(code);
  }

  /** The network is gone: no close frame, in either direction. */
  cut(): void {
    this.#isCut = true;
    this.#socket.destroy();
    this.#ws.terminate();
  }

  /** From now on it reads nothing, not even that it is to be closed; it stays open. */
  freeze(): void {
    this.#socket.pause();
  }

  /** Writes one last message, then cuts. */
  sendAndCut(message: object): void {
    this.#isCut = true;
    this.#ws.send(JSON.stringify(message), () => this.cut());
  }
}
