import { deepEqual, equal, throws } from "node:assert/strict";
import { canonicalIp, checkMac, parseIpText } from "../../../src/plan/values/addresses.ts";
import { readCsvRecord } from "../../../src/plan/values/csv.ts";
import { keyValueMap, toLower, toUpper, trimSpace } from "../../../src/plan/values/go_strings.ts";
import { parseExtraHost, parseSearchDomain } from "../../../src/plan/values/hosts.ts";
import { cleanPath, joinPath, resolvePath } from "../../../src/host/paths.ts";
import { normalizePlatform } from "../../../src/plan/values/platform.ts";

const REFUSED = { name: "ValueError" };

Deno.test("strings change case and lose white space as in Go", () => {
  equal(toLower("ÄΣİ"), "äσi");
  equal(toUpper("äßŉ"), "Äßŉ");
  equal(trimSpace("\u0085\u3000 a \t\n"), "a");
  equal(trimSpace("\ufeffa"), "\ufeffa");
  deepEqual(keyValueMap(["a=1", "b", "a=2=3"]), { a: "2=3", b: "" });
});

const RECORDS: readonly (readonly [text: string, fields: string[] | undefined])[] = [
  ["a,b=c", ["a", "b=c"]],
  [",a,", ["", "a", ""]],
  ['"a,b",c', ["a,b", "c"]],
  ['"a ""b""",""', ['a "b"', ""]],
  ['"a\r\nb",c', ["a\nb", "c"]],
  ["\n\r\na\nb", ["a"]],
  ["a\r", ["a"]],
  ["a\rb", ["a\rb"]],
  [" a", [" a"]],
  ["", undefined],
  ["\n", undefined],
  ['a"b', undefined],
  ['"a', undefined],
  ['"a"b', undefined],
  ['"a" ,b', undefined],
];

for (const [text, fields] of RECORDS) {
  Deno.test(`readCsvRecord() of ${JSON.stringify(text)}`, () => {
    if (fields) deepEqual(readCsvRecord(text), fields);
    else throws(() => readCsvRecord(text), REFUSED);
  });
}

const ADDRESSES: readonly (readonly [text: string, canonical: string | undefined])[] = [
  ["10.0.0.1", "10.0.0.1"],
  ["::", "::"],
  ["::1", "::1"],
  ["1::", "1::"],
  ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
  ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
  ["::ffff:1.2.3.4", "1.2.3.4"],
  ["64:ff9b::1.2.3.4", "64:ff9b::102:304"],
  ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ["1.2.3", undefined],
  ["01.2.3.4", undefined],
  ["1.2.3.256", undefined],
  ["1.2.3.4:5", undefined],
  ["1:2:3", undefined],
  ["1::2::3", undefined],
  ["1:2:3:4:5:6:7:8::", undefined],
  [":1:2:3:4:5:6:7", undefined],
  ["12345::", undefined],
  ["1.2.3.4::", undefined],
  ["fe80::1%eth0", undefined],
  ["[::1]", undefined],
  ["localhost", undefined],
  ["", undefined],
];

for (const [text, canonical] of ADDRESSES) {
  Deno.test(`canonicalIp() of "${text}"`, () => equal(canonicalIp(text), canonical));
}

Deno.test("parseIpText() drops white space around", () => equal(parseIpText("\t1.1.1.1\n"), "1.1.1.1"));

Deno.test("checkMac() takes 6, 8 and 20 bytes with one kind of separator", () => {
  const twenty = Array(20).fill("0a").join(":");
  for (
    const text of [
      "02:42:AC:11:00:02",
      "02-42-ac-11-00-02",
      "0242.ac11.0002",
      " 02:42:ac:11:00:02:00:01",
      twenty,
    ]
  ) {
    equal(checkMac(text), text);
  }
  for (
    const text of [
      "",
      "02:42:ac:11:00",
      "02:42:ac:11:00-02",
      "0242:ac11:0002",
      "2:42:ac:11:00:02",
      "0242ac110002",
    ]
  ) {
    throws(() => checkMac(text), REFUSED);
  }
});

Deno.test("parseExtraHost() normalises separator and brackets, and keeps the address as it is", () => {
  equal(parseExtraHost("a=::0:1"), "a:::0:1");
  equal(parseExtraHost("a:[::1]"), "a:::1");
  equal(parseExtraHost("a=[1.2.3.4]"), "a:1.2.3.4");
  equal(parseExtraHost("gw=host-gateway"), "gw:host-gateway");
  for (const text of ["a", "=1.2.3.4", "a:b=1.2.3.4", "a=", "a:[]", "a=[[::1]]", "a=[host-gateway]", "a=b"]) {
    throws(() => parseExtraHost(text), REFUSED);
  }
});

Deno.test("parseSearchDomain() drops dots and blanks at the end, and lets stray colons through", () => {
  equal(parseSearchDomain(" example.com. "), "example.com");
  equal(parseSearchDomain("."), ".");
  equal(parseSearchDomain(":a"), ":a");
  equal(parseSearchDomain("a.\t"), "a");
  equal(parseSearchDomain("a".repeat(254)), "a".repeat(254));
  for (const text of ["", "17", ".a", "a_b", "a b", "-a", "a-", "a..b", "a".repeat(255)]) {
    throws(() => parseSearchDomain(text), REFUSED);
  }
});

Deno.test("paths are cleaned by text alone", () => {
  for (
    const [path, clean] of [["/a/./b//c/../d/", "/a/b/d"], ["/../a", "/a"], ["a/../..", ".."], ["./", "."], [
      "",
      ".",
    ], ["/", "/"]]
  ) equal(cleanPath(path!), clean);
  equal(joinPath("/srv", "../x"), "/x");
  equal(resolvePath("a/../b", "/srv"), "/srv/a/../b");
  equal(resolvePath("/b", "/srv"), "/b");
});

const PLATFORMS: readonly (readonly [text: string, normal: string | undefined])[] = [
  ["linux", "linux/riscv64"],
  ["macOS", "darwin/riscv64"],
  ["aarch64", "linux/arm64"],
  ["armhf", "linux/arm"],
  ["armel", "linux/arm/v6"],
  ["linux/arm", "linux/arm"],
  ["linux/arm/7", "linux/arm/v7"],
  ["linux/arm64/v8", "linux/arm64/v8"],
  ["linux/arm64/9", "linux/arm64/v9"],
  ["linux/x86-64/v1", "linux/amd64"],
  ["linux/i386/v2", "linux/386"],
  ["windows(10.0.17763)/amd64", "windows/amd64"],
  ["Foo/Bar/Baz", "foo/bar/baz"],
  ["linux/arm64/constructor", "linux/arm64/constructor"],
  ["linux/..", "."],
  ["foo", undefined],
  ["linux/", undefined],
  ["/amd64", undefined],
  ["linux/a/b/c", undefined],
  ["linux/*", undefined],
  ["", undefined],
];

for (const [text, normal] of PLATFORMS) {
  Deno.test(`normalizePlatform() of "${text}"`, () => {
    if (normal === undefined) throws(() => normalizePlatform(text, "riscv64"), REFUSED);
    else equal(normalizePlatform(text, "riscv64"), normal);
  });
}
