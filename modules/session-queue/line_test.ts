import assert from "node:assert/strict";
import { test } from "node:test";
import { Entry } from "./entry.ts";
import { Line } from "./line.ts";
import type { BusyPolicy } from "./mod.ts";
import { Session } from "./session.ts";

type TextEntry = Entry<string, string, string>;

const home = new Session<string, string, string>("a", { withdraw: () => false });
const entry = (text: string, policy: BusyPolicy = "enqueue"): TextEntry =>
  new Entry(home, 1, text, policy, {});
const textsOf = (line: Line<string, string, string>) => Array.from(line, ({ message }) => message);

/** The texts from the end to the head, without those that joined. */
function backwards({ tail }: Line<string, string, string>): string[] {
  const texts: string[] = [];
  for (let at = tail; at !== undefined; at = at.before) texts.push(at.message);
  return texts;
}

test("what is not in line has no neighbours, and keeps none of them alive (BOUNDED_STATE)", () => {
  const line = new Line<string, string, string>();
  const [head, host, joined, middle, last] = ["head", "host", "joined", "middle", "last"].map(
    (text) => entry(text),
  ) as [TextEntry, TextEntry, TextEntry, TextEntry, TextEntry];
  for (const one of [head, host, middle, last]) line.push(one);
  line.join(joined, host);
  assert.deepEqual([textsOf(line), line.size], [["head", "host", "joined", "middle", "last"], 5]);
  line.remove(host);
  assert.deepEqual([textsOf(line), backwards(line)], [
    ["head", "joined", "middle", "last"],
    ["last", "middle", "joined", "head"],
  ]);
  line.remove(middle);
  assert.equal(line.shift(), head);
  assert.deepEqual([textsOf(line), backwards(line), line.size], [
    ["joined", "last"],
    ["last", "joined"],
    2,
  ]);
  line.remove(last);
  assert.equal(line.shift(), joined);
  assert.deepEqual([line.head, line.tail, line.size, line.shift()], [
    ...[undefined, undefined, 0, undefined],
  ]);
  for (const { message, before, behind, group } of [head, host, joined, middle, last]) {
    assert.deepEqual([before, behind, group], [undefined, undefined, undefined], message);
  }
});

test("what interrupts stands behind what did before, and before the rest, both ways (FIFO)", () => {
  const line = new Line<string, string, string>();
  line.push(entry("1"));
  line.interrupt(entry("first", "interrupt"));
  line.push(entry("2"));
  line.interrupt(entry("second", "rollback"));
  line.interrupt(entry("third", "interrupt"));
  const texts = ["first", "second", "third", "1", "2"];
  assert.deepEqual([textsOf(line), backwards(line), line.size], [texts, texts.toReversed(), 5]);
});
