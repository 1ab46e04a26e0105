import { deepEqual, equal, match } from "node:assert/strict";
import { paddingBytes, TAR_END, type TarEntry, tarHead } from "../../../src/image/build/tar.ts";
import { tempDir } from "../../support/temp_dir.ts";

const MODIFIED_AT_MS = Date.UTC(2024, 1, 29, 12, 30, 45);
const LONG_NAME = `${"folder/".repeat(30)}${"n".repeat(200)}`;

const ENTRIES: readonly (Partial<TarEntry> & Pick<TarEntry, "path">)[] = [
  { path: "plain", mode: 0o640 },
  { path: "sub", kind: "folder", mode: 0o2755 },
  { path: "sub/run", mode: 0o4755 },
  { path: "n".repeat(100) },
  { path: "n".repeat(101) },
  { path: LONG_NAME },
  { path: `${LONG_NAME}-folder`, kind: "folder" },
  { path: "Grüße-💡" },
  { path: "link", kind: "link", target: "../elsewhere" },
  { path: "long-link", kind: "link", target: LONG_NAME },
  { path: "ünlink", kind: "link", target: "zü" },
  { path: "old", modifiedAtMs: -5000 },
];

function entry(given: Partial<TarEntry> & Pick<TarEntry, "path">): TarEntry {
  return { kind: "file", mode: 0o644, sizeBytes: 0, modifiedAtMs: MODIFIED_AT_MS, target: "", ...given };
}

/** What tar(1) makes of the archive. */
async function list(archive: readonly Uint8Array<ArrayBuffer>[]): Promise<string[]> {
  await using dir = await tempDir();
  const file = await dir.write("a.tar", new Uint8Array(await new Blob([...archive]).arrayBuffer()));
  const { success, stdout, stderr } = await new Deno.Command("tar", {
    args: ["--list", "--verbose", "--numeric-owner", "--full-time", "--quoting-style=literal", "-f", file],
    env: { TZ: "UTC", LC_ALL: "C.UTF-8" },
  }).output();
  equal(new TextDecoder().decode(stderr), "");
  equal(success, true);
  return new TextDecoder().decode(stdout).trimEnd().split("\n").map((line) => line.replace(/ +/g, " "));
}

Deno.test("tarHead() is what tar(1) reads, whatever the name", async () => {
  const lines = await list([...ENTRIES.map((each) => tarHead(entry(each))), TAR_END]);
  const at = "2024-02-29 12:30:45";
  deepEqual(lines, [
    `-rw-r----- 0/0 0 ${at} plain`,
    `drwxr-sr-x 0/0 0 ${at} sub/`,
    `-rwsr-xr-x 0/0 0 ${at} sub/run`,
    `-rw-r--r-- 0/0 0 ${at} ${"n".repeat(100)}`,
    `-rw-r--r-- 0/0 0 ${at} ${"n".repeat(101)}`,
    `-rw-r--r-- 0/0 0 ${at} ${LONG_NAME}`,
    `drw-r--r-- 0/0 0 ${at} ${LONG_NAME}-folder/`,
    `-rw-r--r-- 0/0 0 ${at} Grüße-💡`,
    `lrw-r--r-- 0/0 0 ${at} link -> ../elsewhere`,
    `lrw-r--r-- 0/0 0 ${at} long-link -> ${LONG_NAME}`,
    `lrw-r--r-- 0/0 0 ${at} ünlink -> zü`,
    "-rw-r--r-- 0/0 0 1970-01-01 00:00:00 old",
  ]);
});

Deno.test({ name: "tarHead() has room for a file of more than 8 GiB", permissions: "none" }, () => {
  const sizeBytes = 8 ** 11 + 5;
  match(new TextDecoder().decode(tarHead(entry({ path: "disk", sizeBytes }))), /19 size=8589934597\n/);
});

Deno.test({ name: "paddingBytes() fills the last block", permissions: "none" }, () => {
  deepEqual([0, 1, 511, 512, 513, 8 ** 11 + 5].map(paddingBytes), [0, 511, 1, 0, 511, 507]);
});
