/** Takes the place of `open_influxdb.ts` in a program that is built without InfluxDB. */
import type { OpenInfluxdb } from "./influxdb.ts";

export const openInfluxdb: OpenInfluxdb | undefined = undefined;
