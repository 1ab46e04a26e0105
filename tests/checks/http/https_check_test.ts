/** `check_http` over TLS: real servers with certificates of their own. */
import { deepEqual, match, ok } from "node:assert/strict";
import * as v from "valibot";
import { monitorSchema } from "../../../src/config/monitor_config.ts";
import type { ContainerEngine } from "../../../src/engine/engine.ts";
import { denoHost } from "../../../src/host/deno_host.ts";
import type { CheckResult } from "../../../src/checks/check.ts";
import { ContainerAddress } from "../../../src/checks/container_address.ts";
import { httpCheck } from "../../../src/checks/http/http_check.ts";
import { selfSigned } from "../../support/certificate.ts";
import { tempDir } from "../../support/temp_dir.ts";

/** Serves "secure" on loopback, with a certificate for these names that is good for so long. */
async function site(folder: string, names: string, days: number) {
  const certificate = await selfSigned(folder, { names, days });
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, ...certificate },
    () => new Response("secure"),
  );
  return { port: server.addr.port, certificate, [Symbol.asyncDispose]: () => server.shutdown() };
}

async function run(check: Record<string, unknown>, folder: string): Promise<CheckResult> {
  const { checkHttp: [config] } = v.parse(monitorSchema, {
    check_http: [{ path: "/", scheme: "https", host: "127.0.0.1", ...check }],
  });
  const address = new ContainerAddress({} as ContainerEngine, "id", "bridge");
  return await httpCheck(config!, { host: denoHost(), address, folder }).run(AbortSignal.timeout(5000));
}

async function reason(check: Record<string, unknown>, folder: string): Promise<string> {
  const result = await run(check, folder);
  ok(!result.ok, "the check was to fail");
  return result.reason;
}

Deno.test("check_http by https trusts the system's authorities, a ca_file, or everybody", async () => {
  await using dir = await tempDir();
  await using server = await site(dir.path, "IP:127.0.0.1", 30);
  const port = `${server.port}`;
  match(await reason({ port }, dir.path), /^no answer from https:\/\/127.0.0.1:\d+\/: .*certificate/);
  const expected = { body: "secure" };
  deepEqual(await run({ port, tls: { insecure: "true" }, expected }, dir.path), { ok: true, status: 200 });
  const trusting = { port, tls: { ca_file: "ca.pem" }, expected };
  match(await reason(trusting, dir.path), /^cannot read tls.ca_file ".*\/ca.pem": there is no such file$/);
  await dir.write("ca.pem", server.certificate.cert);
  deepEqual(await run(trusting, dir.path), { ok: true, status: 200 });
  const { cert: another } = await selfSigned(dir.path, { names: "IP:127.0.0.1", days: 30 });
  await dir.write("ca.pem", another);
  match(await reason(trusting, dir.path), /certificate/);
});

Deno.test("check_http asks for the certificate of the site that the Host header names", async () => {
  await using dir = await tempDir();
  await using server = await site(dir.path, "DNS:docs.example", 30);
  await dir.write("ca.pem", server.certificate.cert);
  const check = { port: `${server.port}`, tls: { ca_file: "ca.pem" } };
  deepEqual(await run({ ...check, headers: { Host: ["docs.example:443"] } }, dir.path), {
    ok: true,
    status: 200,
  });
  match(await reason({ ...check, headers: { Host: ["other.example"] } }, dir.path), /altnames/);
  match(await reason(check, dir.path), /altnames/);
});

Deno.test("check_http fails when the certificate expires sooner than certificate_valid_for", async () => {
  await using dir = await tempDir();
  await using server = await site(dir.path, "IP:127.0.0.1", 10);
  const check = { port: `${server.port}`, tls: { insecure: "true" } };
  const fine = { ...check, expected: { certificate_valid_for: "9d" } };
  const { certificateExpiresAt, ...result } = await run(fine, dir.path);
  deepEqual(result, { ok: true, status: 200 });
  const days = ((certificateExpiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000;
  ok(days > 9 && days <= 10, `it expires in ${days} days`);
  match(
    await reason({ ...check, expected: { certificate_valid_for: "14d" } }, dir.path),
    /^the certificate expires in 9.9 days, at \d{4}-.*Z, expected 14 days or more$/,
  );
});
