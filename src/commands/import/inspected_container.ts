/** The answers of the Engine API to GET /containers/{id}/json and GET /images/{id}/json, as far as they are read. */
import type { CreateBody, EndpointSettings, HostConfig } from "../../engine/create_body.ts";

/** The engine prints null for many fields that are not set. */
type Inspected<T> = { readonly [K in keyof T]?: T[K] | null };

/** `Config`, which containers and images have. */
export type ImageSettings = Inspected<Omit<CreateBody, "Image" | "HostConfig" | "NetworkingConfig">>;

export interface InspectedContainer {
  readonly Id: string;
  readonly Name: string;
  readonly Config: ImageSettings & { readonly Image: string };
  readonly HostConfig: Inspected<HostConfig>;
  readonly NetworkSettings: {
    readonly Networks?: Readonly<Record<string, Inspected<EndpointSettings>>> | null;
  };
}
