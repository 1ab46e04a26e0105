import { deepEqual } from "node:assert/strict";
import { baseRegistries } from "../../../src/image/registry/build_auth.ts";

const HUB = "https://index.docker.io/v1/";

const CASES: readonly {
  name: string;
  text: string;
  args?: Record<string, string>;
  keys: readonly string[];
}[] = [
  { name: "Docker Hub", text: "FROM alpine", keys: [HUB] },
  {
    name: "a registry, whatever the case",
    text: "from reg.example:5000/a/b:1 as base\n",
    keys: ["reg.example:5000"],
  },
  { name: "a platform", text: "FROM --platform=linux/arm64 reg.example/a", keys: ["reg.example"] },
  {
    name: "several stages, and what is copied from images",
    text:
      "FROM one.example/a AS a\nFROM two.example/b\nCOPY --chown=1 --from=three.example/c /x /x\nRUN cat four.example/d",
    keys: ["one.example", "two.example", "three.example"],
  },
  { name: "a default", text: 'ARG REG="reg.example"\nFROM $REG/a', keys: ["reg.example"] },
  {
    name: "an argument",
    text: "ARG REG=x.example\nFROM ${REG}/a",
    args: { REG: "y.example" },
    keys: ["y.example"],
  },
  { name: "an argument without a default", text: "ARG REG\nFROM ${REG:-z.example}/a", keys: ["z.example"] },
  { name: "a default of others", text: "ARG A=a.example B=${A}/b\nFROM ${B}", keys: ["a.example"] },
  { name: "what is no image", text: "FROM $NOTHING\nFROM UPPER", keys: [] },
];

Deno.test(
  { name: "baseRegistries() finds where a Dockerfile's images come from", permissions: "none" },
  async (t) => {
    for (const { name, text, args = {}, keys } of CASES) {
      await t.step(name, () => deepEqual(baseRegistries(text, args), keys));
    }
  },
);
