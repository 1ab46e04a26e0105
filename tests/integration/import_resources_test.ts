/** The networks and volumes that import advises to make are those that `docker compose up` makes, on a real engine. */
import { deepEqual, equal } from "node:assert/strict";
import { dump, load } from "js-yaml";
import { importCompose } from "../../src/commands/import.ts";
import { loadServiceConfig } from "../../src/config/load_config.ts";
import { programOutput } from "../e2e/support/program_output.ts";
import { composeProgram, hostWithCompose } from "../support/docker_compose.ts";
import { ensurePrograms } from "../support/debian_packages.ts";
import { differences, type MeantDifference } from "../support/inspect_differences.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { TEST_IMAGES, testEngine } from "../support/test_engine.ts";

/** What stands at the top of a Compose file, whose service uses all of it; ID is another in each run, and so is NET, e.g. `10.150`. */
const FILES: Readonly<Record<string, string>> = {
  "a network": "networks: {one: {}}",
  "the default network": "networks: {default: {driver_opts: {com.docker.network.driver.mtu: 1400}}}",
  "names": "networks: {one: {name: net-ID}}\nvolumes: {one: {name: vol-ID, labels: {x: y}}}",
  "drivers": "networks: {one: {driver: bridge}}\nvolumes: {one: {driver: local}}",
  "options of drivers": `
networks: {one: {driver: bridge, driver_opts: {com.docker.network.bridge.enable_icc: "false", x: "a b=c,d", n: 5}}}
volumes: {one: {driver: local, driver_opts: {type: tmpfs, device: tmpfs, o: "size=1m,uid=1000"}}}`,
  "labels": `
networks: {one: {labels: {x: "it's \\"$$HOME\\"", y: ""}}}
volumes: {one: {labels: ["x=it's \\"$$HOME\\"", y]}}`,
  "an internal network": "networks: {one: {internal: true}, two: {internal: false, attachable: false}}",
  "a network that others may join": "networks: {one: {attachable: true}}",
  "addresses": `
networks:
  one:
    ipam:
      driver: default
      config: [{subnet: NET.81.0/24, gateway: NET.81.1, ip_range: NET.81.128/25, aux_addresses: {x: NET.81.5, y: NET.81.6}}]`,
  "options of the addresses' driver":
    "networks: {one: {ipam: {options: {x: y}, config: [{subnet: NET.82.0/24}]}}}",
  "IPv6": `
networks:
  one: {enable_ipv6: true, ipam: {config: [{subnet: NET.83.0/24}, {subnet: "fd5e:83::/64", gateway: "fd5e:83::1"}]}}
  two: {enable_ipv6: false, enable_ipv4: true}`,
};

/** Those of tests/fixtures/compose that are to be made. */
async function ofTheFixture(): Promise<string> {
  const path = `${import.meta.dirname}/../fixtures/compose/compose.yaml`;
  const { networks: { front }, volumes: { nfs } } = load(await Deno.readTextFile(path)) as Record<
    "networks" | "volumes",
    Record<string, unknown>
  >;
  return dump({ networks: { front }, volumes: { nfs } });
}

/** Where the two differ on purpose. */
const MEANT: readonly MeantDifference[] = [
  [/\.IPAM\.Config\.0\.(?:Subnet|Gateway): "(?!10\.)/, "where none is given, the engine's next one"],
  [/\.(?:Id|Created|CreatedAt): /, "they are others"],
];

Deno.test("networks and volumes are made as advised, and as Compose makes them", async (t) => {
  await ensurePrograms([{ program: "docker", package: "docker-cli" }]);
  const files = { ...FILES, "those of the fixtures": await ofTheFixture() };
  for (const [name, text] of Object.entries(files)) {
    await t.step(name, async () => {
      await using project = await Project.create(text);
      await project.compose("up", "--no-start");
      const theirs = await project.inspect();
      await project.compose("down", "--volumes");
      deepEqual(await project.inspect(), {}, "nothing is left of it");
      for (const command of await project.advice()) await project.shell(command);
      deepEqual(differences(await project.inspect(), theirs, MEANT), []);
    });
  }
});

Deno.test("what is to be there already is not made by advice", async () => {
  await using project = await Project.create(`
networks: {one: {external: true, name: ID-front}, two: {name: ID-back, external: true}}
volumes: {one: {external: true, name: ID-data}}`);
  const { config, text } = await project.imported();
  deepEqual(await project.advice(), [], text);
  const args = config.containerCreateArgs.map((argument) => argument.replaceAll(project.id, "ID"));
  deepEqual(args, [
    "--network=name=ID-front,alias=web",
    "--network=name=ID-back,alias=web",
    "--volume=ID-data:/one",
  ]);
});

/** A Compose project whose service `web` uses all the networks and volumes of the file. */
class Project implements AsyncDisposable {
  readonly #env = { DOCKER_HOST: `unix://${testEngine().socketPath}`, PATH: Deno.env.get("PATH") ?? "" };

  private constructor(
    readonly id: string,
    readonly dir: TempDir,
    readonly folder: string,
    readonly program: string,
  ) {}

  static async create(text: string): Promise<Project> {
    const id = `p${crypto.randomUUID().slice(0, 8)}`;
    const dir = await tempDir();
    const { networks, volumes } = load(text) as Record<"networks" | "volumes", object | undefined>;
    const web = {
      image: TEST_IMAGES.base,
      ...networks !== undefined && { networks: Object.keys(networks) },
      ...volumes !== undefined && { volumes: Object.keys(volumes).map((key) => `${key}:/${key}`) },
    };
    const services = { web, db: { image: TEST_IMAGES.base, network_mode: "none" } };
    const file = `services: ${JSON.stringify(services)}\n${text}`.replaceAll("ID", id).replaceAll(
      "NET",
      `10.${100 + Math.floor(Math.random() * 100)}`,
    );
    await dir.write(`${id}/compose.yaml`, file);
    return new Project(id, dir, `${dir.path}/${id}`, await composeProgram("forky"));
  }

  async compose(...words: string[]): Promise<string> {
    return await programOutput(this.program, ["-f", `${this.folder}/compose.yaml`, ...words], {
      env: this.#env,
    });
  }

  async shell(command: string): Promise<string> {
    return await programOutput("sh", ["-c", command], { env: this.#env });
  }

  async imported() {
    const host = { ...await hostWithCompose(), cwd: () => this.folder };
    const request = { files: ["compose.yaml"], areNamed: false, service: "web", options: {} } as const;
    const { stdout: text, stderr } = await importCompose(request, host);
    equal(stderr, "");
    const { config } = await loadServiceConfig(await this.dir.write("web.yaml", text), host);
    return { text, config };
  }

  /** The commands that the imported config advises, as they would be pasted. */
  async advice(): Promise<string[]> {
    const { text } = await this.imported();
    return [...text.matchAll(/^# {5}(docker (?:network|volume) create .*)$/gm)].map(([, command = ""]) =>
      command
    );
  }

  /** All of this project's networks and volumes, by name. */
  async inspect(): Promise<Record<string, unknown>> {
    const { networks = {}, volumes = {} } = JSON.parse(await this.compose("config", "--format=json"));
    const { docker } = testEngine();
    const nameOf = ({ name }: { readonly name: string }) => name;
    const all = [
      ...Object.values<{ readonly name: string }>(networks).map(nameOf).map((name) =>
        docker.getNetwork(name)
      ),
      ...Object.values<{ readonly name: string }>(volumes).map(nameOf).map((name) => docker.getVolume(name)),
    ];
    const found = await Promise.all(all.map((one) => one.inspect().catch(unlessMissing)));
    return Object.fromEntries(
      found.filter((one) => one !== undefined).map((one) => {
        // By its own ones Compose knows what it has made.
        const labels = Object.entries(one.Labels ?? {}).filter(([label]) =>
          !label.startsWith("com.docker.compose.")
        );
        return [one.Name, { ...one, Labels: Object.fromEntries(labels) }];
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.compose("down", "--volumes");
    for (const [name, one] of Object.entries(await this.inspect())) {
      const kind = "Mountpoint" in (one as object) ? "volume" : "network";
      await programOutput("docker", [kind, "rm", name], { env: this.#env });
    }
    await this.dir[Symbol.asyncDispose]();
  }
}

function unlessMissing(error: { readonly statusCode?: number }): undefined {
  if (error.statusCode !== 404) throw error;
}
