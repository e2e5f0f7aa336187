/** A call of the Web API. */
export interface ApiCall {
  /** Its place among all calls and acknowledgements. */
  readonly order: number;
  readonly method: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly atMs: number;
  /** What was answered; a text that is no JSON where a fault said so, `undefined` while it is open. */
  answer: Readonly<Record<string, unknown>> | undefined;
  status: number | undefined;
}

/** One envelope that was sent over a socket. */
export interface Envelope {
  readonly id: string;
  /** Names the event: the same for every redelivery. Empty for what is no event. */
  readonly eventId: string;
  readonly connection: number;
  readonly retryAttempt: number;
  readonly order: number;
  readonly sentAtMs: number;
  ackOrder: number | undefined;
  ackedAtMs: number | undefined;
  /** What came with the acknowledgement. */
  ackPayload: unknown;
}

/** Everything that reached the server or left it, in its order. */
export class Recorder {
  readonly calls: ApiCall[] = [];
  readonly envelopes: Envelope[] = [];
  /** Acknowledgements of envelopes that are unknown, or that were acknowledged before. */
  readonly strayAcks: string[] = [];
  #order = 0;

  /** The next number of the one order in which everything is; a test may take some, too. */
  tick(): number {
    return ++this.#order;
  }

  callsOf(method: string): ApiCall[] {
    return this.calls.filter((call) => call.method === method);
  }

  call(method: string, args: Readonly<Record<string, unknown>>): ApiCall {
    const call = { order: this.tick(), method, args, atMs: performance.now() };
    const recorded: ApiCall = { ...call, answer: undefined, status: undefined };
    this.calls.push(recorded);
    return recorded;
  }

  envelope(
    sent: Pick<Envelope, "id" | "eventId" | "connection" | "retryAttempt">,
  ): Envelope {
    const envelope: Envelope = {
      ...sent,
      ...{ order: this.tick(), sentAtMs: performance.now() },
      ...{ ackOrder: undefined, ackedAtMs: undefined, ackPayload: undefined },
    };
    this.envelopes.push(envelope);
    return envelope;
  }

  /** @returns the envelope, if this is its first acknowledgement. */
  ack(id: string, payload: unknown): Envelope | undefined {
    const envelope = this.envelopes.findLast((sent) => sent.id === id);
    if (envelope === undefined || envelope.ackOrder !== undefined) {
      this.strayAcks.push(id);
      return undefined;
    }
    envelope.ackOrder = this.tick();
    envelope.ackedAtMs = performance.now();
    envelope.ackPayload = payload;
    return envelope;
  }

  /** Envelopes that have no acknowledgement. */
  get unacknowledged(): Envelope[] {
    return this.envelopes.filter(({ ackOrder }) => ackOrder === undefined);
  }
}
