/** What the Engine API says of a container and of its image: GET /containers/{id}/json and /images/{id}/json. */
import type { CreateBody, EndpointSettings, HostConfig } from "../../engine/create_body.ts";

/** What the engine prints where nothing is set is often null. */
type Inspected<T> = { readonly [K in keyof T]?: T[K] | null };

/** The settings that both have. */
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
