import assert from "node:assert/strict";
import { test } from "node:test";
import { startBrowser } from "./browser.ts";

test("without Chromium the tests of the page fail and say what to install", () =>
  assert.rejects(startBrowser("/nowhere/chromium"), {
    message: "Cannot test the page: /nowhere/chromium is not a program. Install Chromium " +
      "(on Debian: apt-get install chromium), or say with CHROMIUM_PATH where it is",
  }));
