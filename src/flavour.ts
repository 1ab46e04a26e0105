/** Which build of the program this is. The other one has `flavour_no_influx.ts` in place of this file. */
export const FLAVOUR = "with InfluxDB";
