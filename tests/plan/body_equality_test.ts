import { deepEqual, notDeepEqual } from "node:assert/strict";
import { normalizeBody } from "./body_equality.ts";

const SAME: readonly (readonly [name: string, a: object, b: object])[] = [
  [
    "a zero value and no value",
    { Hostname: "", Tty: false, Env: null, Labels: {}, HostConfig: { Dns: [] } },
    {},
  ],
  ["a structure without fields", { HostConfig: { LogConfig: { Type: "", Config: {} } } }, {}],
  ["numbers and bigints", { HostConfig: { Memory: 5 } }, { HostConfig: { Memory: 5n } }],
  [
    "default modes",
    { HostConfig: { NetworkMode: "default", Isolation: "default", ConsoleSize: [0, 0] } },
    {},
  ],
  ["no restart", { HostConfig: { RestartPolicy: { Name: "no", MaximumRetryCount: 0 } } }, {}],
  ["no limit of processes", { HostConfig: { PidsLimit: -1 } }, {}],
  ["no swappiness", { HostConfig: { MemorySwappiness: -1 } }, {}],
  ["a lone endpoint", { NetworkingConfig: { EndpointsConfig: { default: { Aliases: null } } } }, {}],
  ["the order of binds", { HostConfig: { Binds: ["a:/a", "b:/b"] } }, {
    HostConfig: { Binds: ["b:/b", "a:/a"] },
  }],
  ["spellings of capabilities", { HostConfig: { CapAdd: ["CAP_KILL"] } }, { HostConfig: { CapAdd: "kill" } }],
  ["the last value of a variable", { Env: ["A=1", "B=2", "A=3"] }, { Env: ["B=2", "A=3"] }],
  ["a bare variable that has a value", { Env: ["A=1", "A"] }, { Env: ["A=1"] }],
  ["a command of one word", { Cmd: "sh" }, { Cmd: ["sh"] }],
  ["kernel memory", { HostConfig: { KernelMemory: 5 } }, {}],
];

const DIFFERENT: readonly (readonly [name: string, a: object, b: object])[] = [
  ["an empty entry of a map", { Labels: { a: "" } }, {}],
  ["an empty structure in a map", { ExposedPorts: { "80/tcp": {} } }, {}],
  ["an empty element of a list", { HostConfig: { PortBindings: { "80/tcp": [{}] } } }, {}],
  ["a command of an empty word", { Cmd: [""] }, {}],
  ["a stop timeout of 0", { StopTimeout: 0 }, {}],
  ["init switched off", { HostConfig: { Init: false } }, {}],
  ["swappiness 0", { HostConfig: { MemorySwappiness: 0 } }, {}],
  ["no masked paths", { HostConfig: { MaskedPaths: [] } }, {}],
  ["no entrypoint", { Entrypoint: [] }, {}],
  ["the order of addresses", { HostConfig: { Dns: ["1.1.1.1", "8.8.8.8"] } }, {
    HostConfig: { Dns: ["8.8.8.8", "1.1.1.1"] },
  }],
  ["an empty and an absent variable", { Env: ["A="] }, { Env: ["A"] }],
  ["an endpoint of another network", { NetworkingConfig: { EndpointsConfig: { a: {} } } }, {}],
  ["two endpoints", { NetworkingConfig: { EndpointsConfig: { default: {}, a: {} } } }, {
    NetworkingConfig: { EndpointsConfig: { a: {} } },
  }],
  [
    "an endpoint with settings",
    { NetworkingConfig: { EndpointsConfig: { default: { Aliases: [""] } } } },
    {},
  ],
  ["integers beyond 2^53", { StopTimeout: 9007199254740993n }, { StopTimeout: 9007199254740992n }],
];

for (const [name, a, b] of SAME) {
  Deno.test(`normalizeBody() makes the same of ${name}`, () => deepEqual(normalizeBody(a), normalizeBody(b)));
}

for (const [name, a, b] of DIFFERENT) {
  Deno.test(`normalizeBody() keeps ${name}`, () => notDeepEqual(normalizeBody(a), normalizeBody(b)));
}
