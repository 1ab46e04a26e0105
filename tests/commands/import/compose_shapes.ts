// deno-lint-ignore-file camelcase -- the keys are those of Compose files
/** Services and what they name, of every shape that the JSON Schema of the Compose specification allows. */
import fc from "fast-check";
import type { SchemaNode } from "../../support/docker_compose.ts";

export type Definitions = Readonly<Record<string, SchemaNode>>;

/** Values that mean something below some keys, which any other text hardly ever would. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  test: [
    "curl -f http://localhost:8080/ || exit 1",
    "curl -X CONNECT localhost:0/[1-3]#a",
    "wget -qO- 'localhost/a b'\n",
    "NONE",
    "CMD",
    "CMD-SHELL",
  ],
  interval: ["1h0m0s", "500ms", "1ns", "2562047h0m0s"],
  timeout: ["10s", "0s", "1us"],
  start_period: ["1m0s", "0s"],
  start_interval: ["5s"],
  stop_grace_period: ["1m30s", "0s", "500ms", "-1s"],
  published: ["80", "8000-8010", "0", "65536"],
  protocol: ["tcp", "udp", "sctp"],
  host_ip: ["127.0.0.1", "::1", "0.0.0.0"],
  target: ["/a", "/a:b", "C:\\a", "a,b"],
  source: ["/srv/a", "data", "a b", "/x:y", "secret"],
  type: ["bind", "volume", "tmpfs", "npipe", "cluster", "image"],
  network_mode: ["host", "none", "bridge", "service:db", "container:x", "default", "Back"],
  subnet: ["10.28.0.0/16", "fd00::/64", "none"],
  gateway: ["10.28.0.1"],
  memory: ["64M", "67108864", "1.5g"],
  mem_limit: ["67108864", "-1"],
  restart: ["always", "on-failure:3", "unless-stopped", "no"],
  condition: ["service_healthy", "service_started", "service_completed_successfully", "any", "none"],
  pull_policy: ["always", "missing", "if_not_present", "build", "daily", "every_2h"],
  mac_address: ["02:42:ac:11:65:43"],
  ipv4_address: ["10.28.0.5"],
  context: ["/srv/app", "https://example.org/app.git", "."],
  capabilities: ["gpu", "utility", "nvidia"],
  name: ["shop", "a-b", "Back", "x"],
  dns: ["9.9.9.9", "::1"],
  dns_search: ["a.example"],
  platform: ["linux/amd64"],
  userns_mode: ["host"],
  device_cgroup_rules: ["c 1:* rw"],
  security_opt: ["no-new-privileges:true", "label=disable"],
  extra_hosts: ["192.0.2.1", "a=192.0.2.1"],
  shm_size: ["64m"],
};

/** What is odd anywhere. */
const ODD = ["", "a", "80", "1m", "64m", "/a", "a:b", "a=b", "service:web", "–x", 'ä,"\n', "$a", "--x", " "];

const COUNTS = [0, 1, -1, 2, 65536];

export interface Shape {
  readonly definitions: Definitions;
  /** Whether values are now and then of another kind than the schema says, and texts such as mean nothing there. */
  readonly isOdd: boolean;
}

/** Values of the shape that the node describes. `key`: below which they stand. */
export function shapesOf(node: SchemaNode, shape: Shape, key = "", depth = 0): fc.Arbitrary<unknown> {
  const { definitions, isOdd } = shape;
  const go = (inner: SchemaNode, below = key) => shapesOf(inner, shape, below, depth + 1);
  if (node.$ref !== undefined) return go(definitions[node.$ref.split("/").at(-1)!]!);
  const alternatives = [...node.oneOf ?? [], ...node.anyOf ?? []];
  if (alternatives.length > 0) return fc.oneof(...alternatives.map((alternative) => go(alternative)));
  if (node.enum !== undefined) return fc.constantFrom(...node.enum);
  if (depth > 8) return fc.constant(null);
  const meant = TEXTS[key] ?? (isOdd ? [] : ["a", "80", "a=b", "/a"]);
  const text = fc.constantFrom(...meant, ...isOdd ? ODD : []);
  const kinds: Readonly<Record<string, () => fc.Arbitrary<unknown>>> = {
    string: () => text,
    number: () => fc.constantFrom(...COUNTS, ...isOdd ? [-1.5, 1e21] : [0.5]),
    integer: () => fc.constantFrom(...COUNTS),
    boolean: () => fc.boolean(),
    null: () => fc.constant(null),
    array: () =>
      node.items === undefined ? fc.constant([]) : fc.uniqueArray(go(node.items), {
        maxLength: 3,
        selector: (item) => JSON.stringify(item),
      }),
    object: () => fieldsOf(node, go, fc.constantFrom("a", "db", "A_B", "a.b", ...isOdd ? ODD : [])),
  };
  const types = [node.type ?? "string"].flat();
  // A text beside a number or boolean is for one with variables in it.
  const isTyped = types.some((type) => /^(?:boolean|number|integer)$/.test(type));
  const named = types.filter((type) => isOdd || !isTyped || type !== "string").map((type) =>
    (kinds[type] ?? kinds.string!)()
  );
  if (!isOdd) return fc.oneof(...named);
  return fc.oneof({ weight: 20, arbitrary: fc.oneof(...named) }, { weight: 1, arbitrary: fc.constant(null) });
}

function fieldsOf(
  { properties = {}, patternProperties = {}, required = [] }: SchemaNode,
  go: (node: SchemaNode, key?: string) => fc.Arbitrary<unknown>,
  names: fc.Arbitrary<string>,
): fc.Arbitrary<unknown> {
  const known = Object.fromEntries(Object.entries(properties).map(([key, node]) => [key, go(node, key)]));
  const chosen = Object.entries(patternProperties).filter(([pattern]) => pattern !== "^x-").map(([, node]) =>
    go(node)
  );
  const further = chosen.length === 0
    ? fc.constant({})
    : fc.dictionary(names, fc.oneof(...chosen), { maxKeys: 2 });
  return fc.tuple(fc.record(known, { requiredKeys: [...required] }), further).map((parts) =>
    Object.assign({}, ...parts)
  );
}

/** A service with a few keys. */
export function serviceShapes(shape: Shape, maxKeys: number): fc.Arbitrary<Record<string, unknown>> {
  const keys = Object.entries(shape.definitions.service?.properties ?? {});
  return fc.subarray(keys, { maxLength: maxKeys }).chain((chosen) =>
    fc.record(Object.fromEntries(chosen.map(([key, node]) => [key, shapesOf(node, shape, key)])))
  );
}
