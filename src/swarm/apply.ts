/**
 * The one way to a service in the swarm that is as the config wants it, and ours: it is created, adopted or updated,
 * whatever is there.
 * Creating and updating are not idempotent, and an answer may be lost: each try looks first at how things stand.
 */
import type { Node, Service, ServiceSpec } from "../engine/swarm_types.ts";
import { HostError, SwarmUnreachableError } from "../errors.ts";
import { NEVER, pause } from "../host/pause.ts";
import { adaptSpecToApiVersion } from "../plan/swarm/spec_api_version.ts";
import { specFingerprint } from "../plan/swarm/spec_fingerprint.ts";
import type { SwarmPlan } from "../plan/swarm/swarm_plan.ts";
import { extendTimeout } from "../systemd/timeout_extension.ts";
import { firstLack } from "./changed_outside.ts";
import { claim } from "./ownership.ts";
import { pinImage, type PinnedImage, withImage } from "./pinned_image.ts";
import { COMING_UP_MS, NO_MANAGER_GRACE_MS, onceSwarmAnswers, SWARM_RETURN_MS } from "./reach_swarm.ts";
import { CONFIG_LABEL, FINGERPRINT_LABEL, OWNER_LABEL } from "./service_labels.ts";
import { inspectPresent, setLabels } from "./set_labels.ts";
import type { SwarmContext, WantedService } from "./swarm_context.ts";

/** The service as it is in the swarm just after that. */
export interface Applied {
  readonly service: Service;
  readonly how: "created" | "adopted" | "updated";
  /** The id of this node. */
  readonly nodeId: string;
  /** Of an adopted one: what of it is not as the config has it. */
  readonly change: string | undefined;
}

const UNCLEAR_INTERVAL_MS = 1000;

export interface ApplyOptions {
  /**
   * When a service that is there stays as it is: `fingerprint`: if it was made by the same config, and no registry is
   * asked; `image`: if its tag also still leads to the same image; `never`.
   */
  readonly adopt: "fingerprint" | "image" | "never";
  /** Called before the swarm is asked to change something: from then on something may be there. */
  readonly onChange?: () => void;
}

/**
 * @throws HostError if the service belongs to another; EngineError with the swarm's reason; RegistryUnreachableError
 * if the image's digest has to be found; SwarmUnreachableError, EngineUnreachableError; the stop's reason, with nothing
 * under way
 */
export async function applyService(
  wanted: WantedService,
  context: SwarmContext,
  { adopt, onChange = () => {} }: ApplyOptions,
): Promise<Applied> {
  const { plan, loaded } = wanted;
  const fingerprint = await specFingerprint(plan);
  let image: PinnedImage | undefined;
  let hasCreated = false;
  let hasUpdated = false;
  return await onceSwarmAnswers(
    plan.name,
    async (nodeId): Promise<Applied> => {
      const labels = { [CONFIG_LABEL]: loaded.file, [FINGERPRINT_LABEL]: fingerprint, [OWNER_LABEL]: nodeId };
      const present = await claimed(wanted, nodeId, context);
      if (present === undefined) {
        image ??= await pinImage(plan, context);
        hasCreated = true;
        onChange();
        const service = await create(specOf(plan, image, labels, context), image, context);
        return { service, how: "created", nodeId, change: undefined };
      }
      const isSame = present.Spec.Labels[FINGERPRINT_LABEL] === fingerprint;
      // A create or update whose answer was lost has been carried out all the same.
      if (isSame && (hasCreated || hasUpdated)) {
        return { service: present, how: hasCreated ? "created" : "updated", nodeId, change: undefined };
      }
      if (isSame && adopt === "fingerprint") {
        const service = await setLabels(present, labels, context);
        return {
          service,
          how: "adopted",
          nodeId,
          change: firstLack(withoutImage(plan.spec, service), service.Spec),
        };
      }
      refuseAnotherMode(plan.spec, present);
      image ??= await pinImage(plan, context);
      const spec = specOf(plan, image, labels, context);
      if (adopt === "image" && firstLack(spec, present.Spec) === undefined) {
        return { service: present, how: "adopted", nodeId, change: undefined };
      }
      hasUpdated = true;
      onChange();
      return {
        service: await update(present, spec, image, context),
        how: "updated",
        nodeId,
        change: undefined,
      };
    },
    context,
    adopt === "fingerprint" ? COMING_UP_MS : NO_MANAGER_GRACE_MS,
  );
}

/** @throws EngineError if the engine is too old for it */
function specOf(
  plan: SwarmPlan,
  image: PinnedImage,
  labels: Readonly<Record<string, string>>,
  { apiVersion }: SwarmContext,
): ServiceSpec {
  const { spec, problems } = adaptSpecToApiVersion(withImage(plan, image), apiVersion);
  if (problems.length > 0) {
    throw new HostError(`run the service "${plan.name}" by this engine`, problems.join("; "));
  }
  return withLabels(spec, labels);
}

/** The service of this name, if there is one, and this node may have it. @throws HostError if not */
async function claimed(
  { plan: { name }, loaded }: WantedService,
  nodeId: string,
  { swarmEngine, logger, notifier, stop }: SwarmContext,
): Promise<Service | undefined> {
  const giveUpAtMs = performance.now() + SWARM_RETURN_MS;
  using _ = extendTimeout(notifier, { capMs: SWARM_RETURN_MS });
  let isTold = false;
  for (;;) {
    const service = await swarmEngine.inspectService(name, stop);
    if (service === undefined) return undefined;
    const nodes: Node[] = await swarmEngine.listNodes(stop);
    const claiming = claim(service, nodes, { config: loaded.file, nodeId });
    switch (claiming.kind) {
      case "refused":
        throw new HostError(`start the service "${name}"`, claiming.reason);
      case "granted":
        if (claiming.from !== undefined) {
          const message =
            `The node ${claiming.from}, on which ${name} was supervised, is down, or no manager any more: it is taken over`;
          logger.log({ severity: "notice", source: "service", message });
        }
        return service;
      case "unclear":
        if (!isTold) logger.log({ severity: "notice", source: "service", message: claiming.reason });
        isTold = true;
        if (performance.now() >= giveUpAtMs) throw new SwarmUnreachableError(claiming.reason);
        notifier.send({ status: `Waiting: ${claiming.reason}` });
        await pause(UNCLEAR_INTERVAL_MS, stop);
    }
  }
}

async function create(
  spec: ServiceSpec,
  { registryAuth }: PinnedImage,
  { swarmEngine, logger, notifier, stop }: SwarmContext,
): Promise<Service> {
  stop.throwIfAborted();
  notifier.send({ status: "Creating the service" });
  // Not broken off by a stop: nobody would know whether it is there.
  const { id, warnings } = await swarmEngine.createService({ spec, registryAuth }, NEVER);
  for (const message of warnings) logger.log({ severity: "warn", source: "docker", message });
  const message = `The service ${spec.Name} is created`;
  logger.log({ severity: "info", source: "service", message, data: { service: id } });
  return await inspectPresent(id, swarmEngine);
}

async function update(
  present: Service,
  spec: ServiceSpec,
  { registryAuth }: PinnedImage,
  { swarmEngine, logger, notifier, stop }: SwarmContext,
): Promise<Service> {
  stop.throwIfAborted();
  notifier.send({ status: "Updating the service" });
  const request = { spec: withForce(spec, present), registryAuth, version: present.Version.Index };
  const { warnings } = await swarmEngine.updateService(present.ID, request, NEVER);
  for (const message of warnings) logger.log({ severity: "warn", source: "docker", message });
  return await inspectPresent(present.ID, swarmEngine);
}

function withLabels(spec: ServiceSpec, labels: Readonly<Record<string, string>>): ServiceSpec {
  return { ...spec, Labels: { ...spec.Labels, ...labels } };
}

/** Or all tasks would be replaced, since another number means that they are to be. */
function withForce(spec: ServiceSpec, { Spec: { TaskTemplate: { ForceUpdate } } }: Service): ServiceSpec {
  if (ForceUpdate === undefined) return spec;
  return { ...spec, TaskTemplate: { ...spec.TaskTemplate, ForceUpdate } };
}

/** The image is the tag's digest at another time, which is as wanted. */
function withoutImage(spec: ServiceSpec, { Spec }: Service): ServiceSpec {
  const { TaskTemplate } = spec;
  const { Image } = Spec.TaskTemplate.ContainerSpec;
  return {
    ...spec,
    TaskTemplate: { ...TaskTemplate, ContainerSpec: { ...TaskTemplate.ContainerSpec, Image } },
  };
}

/** The swarm can not do that with a service that is there. */
function refuseAnotherMode(spec: ServiceSpec, { Spec }: Service): void {
  if (Object.keys(spec.Mode)[0] === Object.keys(Spec.Mode)[0]) return;
  const reason =
    `a swarm can not change between "replicas: global" and a number while the service is there; ` +
    `stop the unit first, or, if it is not running: docker service rm ${spec.Name}`;
  throw new HostError(`update the service "${spec.Name}"`, reason);
}
