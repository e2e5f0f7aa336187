import { type OpenSocket, openWebSocket, type SlackSocket } from "@lanekeeper/slack";
import { type Gate, HeldGate } from "./gate.ts";
import type { Recorder } from "./recorder.ts";

/** What the app's own side saw of one envelope, in the one order of the recorder. */
export interface WireEnvelope {
  readonly id: string;
  /** `C0000001-1700000000.000001`: the message it tells of; empty if it tells of none. */
  readonly message: string;
  readonly arrivedAtMs: number;
  readonly arrivedOrder: number;
  /** When its acknowledgement was handed over to be sent. */
  sentOrder: number | undefined;
  sentAtMs: number | undefined;
}

/**
 * Sits between the app and its real sockets: writes down what comes and what is acknowledged, and can
 * hold acknowledgements up.
 */
export class Wire {
  readonly envelopes: WireEnvelope[] = [];
  readonly #byId = new Map<string, WireEnvelope>();
  readonly #byMessage = new Map<string, WireEnvelope[]>();
  readonly #recorder: Recorder;
  #gate: HeldGate | undefined;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** From now on acknowledgements go out when the gate is opened. */
  hold(): Gate {
    const gate = new HeldGate(() => this.#gate = undefined);
    this.#gate = gate;
    return gate;
  }

  /** The envelopes that told of a message, in the order in which they came. */
  of({ channel, ts }: { readonly channel: string; readonly ts: string }): WireEnvelope[] {
    return this.#byMessage.get(`${channel}-${ts}`) ?? [];
  }

  /** For the option `openSocket` of the app. */
  readonly open: OpenSocket = (url, handlers) => {
    const socket = openWebSocket(url, {
      ...handlers,
      message: (text) => {
        this.#arrived(text);
        handlers.message(text);
      },
      heard: () => handlers.heard(),
      closed: (why) => handlers.closed(why),
    });
    return {
      send: (text) => this.#send(socket, text),
      ping: () => socket.ping(),
      close: () => socket.close(),
      terminate: () => socket.terminate(),
    };
  };

  async #send(socket: SlackSocket, text: string): Promise<void> {
    await this.#gate?.pass();
    await socket.send(text);
    const { envelope_id: id } = JSON.parse(text) as { envelope_id: string };
    const envelope = this.#byId.get(id);
    if (envelope === undefined) throw new Error(`Acknowledged ${id}, which never came`);
    envelope.sentOrder = this.#recorder.tick();
    envelope.sentAtMs = performance.now();
  }

  #arrived(text: string): void {
    const envelope = parse(text);
    if (envelope?.envelope_id === undefined) return;
    const { envelope_id: id, payload } = envelope;
    const { channel, ts } = payload?.event ?? {};
    const arrived: WireEnvelope = {
      ...{ id, message: channel === undefined ? "" : `${channel}-${ts}` },
      ...{ arrivedAtMs: performance.now(), arrivedOrder: this.#recorder.tick() },
      ...{ sentOrder: undefined, sentAtMs: undefined },
    };
    this.envelopes.push(arrived);
    this.#byId.set(id, arrived);
    this.#byMessage.set(arrived.message, [...this.#byMessage.get(arrived.message) ?? [], arrived]);
  }
}

interface EnvelopeLike {
  readonly envelope_id?: string;
  readonly payload?: { readonly event?: { readonly channel?: string; readonly ts?: string } };
}

/** A test may send what is no JSON at all. */
function parse(text: string): EnvelopeLike | undefined {
  try {
    return JSON.parse(text) as EnvelopeLike | null ?? undefined;
  } catch {
    return undefined;
  }
}
