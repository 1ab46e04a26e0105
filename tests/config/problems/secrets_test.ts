import { equal, ok } from "node:assert/strict";
import { withoutCredentials, withoutSecrets } from "../../../src/config/problems/secrets.ts";

const CONFIGS = [
  "environment:\n  DB_PASSWORD: *hunter2\n",
  "environment:\n  PW: @hunter2\n",
  "environment:\n  pw: 'hunter2'\n  other: !!int hunter2\n",
  "  environment:\n    PW: >-\n      hunter2\n      hunter2\n  frequency: x\n",
  "environment: {PW: {a: hunter2}}\n",
  "enviroment: {PW: hunter2}\n",
  "environment: TOKEN=hunter2\n",
  "check_http:\n  - path: /\n    headers:\n      X Bad: [hunter2]\n      - hunter2\n    host: a\n",
  "check_http: [{path: /, headers: {X: [hunter2]}, query_parameters: {api: hunter2}}]\n",
  '{"name":"x","environment":{"PW":"hunter2"},"bogus":1}\n',
  "query_parameters:\n  api:\n  - hunter2\n",
  "DB_PASSWORD: &hunter2\n",
  "container_create_args: [-itdeA=hunter2, --env=B=hunter2]\n",
];

Deno.test("what may be secret in a config is masked, and nothing moves", () => {
  for (const text of CONFIGS) {
    const shown = withoutSecrets(text);
    ok(!shown.includes("hunter2"), shown);
    equal(shown.length, text.length);
    equal(shown.split("\n").length, text.split("\n").length);
  }
});

Deno.test("what stands beside a private block stays as it is", () => {
  const text =
    "name: web\nmonitor:\n  check_exe:\n    - exe: a\n      environment:\n        A: b\n      frequency: often\nimage: x\n";
  equal(withoutSecrets(text), text.replace("A: b", "A: *"));
});

Deno.test("a message quotes no password of a URL or an image, and no value of a query", () => {
  equal(withoutCredentials('got "http://u:hunter2@host/"'), 'got "http://u:…@host/"');
  equal(withoutCredentials('got "u:hunter2@reg/x"'), 'got "u:…@reg/x"');
  equal(withoutCredentials('got "/ab#?token=hunter2&b=1"'), 'got "/ab#?token=…&b=…"');
  equal(withoutCredentials('"a" must be one of b, c, got "d"'), '"a" must be one of b, c, got "d"');
});
