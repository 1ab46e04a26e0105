/** The image, there before anything happens to a container that is still serving. */
import type { ContainerEngine } from "../engine/engine.ts";
import type { PullProgress } from "../engine/pull_progress.ts";
import { EngineError } from "../errors.ts";
import type { ContainerPlan } from "../plan/container_plan.ts";
import { type ImageReference, parseImageReference } from "../plan/image_reference.ts";
import type { Context } from "./context.ts";

const PROGRESS_INTERVAL_MS = 500;

/**
 * Pulls the image as the service's pull policy says.
 * @throws EngineError when the image can not be had, with the registry's reason
 */
export async function prepareImage(
  plan: ContainerPlan,
  engine: ContainerEngine,
  context: Context,
): Promise<void> {
  const { image, pull } = plan;
  const isLocal = async () => await engine.inspectImage(image, context.stop) !== undefined;
  const reference = parseImageReference(image);
  if (pull === "never" || pull === "missing" || reference.kind === "id") {
    if (await isLocal()) return;
  }
  if (pull === "never" || reference.kind === "id") {
    const why = reference.kind === "id" ? "an id can not be pulled" : '"pull" is "never"';
    throw new EngineError(`use the image "${image}"`, 404, `the engine does not have it, and ${why}`);
  }
  try {
    await pullImage(plan, reference, { engine, context });
  } catch (error) {
    if (pull !== "prefer" || !(error instanceof EngineError) || !await isLocal()) throw error;
    const message = `${error.message}; going on with the image that is here`;
    context.logger.log({ severity: "warn", source: "docker", message, data: { image } });
  }
}

async function pullImage(
  { image, platform }: ContainerPlan,
  reference: ImageReference & { kind: "name" },
  { engine, context }: { readonly engine: ContainerEngine; readonly context: Context },
): Promise<void> {
  const { logger, notifier, stop } = context;
  notifier.send({ status: `Pulling ${image}` });
  logger.log({
    severity: "info",
    source: "docker",
    message: `Pulling the image "${image}"`,
    data: { image },
  });
  let shownAtMs = 0;
  const onProgress = ({ percent, layersDone, layers }: PullProgress) => {
    const now = performance.now();
    if (now - shownAtMs < PROGRESS_INTERVAL_MS) return;
    shownAtMs = now;
    notifier.send({ status: `Pulling ${image}: ${percent}%, ${layersDone}/${layers} layers` });
  };
  const { name: repository, digest, tag = "latest" } = reference;
  await engine.pullImage(image, { repository, tag: digest ?? tag, platform, onProgress, signal: stop });
  const pulled = await engine.inspectImage(image, stop);
  const data = { image, id: pulled?.Id ?? null, digest: pulled?.RepoDigests?.[0] ?? null };
  logger.log({ severity: "info", source: "docker", message: `The image "${image}" is here`, data });
}
