/** Completes the create body: adds the fields that depend on several flags to those the draft already has. */
import type { CreateBody, EndpointSettings } from "../../engine/create_body.ts";
import type { CreateDraft } from "./create_draft.ts";
import { hostSettings } from "./finish_host.ts";
import type { GivenFlags } from "../flags/given_flags.ts";
import { readFile } from "../plan_inputs.ts";
import { cut, keyValueMap, userMap } from "../values/go_strings.ts";
import { healthConfig } from "../values/health.ts";
import { parseEnv, parseKeyValueFile } from "../values/key_values.ts";
import { networkEndpoints } from "../values/network_endpoints.ts";
import { parseExpose, parsePublish, portMaps } from "../values/ports.ts";
import { parseVolume } from "../values/volumes.ts";
import { withoutZeros } from "./without_zeros.ts";

/** The body without image and command; problems are added to `given.problems`. */
export function finishBody(draft: CreateDraft, given: GivenFlags): Omit<CreateBody, "Image"> {
  const { Binds, Volumes } = volumes(draft, given);
  const { ExposedPorts, PortBindings } = portMaps(
    given.read("publish", parsePublish).flat(),
    given.read("expose", parseExpose).flat(),
  );
  const labels = [...fileEntries(draft, given, "label-file"), ...given.values("label")];
  const body: CreateBodyFields = {
    ...draft.body,
    ...attachedStreams(draft),
    ExposedPorts,
    Volumes,
    Env: environment(draft, given),
    Labels: keyValueMap(labels),
    Healthcheck: given.combine(["no-healthcheck"], () => healthConfig(draft.health)),
    HostConfig: withoutZeros({ ...hostSettings(draft, given), Binds, PortBindings }),
    NetworkingConfig: withoutZeros({ EndpointsConfig: endpoints(draft, given) }),
  };
  return withoutZeros(body);
}

type CreateBodyFields = { [K in keyof Omit<CreateBody, "Image">]: CreateBody[K] | undefined };

function volumes(draft: CreateDraft, given: GivenFlags): Pick<CreateBody, "Volumes"> & { Binds: string[] } {
  const all = given.read("volume", (text) => parseVolume(text, draft.inputs.cwd));
  const specs = (wanted: string) => all.filter(({ kind }) => kind === wanted).map(({ spec }) => spec);
  return {
    Binds: [...new Set(specs("bind"))],
    Volumes: userMap(specs("anonymous").map((path) => [path, {}])),
  };
}

function attachedStreams({ attach, body: { OpenStdin } }: CreateDraft): Partial<CreateBody> {
  const isDefault = attach.size === 0;
  return {
    AttachStdin: OpenStdin || attach.has("stdin"),
    AttachStdout: isDefault || attach.has("stdout"),
    AttachStderr: isDefault || attach.has("stderr"),
    // The container's stdin is closed when the first client that is attached to it detaches.
    StdinOnce: OpenStdin ?? false,
  };
}

/** Entries of files first: of two with one name the engine takes the later. Of flags only the last of a name is sent. */
function environment(draft: CreateDraft, given: GivenFlags): string[] {
  const flags = given.values("env").map((text) => parseEnv(text, draft.inputs.env));
  const lastOfName = new Map(flags.map((entry) => [cut(entry, "=")[0], entry]));
  return [...fileEntries(draft, given, "env-file"), ...lastOfName.values()];
}

/** A bare name in an env file gets the value of our own variable of that name; in a label file it is ignored. */
function fileEntries({ inputs }: CreateDraft, given: GivenFlags, flag: "env-file" | "label-file"): string[] {
  const lookUp = flag === "env-file" ? inputs.env : () => undefined;
  return given.read(flag, (path) => parseKeyValueFile(readFile(path, inputs), lookUp)).flat();
}

function endpoints(draft: CreateDraft, given: GivenFlags): Record<string, EndpointSettings> | undefined {
  const settings = ["network-alias", "net-alias", "link", "ip", "ip6", "link-local-ip", "mac-address"];
  return given.combine([...settings, "network", "net"], () =>
    networkEndpoints(draft.networks, {
      Aliases: given.values("network-alias", "net-alias"),
      Links: draft.host.Links ?? [],
      IPv4Address: given.value("ip"),
      IPv6Address: given.value("ip6"),
      LinkLocalIPs: given.values("link-local-ip"),
      MacAddress: given.value("mac-address"),
    }));
}
