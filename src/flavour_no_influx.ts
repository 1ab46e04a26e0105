/** In place of `flavour.ts` where the program is built with `--no-influx`. */
export const FLAVOUR = "without InfluxDB";
