import assert from "node:assert/strict";
import { test } from "node:test";
import { Clients } from "./clients.ts";

test("a client has the session that was committed last, and another client has not", () => {
  const clients = new Clients();
  assert.equal(clients.capture("ann").session, undefined);
  assert.equal(clients.commit("ann", "s1"), undefined);
  assert.equal(clients.capture("ann").session, "s1");
  assert.equal(clients.capture("bob").session, undefined);
  assert.deepEqual([clients.ownerOf("s1"), clients.size], ["ann", 1]);
});

test("commit() gives the session that it replaced, for its caller to end", () => {
  const clients = new Clients();
  clients.commit("ann", "s1");
  assert.equal(clients.commit("ann", "s2"), "s1");
  assert.deepEqual([clients.ownerOf("s1"), clients.ownerOf("s2")], [undefined, "ann"]);
  assert.equal(clients.size, 1);
});

test("of racing commits each gets a session to end, but for one (NO_CREATE_LEAK)", () => {
  const clients = new Clients();
  const made = ["s1", "s2", "s3", "s4"];
  const replaced = made.map((session) => clients.commit("ann", session));
  const left = made.filter((session) => !replaced.includes(session));
  assert.deepEqual(left, [clients.capture("ann").session]);
  assert.deepEqual(made.filter((session) => clients.ownerOf(session) !== undefined), left);
});

test("a commit of the session that is there replaces nothing, and clears nothing", () => {
  const clients = new Clients();
  clients.commit("ann", "s1");
  const captured = clients.capture("ann");
  assert.equal(clients.commit("ann", "s1"), undefined);
  assert.equal(clients.ownerOf("s1"), "ann");
  assert.ok(captured.clear());
});

test("clear() forgets the captured session, once (CAS_ACTIVE_ID)", () => {
  const clients = new Clients();
  clients.commit("ann", "s1");
  const captured = clients.capture("ann");
  assert.deepEqual([captured.clear(), captured.clear()], [true, false]);
  assert.equal(clients.capture("ann").session, undefined);
  assert.deepEqual([clients.ownerOf("s1"), clients.size], [undefined, 0]);
});

test("clear() leaves a newer session alone, also one of the same name (CAS_ACTIVE_ID, clear-newer)", () => {
  const clients = new Clients();
  clients.commit("ann", "s1");
  const old = clients.capture("ann");
  clients.commit("ann", "s2");
  assert.equal(old.clear(), false);
  assert.equal(clients.capture("ann").session, "s2");
  clients.commit("ann", "s1");
  assert.equal(old.clear(), false, "it is another commit, though the name is the same");
  assert.equal(clients.capture("ann").session, "s1");
});

test("clear() leaves alone what was committed after the session was removed", () => {
  const clients = new Clients();
  clients.commit("ann", "s1");
  const old = clients.capture("ann");
  assert.equal(clients.remove("ann"), "s1");
  clients.commit("ann", "s1");
  assert.equal(old.clear(), false);
  assert.equal(clients.capture("ann").session, "s1");
  assert.equal(clients.ownerOf("s1"), "ann");
});

test("what was captured while there was nothing clears nothing", () => {
  const clients = new Clients();
  const captured = clients.capture("ann");
  clients.commit("ann", "s1");
  assert.equal(captured.clear(), false);
  assert.equal(clients.capture("ann").session, "s1");
});

test("remove() takes the session away and gives it, once", () => {
  const clients = new Clients();
  clients.commit("ann", "s1");
  assert.deepEqual([clients.remove("ann"), clients.remove("ann")], ["s1", undefined]);
  assert.equal(clients.remove("bob"), undefined);
});

test("a client without a session costs nothing (BOUNDED_STATE)", () => {
  const clients = new Clients();
  for (let n = 0; n < 100; n++) {
    clients.commit(`client-${n}`, `s${n}`);
    assert.equal(clients.size, 1);
    clients.remove(`client-${n}`);
    clients.capture(`other-${n}`).clear();
  }
  assert.equal(clients.size, 0);
});
