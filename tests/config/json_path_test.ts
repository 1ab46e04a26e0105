import { deepEqual } from "node:assert/strict";
import { parseJsonPath } from "../../src/config/json_path.ts";

Deno.test("parseJsonPath() takes keys, positions and quoted keys, and nothing else", () => {
  const cases: [path: string, keys: (string | number)[] | undefined][] = [
    ["status", ["status"]],
    ["data.items[0].name", ["data", "items", 0, "name"]],
    ["$", []],
    ["$.a", ["a"]],
    ["$[2][3]", [2, 3]],
    ["[0].a", [0, "a"]],
    ['a["b.c"].d', ["a", "b.c", "d"]],
    ['["\\"]"]', ['"]']],
    ["two words.ä-1", ["two words", "ä-1"]],
    ["$price", ["$price"]],
    ["", undefined],
    [".a", undefined],
    ["a.", undefined],
    ["a..b", undefined],
    ["a[x]", undefined],
    ["a[-1]", undefined],
    ["a[0]b", undefined],
    ["a[0", undefined],
  ];
  for (const [path, keys] of cases) deepEqual(parseJsonPath(path), keys, path);
});
