// What no program on this runtime can do without that asks the engine something.
const path = Deno.env.get("DOCKER_HOST").slice("unix://".length);
const client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
await fetch("http://[100::]/_ping", { client });
