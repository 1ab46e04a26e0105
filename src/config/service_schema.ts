/** All keys of a service's config, `swarm` included. A config that is good and has no such key is read without this. */
import * as v from "valibot";
import { renamed, SERVICE_KEYS } from "./service_config.ts";
import { swarmSchema } from "./swarm_config.ts";
import { section } from "./values.ts";

const serviceSection = section({ ...SERVICE_KEYS, swarm: v.optional(swarmSchema) });

export const serviceSchema = v.pipe(serviceSection, v.transform(renamed));
