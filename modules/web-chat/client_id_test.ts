import assert from "node:assert/strict";
import { test } from "node:test";
import { bench } from "./_test_support.ts";

test("a client without a name is given one in a cookie, once", async () => {
  let names = 0;
  const it = bench({ newClientId: () => `client-${++names}` });
  const first = await it.request("POST", "/api/session", { client: "" });
  const given = first.headers.get("set-cookie") ?? "";
  assert.match(given, /^lanekeeper_client=client-1; /);
  for (const attribute of ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=31536000"]) {
    assert.ok(given.split("; ").includes(attribute), attribute);
  }
  const headers = { cookie: "lanekeeper_client=client-1" };
  const second = await it.request("GET", "/api/session", { client: "", headers });
  assert.equal(second.headers.get("set-cookie"), null);
  assert.equal(second.body.session_id, first.body.session_id);
  assert.equal(names, 1);
});

test("two clients without a name are two clients", async () => {
  const it = bench();
  const [first, second] = [
    await it.request("GET", "/api/session", { client: "" }),
    await it.request("GET", "/api/session", { client: "" }),
  ];
  assert.notEqual(first.headers.get("set-cookie"), second.headers.get("set-cookie"));
});

test("the header goes before the cookie, and sets none", async () => {
  const it = bench();
  const session = await it.open("ann");
  const headers = { cookie: "lanekeeper_client=bob" };
  const ann = await it.request("GET", "/api/session", { client: "ann", headers });
  assert.deepEqual([ann.body.session_id, ann.headers.get("set-cookie")], [session, null]);
  const bob = await it.request("GET", "/api/session", { client: "", headers });
  assert.equal(bob.body.session_id, null);
});

test("a header that is no name is refused", async () => {
  for (const client of ["a b", "a/b", "x".repeat(129), "ä", "a;b"]) {
    const { status, body } = await bench().request("GET", "/api/session", { client });
    assert.equal(status, 400, client);
    assert.match(body.error, /^x-client-id must be 1 to 128 letters/);
  }
  for (const client of ["a", "A.b_c-9", "x".repeat(128)]) {
    assert.equal((await bench().request("GET", "/api/session", { client })).status, 200);
  }
});

test("a cookie that is no name is replaced by one that is", async () => {
  const it = bench({ newClientId: () => "fresh" });
  for (const cookie of ["lanekeeper_client=a%20b", "lanekeeper_client="]) {
    const { status, headers } = await it.request("GET", "/api/session", {
      client: "",
      headers: { cookie },
    });
    assert.equal(status, 200);
    assert.match(headers.get("set-cookie") ?? "", /^lanekeeper_client=fresh; /);
  }
});

test("the page and the health check name no client", async () => {
  for (const path of ["/", "/healthz"]) {
    const { headers } = await bench().request("GET", path, { client: "" });
    assert.equal(headers.get("set-cookie"), null, path);
  }
});
