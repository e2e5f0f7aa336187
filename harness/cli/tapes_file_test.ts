import assert from "node:assert/strict";
import { test } from "node:test";
import { withFolder } from "./_test_support.ts";
import { readTapes } from "./tapes_file.ts";

test("stories are read with their lanes, and without what is said about them", () =>
  withFolder(async ({ path, write }) => {
    const operations = ["send a deaf by s2", "stop a keep"];
    const stories = [
      { operations, tape: [0, 2], racy: true, work: 3, note: "found in May" },
      { operations: ["advance 5"], tape: [], racy: false },
    ];
    await write("tapes.json", JSON.stringify(stories));
    assert.deepEqual(await readTapes("tapes.json", path), [
      {
        operations: [
          { what: "send", session: "a", agent: "deaf", sender: "s2" },
          { what: "stop", session: "a", queued: "keep" },
        ],
        tape: [0, 2],
        lane: { racy: true, workSteps: 3 },
      },
      { operations: [{ what: "advance", session: "", ms: 5 }], tape: [], lane: {} },
    ]);
  }));
