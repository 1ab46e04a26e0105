import { deepEqual, throws } from "node:assert/strict";
import { IgnoreRules } from "../../../src/image/build/ignore_rules.ts";

const PATHS = [
  "a",
  "a/b",
  "a/b/c.txt",
  "c.txt",
  "src/main.c",
  "src/deep/c.txt",
  "README.md",
  "src/README.md",
];

const CASES: readonly { name: string; rules: string; paths?: readonly string[]; kept: readonly string[] }[] =
  [
    { name: "nothing", rules: "", kept: PATHS },
    { name: "comments and blank lines", rules: "\n# a\n  \n", kept: PATHS },
    {
      name: "a byte order mark, and Windows' line ends",
      rules: "\uFEFFa\r\nsrc\r\n",
      kept: ["c.txt", "README.md"],
    },
    {
      name: "a name is one in the context's root",
      rules: "c.txt\nREADME.md",
      kept: PATHS.filter((p) => !/^[cR]/.test(p)),
    },
    { name: "a folder goes with all in it", rules: "a", kept: PATHS.filter((p) => !p.startsWith("a")) },
    {
      name: "slashes around, and dots",
      rules: "/a/\n./src/./deep/../main.c",
      kept: [
        "c.txt",
        "src/deep/c.txt",
        "README.md",
        "src/README.md",
      ],
    },
    {
      name: "what lies outside the context",
      rules: "../a\n/../c.txt",
      kept: PATHS.filter((p) => p !== "c.txt"),
    },
    { name: "* stays in its folder", rules: "*.txt", kept: PATHS.filter((p) => p !== "c.txt") },
    { name: "*/ is one folder", rules: "*/*.md", kept: PATHS.filter((p) => p !== "src/README.md") },
    {
      name: "** is any number of folders, also none",
      rules: "**/c.txt",
      kept: PATHS.filter((p) => !p.endsWith("c.txt")),
    },
    { name: "** at the end", rules: "src/**", kept: PATHS.filter((p) => !p.startsWith("src/")) },
    { name: "an exception", rules: "*\n!src", kept: ["src/main.c", "src/deep/c.txt", "src/README.md"] },
    {
      name: "an exception within what is left out",
      rules: "src\n!src/deep",
      kept: PATHS.filter((p) => !/^src\/[mR]/.test(p)),
    },
    {
      name: "the last rule decides",
      rules: "*.md\n!README*.md\nREADME.md",
      kept: PATHS.filter((p) => p !== "README.md"),
    },
    { name: "an exception anywhere", rules: "**\n!**/*.md", kept: ["README.md", "src/README.md"] },
    {
      name: "what means something in a regular expression only",
      rules: "c++\n(x)\na.b\n{y}\n^z\n$w|",
      paths: ["c++", "cc", "(x)", "x", "a.b", "axb", "{y}", "^z", "$w|", "z"],
      kept: ["cc", "x", "axb", "z"],
    },
    {
      name: "one character, ranges, and what is escaped",
      rules: "?.c\n[a-c]\n[^x-z]1\n\\*\n[\\]]2",
      paths: ["d.c", "/.c", "b", "d", "x1", "a1", "*", "]2"],
      kept: ["/.c", "d", "x1"],
    },
    { name: "capitals count", rules: "readme.md", kept: PATHS },
    { name: "what is not of one byte", rules: "?é", paths: ["💡é", "aé", "é"], kept: ["é"] },
  ];

Deno.test({ name: "IgnoreRules keep what Docker would send", permissions: "none" }, async (t) => {
  for (const { name, rules, paths = PATHS, kept } of CASES) {
    await t.step(name, () => {
      const ignore = new IgnoreRules(rules);
      deepEqual(paths.filter((path) => !ignore.ignores(path)), kept);
    });
  }
});

Deno.test(
  { name: "IgnoreRules look into an ignored folder only for an exception", permissions: "none" },
  () => {
    const may = (rules: string, folder: string) => new IgnoreRules(rules).mayKeepIn(folder);
    deepEqual(["node_modules", "src", "src/deep"].map((folder) => may("*\n!src/deep/x\n!*.md", folder)), [
      false,
      true,
      true,
    ]);
    deepEqual(["node_modules", "src"].map((folder) => may("*\n!src/**/x", folder)), [false, true]);
    deepEqual(["node_modules", "a/b/c"].map((folder) => may("*\n!**/x", folder)), [true, true]);
  },
);

Deno.test({ name: "IgnoreRules refuse a pattern that is none", permissions: "none" }, () => {
  throws(() => new IgnoreRules("a[b"), /the pattern "a\[b" has a "\[" without its "\]"/);
});
