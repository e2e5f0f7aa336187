import { type Entry, Group } from "./entry.ts";

/**
 * The messages that wait on one session, in order: a list linked through its entries, so that each
 * change takes the same time however long it is. A message waits here and nowhere else.
 */
export class Line<M, R, H> {
  #head: Entry<M, R, H> | undefined = undefined;
  #tail: Entry<M, R, H> | undefined = undefined;
  /** Messages, those that joined another one included. */
  size = 0;

  get head(): Entry<M, R, H> | undefined {
    return this.#head;
  }

  get tail(): Entry<M, R, H> | undefined {
    return this.#tail;
  }

  /** At the end: in the order of acceptance. */
  push(entry: Entry<M, R, H>): void {
    entry.before = this.#tail;
    if (this.#tail === undefined) this.#head = entry;
    else this.#tail.behind = entry;
    this.#tail = entry;
    this.size++;
  }

  /** Before all that waits, but behind what interrupted before: also those run in order. */
  interrupt(entry: Entry<M, R, H>): void {
    let behind = this.#head;
    while (behind?.policy === "interrupt" || behind?.policy === "rollback") behind = behind.behind;
    if (behind === undefined) return this.push(entry);
    entry.behind = behind;
    entry.before = behind.before;
    if (behind.before === undefined) this.#head = entry;
    else behind.before.behind = entry;
    behind.before = entry;
    this.size++;
  }

  /** Takes the first entry with all that joined it. */
  shift(): Entry<M, R, H> | undefined {
    const entry = this.#head;
    if (entry === undefined) return undefined;
    this.#unlink(entry);
    this.size -= entry.count;
    return entry;
  }

  /** Adds `entry` to the turn of `host`, which waits. */
  join(entry: Entry<M, R, H>, host: Entry<M, R, H>): void {
    const group = host.group ??= new Group(host);
    group.joined.push(entry);
    entry.group = group;
    this.size++;
  }

  /** Takes one message out. Those that joined it stay, in its place. */
  remove(entry: Entry<M, R, H>): void {
    this.size--;
    const { group } = entry;
    entry.group = undefined;
    if (group === undefined) return this.#unlink(entry);
    if (group.first === entry) {
      group.first = group.joined.shift() as Entry<M, R, H>;
      this.#replace(entry, group.first);
    } else {
      group.joined.splice(group.joined.indexOf(entry), 1);
    }
    if (group.joined.length === 0) group.first.group = undefined;
  }

  /** Every message in order, those that joined behind the one they joined. */
  *[Symbol.iterator](): Generator<Entry<M, R, H>> {
    for (let entry = this.#head; entry !== undefined; entry = entry.behind) yield* entry.all;
  }

  #replace(entry: Entry<M, R, H>, heir: Entry<M, R, H>): void {
    heir.before = entry.before;
    heir.behind = entry.behind;
    if (heir.before === undefined) this.#head = heir;
    else heir.before.behind = heir;
    if (heir.behind === undefined) this.#tail = heir;
    else heir.behind.before = heir;
    entry.before = entry.behind = undefined;
  }

  #unlink(entry: Entry<M, R, H>): void {
    if (entry.before === undefined) this.#head = entry.behind;
    else entry.before.behind = entry.behind;
    if (entry.behind === undefined) this.#tail = entry.before;
    else entry.behind.before = entry.before;
    entry.before = entry.behind = undefined;
  }
}
