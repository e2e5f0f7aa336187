import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { Connection, type DisconnectReason } from "./connection.ts";
import type { EventCallback } from "./events.ts";
import { type Gate, HeldGate } from "./gate.ts";
import type { Envelope, Recorder } from "./recorder.ts";

/** How a socket is cut around an envelope. */
export type CutMoment =
  /** Right after the envelope was written; whether the app reads it is a matter of luck, as ever. */
  | "before-ack"
  /** Its acknowledgement arrives and is lost, so that Slack delivers the event again. */
  | "ack-lost"
  /** Its acknowledgement counts. */
  | "after-ack";

/** What one delivery is to say about being one. */
export interface DeliveryOptions {
  readonly retryAttempt?: number;
  /** Default `timeout` for a retry. */
  readonly retryReason?: string;
}

interface Waiting extends Required<DeliveryOptions> {
  readonly callback: EventCallback;
}

/** As many as Slack allows an app. */
const CONNECTIONS_MAX = 10;
/** Slack's own: a delivery and three more. */
const RETRIES_MAX = 3;

/**
 * Socket Mode. Each event goes to one of the open sockets, in turn. An event that finds none waits
 * for the next; one whose socket went away before its acknowledgement is delivered again, in a new
 * envelope, on the next.
 */
export class SocketMode {
  readonly #recorder: Recorder;
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #tickets = new Set<string>();
  readonly #connections: Connection[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #callbacks = new Map<Envelope, EventCallback>();
  #hello: HeldGate | undefined;
  #cut: CutMoment | undefined;
  #turn = 0;
  /** How many sockets were opened. */
  opened = 0;
  /** How many sockets were cut. */
  cuts = 0;
  /** How many events were delivered again because their socket went away. */
  redelivered = 0;
  /** Whether events are delivered again by themselves when their socket goes away. */
  redelivers = true;
  connectionsMax: number = CONNECTIONS_MAX;
  retriesMax: number = RETRIES_MAX;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** The sockets that are open and have said hello, oldest first. */
  get connections(): readonly Connection[] {
    return this.#connections.filter(({ isReady }) => isReady);
  }

  /** Sockets that are open, with or without a hello. */
  get size(): number {
    return this.#connections.length;
  }

  /** Events that no socket has taken yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Events that an open socket has taken, and that are not acknowledged. */
  get unanswered(): number {
    return this.#callbacks.size;
  }

  /** A ticket for one socket; it is good once. */
  ticket(): string {
    const ticket = randomUUID();
    this.#tickets.add(ticket);
    return ticket;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? "/", "http://slack");
    if (!this.#tickets.delete(url.searchParams.get("ticket") ?? "")) {
      socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (ws) => void this.#welcome(ws, socket));
  }

  /** From now on a new socket gets its hello when the gate is opened. */
  holdHello(): Gate {
    const gate = new HeldGate(() => this.#hello = undefined);
    this.#hello = gate;
    return gate;
  }

  /** Delivers an event; its acknowledgement is seen in the recorder. */
  deliver(callback: EventCallback, options: DeliveryOptions = {}): void {
    const { retryAttempt = 0 } = options;
    const { retryReason = retryAttempt === 0 ? "" : "timeout" } = options;
    this.#waiting.push({ callback, retryAttempt, retryReason });
    this.#flush();
  }

  /** Sends what is no event: an `interactive` or `slash_commands` envelope. */
  send(type: string, payload: unknown): Envelope {
    const connection = this.#next();
    if (connection === undefined) throw new Error(`Cannot send ${type}: no socket is open`);
    const sent = { id: randomUUID(), eventId: "", connection: connection.id, retryAttempt: 0 };
    const envelope = this.#recorder.envelope(sent);
    connection.send({ envelope_id: sent.id, type, payload, accepts_response_payload: true });
    return envelope;
  }

  /** Cuts the socket of the next envelope. */
  cutNext(moment: CutMoment): void {
    this.#cut = moment;
  }

  /** Tells every socket that it is to be closed. */
  disconnectAll(reason: DisconnectReason): void {
    for (const connection of this.connections) connection.disconnect(reason);
  }

  /** Cuts every socket, with or without a hello. */
  cutAll(): void {
    for (const connection of [...this.#connections]) connection.cut();
  }

  stop(): void {
    this.cutAll();
    this.#hello?.open();
    this.#server.close();
  }

  async #welcome(ws: WebSocket, socket: Duplex): Promise<void> {
    const connection = new Connection({ id: ++this.opened, ws, socket });
    this.#connections.push(connection);
    ws.on("error", () => {});
    ws.on("close", () => this.#gone(connection));
    ws.on("message", (data) => this.#heard(connection, String(data)));
    if (this.#connections.length > this.connectionsMax) {
      connection.disconnect("too_many_websockets");
      ws.close();
      return;
    }
    await this.#hello?.pass();
    connection.hello(this.#connections.length);
    this.#flush();
  }

  #gone(connection: Connection): void {
    this.#connections.splice(this.#connections.indexOf(connection), 1);
    if (connection.isCut) this.cuts++;
    const lost = this.#recorder.unacknowledged.filter((envelope) =>
      envelope.connection === connection.id && this.#callbacks.has(envelope)
    );
    for (const envelope of lost) {
      const callback = this.#callbacks.get(envelope) as EventCallback;
      this.#callbacks.delete(envelope);
      if (!this.redelivers || envelope.retryAttempt >= this.retriesMax) continue;
      this.redelivered++;
      this.deliver(callback, { retryAttempt: envelope.retryAttempt + 1 });
    }
  }

  #heard(connection: Connection, text: string): void {
    const { envelope_id: id, payload } = JSON.parse(text) as {
      envelope_id: string;
      payload: unknown;
    };
    if (connection.cutOnAck === "ack-lost") return connection.cut();
    const envelope = this.#recorder.ack(id, payload);
    if (envelope !== undefined) this.#callbacks.delete(envelope);
    if (connection.cutOnAck === "after-ack") connection.cut();
  }

  #flush(): void {
    while (this.#waiting.length > 0) {
      const connection = this.#next();
      if (connection === undefined) return;
      this.#write(connection, this.#waiting.shift() as Waiting);
    }
  }

  #write(connection: Connection, { callback, retryAttempt, retryReason }: Waiting): void {
    const id = randomUUID();
    const eventId = callback.event_id;
    const envelope = this.#recorder.envelope({
      id,
      eventId,
      connection: connection.id,
      retryAttempt,
    });
    this.#callbacks.set(envelope, callback);
    const cut = this.#cut;
    this.#cut = undefined;
    const message = {
      ...{ envelope_id: id, payload: callback, type: "events_api" },
      ...{ accepts_response_payload: false },
      ...{ retry_attempt: retryAttempt, retry_reason: retryReason },
    };
    if (cut === "before-ack") return connection.sendAndCut(message);
    if (cut !== undefined) connection.cutOnAck = cut;
    connection.send(message);
  }

  #next(): Connection | undefined {
    const open = this.connections;
    return open.length === 0 ? undefined : open[this.#turn++ % open.length];
  }
}
