/**
 * The image as the nodes are to pull it: as the Docker CLI does, its digest is asked for here, so that all nodes run the
 * same; and the credentials go with the service, since the nodes have none of their own.
 * Source: DistributionInspect of the Engine API; docker/cli, `resolveServiceImageDigest`.
 */
import { parseImageReference } from "../engine/image_reference.ts";
import type { Distribution } from "../engine/swarm_engine.ts";
import type { ServiceSpec } from "../engine/swarm_types.ts";
import { EngineError, RegistryUnreachableError } from "../errors.ts";
import type { SwarmPlan } from "../plan/swarm/swarm_plan.ts";
import type { SwarmContext } from "./swarm_context.ts";

export interface PinnedImage {
  /** As it is sent, e.g. `nginx:1.27@sha256:…`. */
  readonly image: string;
  /** What it runs on; undefined: not known, or said by `--platform`. */
  readonly platforms: Distribution["platforms"] | undefined;
  /** Secret. */
  readonly registryAuth: string | undefined;
}

/** @throws RegistryUnreachableError if the digest has to be found and is not; the stop's reason */
export async function pinImage(plan: SwarmPlan, context: SwarmContext): Promise<PinnedImage> {
  const { image, pull } = plan;
  const { swarmEngine, logger, notifier, stop } = context;
  const reference = parseImageReference(image);
  const registryAuth = await credentialsFor(plan, context);
  if (reference.kind === "id" || reference.digest !== undefined || pull === "missing") {
    return { image, platforms: undefined, registryAuth };
  }
  notifier.send({ status: `Asking the registry for ${image}` });
  try {
    const { digest, platforms } = await swarmEngine.inspectDistribution(image, {
      registryAuth,
      signal: stop,
    });
    // Without a tag, the Docker CLI says "latest", too.
    const tagged = reference.tag === undefined ? `${image}:latest` : image;
    return { image: `${tagged}@${digest}`, platforms, registryAuth };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (pull === "always") {
      throw new RegistryUnreachableError(`find the digest of "${image}"`, error.httpStatus, error.reason);
    }
    const message = `${error.message}; nodes may run different images of this name`;
    logger.log({ severity: "warn", source: "docker", message, data: { image } });
    return { image, platforms: undefined, registryAuth };
  }
}

/** The header for the registry of the image; undefined where nobody has credentials for it. */
export async function credentialsFor(
  { image }: SwarmPlan,
  context: SwarmContext,
): Promise<string | undefined> {
  const reference = parseImageReference(image);
  if (reference.kind === "id") return undefined;
  const { findRegistryAuth } = await import("../image/registry/registry_auth.ts");
  return (await findRegistryAuth(reference.name, context))?.header;
}

/** The spec with this image, and where it can run. */
export function withImage(plan: SwarmPlan, { image, platforms }: PinnedImage): ServiceSpec {
  const { spec } = plan;
  const { TaskTemplate } = spec;
  const { Placement } = TaskTemplate;
  const Platforms = plan.platform === undefined ? platforms && platformsOf(platforms) : Placement?.Platforms;
  return {
    ...spec,
    TaskTemplate: {
      ...TaskTemplate,
      ContainerSpec: { ...TaskTemplate.ContainerSpec, Image: image },
      ...(Platforms?.length ? { Placement: { ...Placement, Platforms } } : {}),
    },
  };
}

/** As the Docker CLI sends them: of ARM the variants are not told apart, what is unknown is left out. */
function platformsOf(platforms: Distribution["platforms"]): { Architecture?: string; OS?: string }[] {
  const known = platforms.filter(({ os, architecture }) => os !== "unknown" && architecture !== "unknown")
    .map(({ os, architecture }) => ({
      ...(architecture === "arm" ? {} : { Architecture: architecture }),
      OS: os,
    }));
  return [...new Map(known.map((platform) => [JSON.stringify(platform), platform])).values()];
}
