/** What a tag means in a real registry, and what it costs to ask. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { DockerEngine } from "../../src/engine/docker_engine.ts";
import { unixTransport } from "../../src/engine/http/unix_transport.ts";
import { denoHost } from "../../src/host/deno_host.ts";
import { remoteDigest } from "../../src/image/registry/remote_digest.ts";
import { ACCOUNT, pushImage, startRegistry } from "../support/registry.ts";
import { type FrontOptions, RegistryFront } from "../support/registry_front.ts";
import { tempDir } from "../support/temp_dir.ts";
import { TEST_IMAGES, testEngine, testRegistry } from "../support/test_engine.ts";

const NAME = "remote_digest/web";
const HEAD = `HEAD /v2/${NAME}/manifests/latest`;
const TOKENS = { ...ACCOUNT, identityToken: "an-identity" };

/** Pushed anew, since each registry has its own; yields its digest there, by the engine. */
async function push(registry: string, account?: typeof ACCOUNT, source: string = TEST_IMAGES.base) {
  const reference = await pushImage(testEngine(), {
    source,
    registry,
    name: NAME,
    ...(account === undefined ? {} : { account }),
  });
  const image = testEngine().docker.getImage(reference);
  const { Descriptor } = await image.distribution({ authconfig: { ...account } }) as {
    Descriptor: { digest: string };
  };
  return { reference, digest: Descriptor.digest };
}

/** `entry`: of the registry in the file of `docker login`. */
async function ask(image: string, { registry, entry }: { registry: string; entry?: object }) {
  await using dir = await tempDir();
  if (entry !== undefined) await dir.write("config.json", JSON.stringify({ auths: { [registry]: entry } }));
  using transport = unixTransport(testEngine().socketPath);
  const engine = new DockerEngine(testEngine().socketPath, transport.send);
  const stop = new AbortController().signal;
  await engine.negotiate(stop);
  const env = (name: string) => name === "DOCKER_CONFIG" ? dir.path : undefined;
  const context = { host: { ...denoHost(), env }, logger: { log: () => {} }, stop };
  return await remoteDigest(image, engine, context);
}

async function askByFront(registry: string, options: FrontOptions, entry?: object) {
  await using front = new RegistryFront(registry, options);
  const image = `${front.address}/${NAME}`;
  const answer = await ask(image, { registry: front.address, ...(entry === undefined ? {} : { entry }) })
    .catch((error: Error) => error.message);
  return { answer, asked: front.asked };
}

const login = { auth: btoa(`${ACCOUNT.username}:${ACCOUNT.password}`) };

Deno.test("remoteDigest() asks by HEAD alone, and sees when the tag moves", async () => {
  const registry = testRegistry();
  const first = await push(registry);
  deepEqual(await askByFront(registry, {}), { answer: first.digest, asked: [`${HEAD} 200`] });
  deepEqual(await askByFront(registry, {}), { answer: first.digest, asked: [`${HEAD} 200`] });
  const second = await push(registry, undefined, TEST_IMAGES.web);
  deepEqual(await askByFront(registry, {}), { answer: second.digest, asked: [`${HEAD} 200`] });
});

Deno.test("remoteDigest() shows a registry who it is", async (t) => {
  await t.step("by name and password", async () => {
    await using registry = await startRegistry({ isPrivate: true });
    const { digest } = await push(registry.address, ACCOUNT);
    const { answer, asked } = await askByFront(registry.address, {}, login);
    deepEqual({ answer, asked }, { answer: digest, asked: [`${HEAD} 401`, `${HEAD} 200`] });
  });
  const { digest } = await push(testRegistry());
  await t.step("by a token that it gets by name and password", async () => {
    const { answer, asked } = await askByFront(testRegistry(), { tokensFor: TOKENS }, login);
    deepEqual({ answer, asked }, { answer: digest, asked: [`${HEAD} 401`, "GET /token 200", `${HEAD} 200`] });
  });
  await t.step("by a token that it gets by an identity token", async () => {
    const entry = { identitytoken: TOKENS.identityToken };
    const { answer, asked } = await askByFront(testRegistry(), { tokensFor: TOKENS }, entry);
    deepEqual({ answer, asked }, {
      answer: digest,
      asked: [`${HEAD} 401`, "POST /token 200", `${HEAD} 200`],
    });
  });
});

Deno.test("remoteDigest() leaves it to the engine where the registry does not tell", async (t) => {
  const registry = testRegistry();
  const { digest } = await push(registry);
  await t.step("the digest", async () => {
    const { answer, asked } = await askByFront(registry, { hidesDigests: true });
    equal(answer, digest);
    equal(asked[0], `${HEAD} 200`);
    match(asked.join("\n"), /GET .*\/manifests\/latest 200/);
  });
  await t.step("anything, and the reason is the engine's", async () => {
    const { answer } = await askByFront(registry, { tokensFor: TOKENS }, { auth: btoa("nobody:wrong") });
    match(answer, /^Cannot ask the registry for the image ".*": .*(?:unauthorized|denied|401)/i);
    await rejects(ask(`${registry}/no/such`, { registry }), /manifest unknown|not found/);
    await rejects(ask("127.0.0.1:1/web", { registry }), /connection refused/);
  });
});
