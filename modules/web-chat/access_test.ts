import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, bench, type BenchOptions } from "./_test_support.ts";

const TOKEN = "an-unguessable-token";

function get(
  headers: Readonly<Record<string, string>>,
  options: BenchOptions = {},
  path = "/api/session",
): Promise<Answer> {
  return bench(options).request("GET", path, { headers });
}

test("the loopback names are served, with any port", async () => {
  for (const host of ["localhost", "localhost:8420", "LOCALHOST:1", "127.0.0.1:9", "[::1]:8420"]) {
    assert.equal((await get({ host })).status, 200, host);
  }
});

test("a foreign Host is refused on every path, and told which are served (DNS rebinding)", async () => {
  for (const host of ["evil.example", "evil.example:8420", "localhost.evil.example", "127.0.0.2"]) {
    for (const path of ["/", "/healthz", "/api/session", "/api/events", "/nothing"]) {
      const { status, body } = await get({ host }, {}, path);
      assert.deepEqual([status, body], [403, {
        error: `host "${host}" is not allowed: this server answers to 127.0.0.1, localhost, [::1]`,
      }]);
    }
  }
});

test("other host names may be allowed, and an empty list allows all", async () => {
  const some = { access: { hostnames: ["chat.example"] } };
  assert.equal((await get({ host: "chat.example:80" }, some)).status, 200);
  assert.equal((await get({ host: "localhost" }, some)).status, 403);
  assert.equal((await get({ host: "any.example" }, { access: { hostnames: [] } })).status, 200);
});

test("a page of another origin is refused, whatever it asks for", async () => {
  const refused = { error: "a page of another origin may not call this server" };
  const origins = [
    "https://evil.example",
    "http://localhost:1234",
    "http://127.0.0.1:8420",
    "null",
    "no origin",
  ];
  for (const origin of origins) {
    const headers = { host: "localhost:8420", origin };
    for (const method of ["GET", "POST", "DELETE"]) {
      const { status, body } = await bench().request(method, "/api/session", { headers });
      assert.deepEqual([status, body], [403, refused], `${method} from ${origin}`);
    }
  }
});

test("the server's own page and a caller without Origin are served", async () => {
  const host = "localhost:8420";
  assert.equal((await get({ host, origin: "http://localhost:8420" })).status, 200);
  assert.equal((await get({ host, "sec-fetch-site": "same-origin" })).status, 200);
  assert.equal((await get({ host, "sec-fetch-site": "none" })).status, 200);
  assert.equal((await get({ host })).status, 200);
});

test("a cross-site fetch of the API is refused, a link to the page from elsewhere is not", async () => {
  for (const site of ["cross-site", "same-site"]) {
    const headers = { "sec-fetch-site": site };
    assert.equal((await get(headers)).status, 403, site);
    assert.equal((await get(headers, {}, "/api/events")).status, 403, site);
    assert.equal((await get(headers, {}, "/")).status, 200, site);
  }
});

test("with a token every path needs it, and says how to bring it", async () => {
  const options = { access: { token: TOKEN } };
  const wrong = [{}, { authorization: "Bearer wrong" }, { authorization: `Basic ${TOKEN}` }, {
    cookie: "lanekeeper_token=wrong",
  }, { authorization: `Bearer ${TOKEN}x` }];
  for (const headers of wrong) {
    for (const path of ["/", "/healthz", "/api/session", "/api/events", "/page/page.js", "/no"]) {
      const { status, body } = await get(headers as Record<string, string>, options, path);
      assert.equal(status, 401, path);
      assert.match(body.error, /^the token is missing or wrong: send it as Authorization/);
      assert.ok(!body.error.includes(TOKEN));
    }
  }
});

test("the token is taken from the header, the query or the cookie", async () => {
  const options = { access: { token: TOKEN } };
  assert.equal((await get({ authorization: `Bearer ${TOKEN}` }, options)).status, 200);
  assert.equal((await get({ authorization: `bearer   ${TOKEN}` }, options)).status, 200);
  assert.equal((await get({ cookie: `lanekeeper_token=${TOKEN}` }, options)).status, 200);
  assert.equal((await get({}, options, `/api/session?token=${TOKEN}`)).status, 200);
  assert.equal((await get({}, options, "/api/session?token=wrong")).status, 401);
});

test("a wrong token in the header is not made up for by a right cookie", async () => {
  const headers = { authorization: "Bearer wrong", cookie: `lanekeeper_token=${TOKEN}` };
  assert.equal((await get(headers, { access: { token: TOKEN } })).status, 401);
});

test("opening the page with the token moves it out of the address and into a cookie", async () => {
  const options = { access: { token: TOKEN } };
  const moved = await get({}, options, `/?token=${TOKEN}`);
  assert.equal(moved.status, 302);
  assert.equal(moved.headers.get("location"), "/");
  const cookie = moved.headers.get("set-cookie") ?? "";
  assert.match(cookie, new RegExp(`^lanekeeper_token=${TOKEN}; `));
  for (const attribute of ["Path=/", "HttpOnly", "SameSite=Strict"]) {
    assert.ok(cookie.split("; ").includes(attribute), attribute);
  }
  const rest = await get({}, options, `/?a=1&token=${TOKEN}&b=%26`);
  assert.equal(rest.headers.get("location"), "/?a=1&b=%26");
  const refused = await get({}, options, "/?token=wrong");
  assert.deepEqual([refused.status, refused.headers.get("set-cookie")], [401, null]);
});

test("without a token none is asked for, and one in the address is left alone", async () => {
  assert.equal((await get({}, {}, "/?token=anything")).status, 200);
  assert.equal((await get({ authorization: "Bearer anything" })).status, 200);
});

test("what is refused has done nothing", async () => {
  const it = bench({ access: { token: TOKEN } });
  for (const method of ["POST", "DELETE"]) await it.request(method, "/api/session");
  const authorization = `Bearer ${TOKEN}`;
  const headers = { authorization, origin: "https://evil.example" };
  await it.request("POST", "/api/session", { headers });
  assert.equal(it.queue.size, 0);
});
