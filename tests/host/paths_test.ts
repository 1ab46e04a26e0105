import { deepEqual } from "node:assert/strict";
import { folderOf } from "../../src/host/paths.ts";

Deno.test("folderOf() is empty for the current folder", () => {
  deepEqual(["a", "./a", "/a", "/a/b/", "a/b", "/"].map(folderOf), ["", ".", "/", "/a", "a", ""]);
});
