/** Something that is held until the test lets it go. */
export interface Gate {
  /** How many wait. */
  readonly waiting: number;
  /** Lets go what waits, and what comes later. */
  open(): void;
}

/** A {@linkcode Gate}, seen by those who are held. */
export class HeldGate implements Gate {
  waiting = 0;
  readonly #opened: Promise<void>;
  #open: () => void = () => {};

  constructor(whenOpened: () => void = () => {}) {
    this.#opened = new Promise((resolve) => {
      this.#open = () => {
        whenOpened();
        resolve();
      };
    });
  }

  open(): void {
    this.#open();
  }

  async pass(): Promise<void> {
    this.waiting++;
    await this.#opened;
    this.waiting--;
  }
}
