import { equal, ok } from "node:assert/strict";
import { denoHost } from "../../src/host/deno_host.ts";

Deno.test("claimName() gives a name to one at a time", () => {
  const { claimName } = denoHost();
  const name = `test-${crypto.randomUUID()}`;
  const first = claimName(name);
  ok(first);
  equal(claimName(name), undefined);
  first.close();
  const second = claimName(name);
  ok(second);
  second.close();
});
