/** What a real engine does is tested in tests/integration/build_test.ts; here are the request, and a connection that breaks. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import { DockerEngine } from "../../src/engine/docker_engine.ts";
import type { BuildOptions } from "../../src/engine/engine.ts";
import { unixTransport } from "../../src/engine/http/unix_transport.ts";
import { EngineError, EngineUnreachableError, RegistryUnreachableError } from "../../src/errors.ts";
import { type Answer, EngineServer } from "../support/engine_server.ts";

async function build(answer: Answer, options: Partial<BuildOptions> = {}) {
  await using server = await EngineServer.start(answer);
  using transport = unixTransport(server.socketPath);
  await new DockerEngine(server.socketPath, transport.send).buildImage({
    image: "shop/web:1",
    context: ReadableStream.from([new TextEncoder().encode("the "), new TextEncoder().encode("archive")]),
    dockerfile: "docker/Dockerfile",
    target: undefined,
    args: {},
    platform: undefined,
    registryConfig: undefined,
    onOutput() {},
    signal: new AbortController().signal,
    ...options,
  });
  return server.requests[0];
}

const answering = (...messages: readonly object[]) => () =>
  new Response(messages.map((message) => `${JSON.stringify(message)}\r\n`).join(""));

const DEFAULTS = { t: "shop/web:1", dockerfile: "docker/Dockerfile", rm: "1", forcerm: "1" };

Deno.test("buildImage() asks as the API has it", async (t) => {
  let headers = new Headers();
  const queryOf = async (options?: Partial<BuildOptions>) => {
    const request = await build((received) => {
      headers = received.headers;
      return answering({ stream: "ok\n" })();
    }, options);
    const { pathname, searchParams } = new URL(`http://engine${request?.path}`);
    equal(`${request?.method} ${pathname}`, "POST /v1.41/build");
    equal(request?.body, "the archive");
    equal(headers.get("content-type"), "application/x-tar");
    return Object.fromEntries(searchParams);
  };
  await t.step("with nothing but what has to be", async () => {
    deepEqual(await queryOf(), { ...DEFAULTS, buildargs: "{}" });
    equal(headers.get("x-registry-config"), null);
  });
  await t.step("with all there is", async () => {
    const all = { target: "one", args: { A: "ü &" }, platform: "linux/arm64", registryConfig: "e30=" };
    deepEqual(await queryOf(all), {
      ...DEFAULTS,
      buildargs: '{"A":"ü &"}',
      target: "one",
      platform: "linux/arm64",
    });
    equal(headers.get("x-registry-config"), "e30=");
  });
});

Deno.test("buildImage() fails on an error that a 200 hides, and tells an unreachable registry apart", async (t) => {
  const unreachable = "dial tcp 10.0.0.1:443: i/o timeout";
  const failing = (errorDetail: object) => answering({ stream: "x\n" }, { errorDetail, error: "e" });
  await t.step("an instruction, whatever it says", async () => {
    const error = await build(failing({ code: 1, message: unreachable })).catch((error: unknown) => error);
    equal((error as Error).message, `Cannot build the image "shop/web:1": ${unreachable}`);
    equal(error instanceof EngineError && !(error instanceof RegistryUnreachableError), true);
  });
  await t.step(
    "a registry",
    () => rejects(build(failing({ message: unreachable })), RegistryUnreachableError),
  );
  await t.step("before anything is built", async () => {
    const refused = () => Response.json({ message: "invalid tag" }, { status: 400 });
    await rejects(build(refused), { message: 'Cannot build the image "shop/web:1": invalid tag' });
  });
});

Deno.test("buildImage() does not take a connection that breaks off for an end", async () => {
  const broken = () =>
    new Response(new ReadableStream({ start: (controller) => controller.error(new Error("gone")) }));
  await rejects(build(broken), EngineUnreachableError);
});
