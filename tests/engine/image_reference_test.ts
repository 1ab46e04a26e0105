import { deepEqual, throws } from "node:assert/strict";
import { type ImageReference, parseImageReference } from "../../src/engine/image_reference.ts";

const SHA = "ab".repeat(32);

const NAMES: readonly (readonly [text: string, name: string, tag?: string | undefined, digest?: string])[] = [
  ["alpine", "docker.io/library/alpine"],
  ["alpine:3.20", "docker.io/library/alpine", "3.20"],
  ["acme/app", "docker.io/acme/app"],
  ["docker.io/alpine", "docker.io/library/alpine"],
  ["index.docker.io/acme/app", "docker.io/acme/app"],
  ["localhost/app", "localhost/app"],
  ["localhost:5000/app:1", "localhost:5000/app", "1"],
  ["[::1]:5000/app", "[::1]:5000/app"],
  ["Reg/app", "Reg/app"],
  ["g1_0.io/a/b:x", "g1_0.io/a/b", "x"],
  ["a/b_c__d/e--f.g", "docker.io/a/b_c__d/e--f.g"],
  [`app:1@sha256:${SHA}`, "docker.io/library/app", "1", `sha256:${SHA}`],
  [`app@sha512:${SHA}${SHA}`, "docker.io/library/app", undefined, `sha512:${SHA}${SHA}`],
  [`app:${"t".repeat(128)}`, "docker.io/library/app", "t".repeat(128)],
];

for (const [text, name, tag, digest] of NAMES) {
  Deno.test(`parseImageReference() of ${text.slice(0, 40)}`, () => {
    deepEqual<ImageReference>(parseImageReference(text), { kind: "name", name, tag, digest });
  });
}

Deno.test("parseImageReference() knows ids", () => {
  for (const text of [SHA, `sha256:${SHA}`]) {
    deepEqual<ImageReference>(parseImageReference(text), { kind: "id", digest: `sha256:${SHA}` });
  }
});

// deno-fmt-ignore
const REFUSED = [
  "", "Alpine", "acme/App", "a b", "alpine:", "a::b", "alpine@", "alpine@sha256:abc", `alpine@md5:${SHA}`,
  `alpine@sha256:${SHA.toUpperCase()}`, `alpine@sha256:${SHA}00`, "https://example.com/a", "/alpine", "alpine/", "a___b",
  "-a", "a-", "a..b", "a\n", `a:${"t".repeat(129)}`, `a/${"b".repeat(254)}`, "é",
];

for (const text of REFUSED) {
  Deno.test(`parseImageReference() refuses ${JSON.stringify(text.slice(0, 60))}`, () => {
    throws(() => parseImageReference(text), { name: "ValueError" });
  });
}
