import { test } from "node:test";
import assert from "node:assert/strict";
import { findPackages } from "../../tools/gate/packages.ts";
import { listTree, root } from "./tree.ts";
import { unrunTests } from "./unrun_tests.ts";

test("unrunTests() fires on a test outside of the packages, of another kind, or run nowhere", () => {
  const testFiles = { node: ["a_test.ts", "house/b_test.ts"], deno: ["a_test.ts"], bun: [] };
  const files = ["m/a_test.ts", "m/house/b_test.ts", "m/c.ts"];
  const bad = ["tools/x_test.ts", "m/a_test.js", "m/nowhere/c_test.ts"];
  assert.deepEqual(unrunTests([...files, ...bad], [{ folder: "m", testFiles }]), bad);
});

test("every test file in the tree is run by some runtime", () => {
  assert.deepEqual(unrunTests(listTree(), findPackages(root)), []);
});
