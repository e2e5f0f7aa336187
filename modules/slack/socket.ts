import { WebSocket } from "ws";

/** What a socket tells. Nothing is told after `closed`, which is told once. */
export interface SocketHandlers {
  message(text: string): void;
  /** A sign that the other side is there: a ping or a pong. */
  heard(): void;
  closed(why: string): void;
}

/** A WebSocket, as far as it is needed. */
export interface SlackSocket {
  /** Fulfils once the text was handed over; rejects if it was not. */
  send(text: string): Promise<void>;
  ping(): void;
  /** Closes it with a handshake. */
  close(): void;
  /** Drops it. */
  terminate(): void;
}

/** Opens a socket: the port through which the connections to Slack go. */
export type OpenSocket = (url: string, handlers: SocketHandlers) => SlackSocket;

/** The largest message that is taken, in bytes. */
const PAYLOAD_BYTES_MAX = 4 * 1024 * 1024;

/**
 * The real socket. The runtimes' own `WebSocket` shows no pings, so that a connection whose other side
 * is gone would look open for ever.
 */
export const openWebSocket: OpenSocket = (url, handlers) => {
  const socket = new WebSocket(url, {
    maxPayload: PAYLOAD_BYTES_MAX,
    followRedirects: false,
    perMessageDeflate: false,
  });
  let why = "";
  socket.on("message", (data, isBinary) => {
    if (!isBinary) handlers.message(String(data));
  });
  socket.on("ping", () => handlers.heard());
  socket.on("pong", () => handlers.heard());
  socket.on("error", (error) => why = error.message);
  socket.once("close", (code, reason) => handlers.closed(why || String(reason) || `code ${code}`));
  return {
    send: (text) =>
      new Promise((resolve, reject) => {
        if (socket.readyState !== WebSocket.OPEN) {
          return reject(new Error("Cannot send: the socket is closed"));
        }
        socket.send(text, (error) => error ? reject(error) : resolve());
      }),
    ping: () => {
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    },
    close: () => socket.close(1000),
    terminate: () => socket.terminate(),
  };
};
