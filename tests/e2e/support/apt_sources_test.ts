import { equal } from "node:assert/strict";
import { findMirror } from "./apt_sources.ts";

const TABLE = [
  { name: "nothing", sources: "", expected: undefined },
  {
    name: "one line a source",
    sources: "# deb http://a.example/debian x\ndeb [signed-by=/k] https://b.example/debian trixie main\n",
    expected: "https://b.example/debian",
  },
  {
    name: "deb822",
    sources: "Types: deb\nURIs: http://deb.debian.org/debian/\nSuites: bookworm\n",
    expected: "http://deb.debian.org/debian/",
  },
  {
    name: "other archives",
    sources: "deb http://a.example/debian-security x\ndeb http://archive.ubuntu.com/ubuntu noble main\n",
    expected: undefined,
  },
];

Deno.test({
  name: "findMirror() finds a Debian archive among apt's sources",
  permissions: "none",
  fn: async (t) => {
    for (const { name, sources, expected } of TABLE) {
      await t.step(name, () => equal(findMirror(sources), expected));
    }
  },
});
