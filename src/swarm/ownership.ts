/**
 * Whether a service may be supervised from this node: one service has one owner.
 * In: the service as it is, the nodes. Out: yes, not yet, or why not.
 */
import type { Node, Service } from "../engine/swarm_types.ts";
import { CONFIG_LABEL, isOurs, ownerOf } from "./service_labels.ts";
import { hostName, type ServiceState } from "./service_state.ts";

export type Claim =
  /** It is ours already, or nobody's. `from`: the node that is gone, whose it was. */
  | { readonly kind: "granted"; readonly from?: string }
  /** The owner's node is neither up nor down: the swarm is about to find out. */
  | { readonly kind: "unclear"; readonly reason: string }
  | { readonly kind: "refused"; readonly reason: string };

export interface Claimant {
  /** The path of the config. */
  readonly config: string;
  readonly nodeId: string;
}

export function claim(service: Service, nodes: readonly Node[], { config, nodeId }: Claimant): Claim {
  const name = service.Spec.Name;
  if (!isOurs(service)) {
    const reason = `there is a Swarm service "${name}" that service_runner has not created; ` +
      `rename yours, or remove it: docker service rm ${name}`;
    return { kind: "refused", reason };
  }
  const owner = ownerOf(service);
  if (owner === "") return { kind: "granted" };
  if (owner === nodeId) return sameNode(service, config);
  const node = nodes.find(({ ID }) => ID === owner);
  if (node === undefined) return { kind: "granted", from: owner };
  const host = hostName(new Map([[owner, node]]), owner);
  // A worker can supervise nothing any more.
  if (node.Status.State === "down" || !node.ManagerStatus) return { kind: "granted", from: host };
  if (node.Status.State !== "ready") {
    return { kind: "unclear", reason: `${name} is supervised on ${host}, which is ${node.Status.State}` };
  }
  return { kind: "refused", reason: `${name} is supervised on ${host}; stop it there` };
}

/** The host name of the node that has taken the service over from us; undefined if none has. */
export function takenBy({ service, nodes }: ServiceState, nodeId: string): string | undefined {
  const owner = ownerOf(service);
  // Going back to the spec of before also brings back the owner of before, who has not asked for it.
  const isRolledBack = service.UpdateStatus?.State?.startsWith("rollback") ?? false;
  return owner === nodeId || owner === "" || isRolledBack ? undefined : hostName(nodes, owner);
}

/** Two units of one machine must not fight over a service, either. */
function sameNode({ Spec }: Service, config: string): Claim {
  const other = Spec.Labels[CONFIG_LABEL];
  if (other === config) return { kind: "granted" };
  const reason = `${Spec.Name} is supervised on this machine by "${other}"; stop that unit, ` +
    `or remove the service if there is none: docker service rm ${Spec.Name}`;
  return { kind: "refused", reason };
}
