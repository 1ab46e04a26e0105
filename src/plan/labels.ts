/** The labels by which a container of ours is known. */

/** Which service a container belongs to. */
export const SERVICE_LABEL = "service_runner.service";

/** A fingerprint of the plan, by which a changed plan is noticed. */
export const PLAN_LABEL = "service_runner.plan";

/** Which process has created the container: its identity, and the path of its unit's folder in /run if it has one. */
export const PROCESS_LABEL = "service_runner.process";

type Labels = Readonly<Record<string, string>> | null | undefined;

/**
 * Whether the service of this name has created the container, by its labels and those of its image. Also an image may
 * bring ours, e.g. one that `docker commit` has made of a container of ours, but never the same ones as we set.
 */
export function isOfService(name: string, labels: Labels, ofImage: Labels): boolean {
  if (labels?.[SERVICE_LABEL] !== name) return false;
  return [SERVICE_LABEL, PLAN_LABEL, PROCESS_LABEL].some((label) => labels[label] !== ofImage?.[label]);
}
