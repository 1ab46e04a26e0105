import { deepEqual, equal } from "node:assert/strict";
import {
  type DockerConfig,
  findCredentials,
  mergeDockerConfigs,
  parseDockerConfig,
  serverKey,
} from "../../../src/image/registry/docker_config.ts";

const HUB = "https://index.docker.io/v1/";
const PAIR = { username: "me", password: "s:p" };
const AUTH = { auth: btoa("me:s:p") };

const TABLE = [
  { name: "nothing", config: {}, key: "a:5000", found: { kind: "none" } },
  {
    name: "user and password in base64; only the first colon counts",
    config: { auths: { "a:5000": AUTH } },
    key: "a:5000",
    found: { kind: "credentials", credentials: PAIR },
  },
  {
    name: "user and password as they are",
    config: { auths: { a: PAIR } },
    key: "a",
    found: { kind: "credentials", credentials: PAIR },
  },
  {
    name: "an identity token beside the pair",
    config: { auths: { a: { ...AUTH, identitytoken: "t" } } },
    key: "a",
    found: { kind: "credentials", credentials: { ...PAIR, identitytoken: "t" } },
  },
  {
    name: "another port is another registry",
    config: { auths: { "a:5000": AUTH } },
    key: "a",
    found: { kind: "none" },
  },
  {
    name: "an address of old",
    config: { auths: { "https://a:5000/v1/": AUTH } },
    key: "a:5000",
    found: { kind: "credentials", credentials: PAIR },
  },
  {
    name: "Docker Hub's own address",
    config: { auths: { [HUB]: AUTH } },
    key: HUB,
    found: { kind: "credentials", credentials: PAIR },
  },
  {
    name: "Docker Hub as Podman calls it",
    config: { auths: { "docker.io": AUTH } },
    key: HUB,
    found: { kind: "credentials", credentials: PAIR },
  },
  {
    name: "the empty entry that a helper leaves",
    config: { auths: { a: {} } },
    key: "a",
    found: { kind: "none" },
  },
  {
    name: "a helper for all, before what is in the file",
    config: { auths: { a: AUTH }, credsStore: "pass" },
    key: "a",
    found: { kind: "helper", name: "pass" },
  },
  {
    name: "a helper for this registry, before the one for all",
    config: { credHelpers: { a: "ecr-login" }, credsStore: "pass" },
    key: "a",
    found: { kind: "helper", name: "ecr-login" },
  },
  {
    name: "a helper for another registry",
    config: { auths: { a: AUTH }, credHelpers: { b: "ecr-login" } },
    key: "a",
    found: { kind: "credentials", credentials: PAIR },
  },
  {
    name: "an empty helper switches the one for all off",
    config: { auths: { a: AUTH }, credHelpers: { a: "" }, credsStore: "pass" },
    key: "a",
    found: { kind: "credentials", credentials: PAIR },
  },
];

Deno.test({
  name: "findCredentials() finds them as the Docker CLI does",
  permissions: "none",
  fn: async (t) => {
    for (const { name, config, key, found } of TABLE) {
      await t.step(name, () => {
        deepEqual(findCredentials(parseDockerConfig(JSON.stringify(config)) as DockerConfig, key), found);
      });
    }
  },
});

Deno.test({
  name: "findCredentials() says that an entry is broken, and nothing of what is in it",
  permissions: "none",
  fn: () => {
    for (const auth of ["%%%secret", btoa("secret"), btoa(":secret")]) {
      const config = parseDockerConfig(JSON.stringify({ auths: { a: { auth } } })) as DockerConfig;
      const found = findCredentials(config, "a");
      deepEqual(found, {
        kind: "broken",
        reason: 'its entry for "a" is not as "docker login" writes it',
      });
    }
  },
});

Deno.test({
  name: "parseDockerConfig() takes nothing but such a file",
  permissions: "none",
  fn: () => {
    for (const text of ["", "{", "[]", "null", '{"auths": 1}', '{"credsStore": {}}', '{"credHelpers": []}']) {
      equal(parseDockerConfig(text), undefined, text);
    }
  },
});

Deno.test({
  name: "serverKey() names the registry of a repository",
  permissions: "none",
  fn: () => {
    equal(serverKey("docker.io/library/nginx"), HUB);
    equal(serverKey("127.0.0.1:5000/a/b"), "127.0.0.1:5000");
    equal(serverKey("ghcr.io/a/b"), "ghcr.io");
  },
});

const entry = (user: string) => ({ auth: btoa(`${user}:secret`) });

Deno.test({
  name: "mergeDockerConfigs() has for each registry what the first file that knows it says",
  permissions: "none",
  fn: () => {
    const configs = [
      {
        auths: {
          "docker.io": entry("a"),
          "https://b.example/v1/": entry("b"),
          "c.example": { auth: "broken" },
        },
      },
      { auths: { "b.example": entry("no"), "d.example": {} }, credsStore: "one", plugins: { x: {} } },
      {
        auths: { "d.example": entry("no"), "c.example": entry("c"), "e.example": entry("no") },
        credHelpers: { "b.example": "no", "e.example": "e" },
        credsStore: "two",
        plugins: { y: {} },
      },
    ].map((config) => parseDockerConfig(JSON.stringify(config)) as DockerConfig);
    const merged = mergeDockerConfigs(configs);
    const whose = (key: string) => {
      const found = findCredentials(merged, key);
      return found.kind === "credentials" ? found.credentials.username : "name" in found && found.name;
    };
    deepEqual([HUB, "b.example", "c.example", "d.example", "e.example", "f.example"].map(whose), [
      "a",
      "b",
      "two",
      "one",
      "e",
      "one",
    ]);
    deepEqual(merged.plugins, { x: {} });
  },
});
