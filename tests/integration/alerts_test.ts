/** Alerts of a service that runs on a real engine: what a reload changes of them, and what it is told of. */
import { deepEqual, match } from "node:assert/strict";
import type { Message } from "../../src/alerts/message.ts";
import { RecordingServer } from "../support/recording_server.ts";
import { ServiceBed } from "../support/service_bed.ts";

const IDLE = "trap 'exit 0' TERM; echo up; sleep 600 & wait";

Deno.test("a reload takes up alerts; one that is refused is told to nobody", async () => {
  await using bed = await ServiceBed.create("alerts");
  await using server = new RecordingServer();
  const heard = () => server.requests.map(({ body }) => JSON.parse(body) as Message);
  const config = `alerts: { to: [{ webhook: "${server.url}/hook" }, { slack: { url_file: gone } }] }\n`;
  const runner = await bed.dir.write("runner.yaml", config);
  const env = { "service_runner_global_config": runner, STATE_DIRECTORY: bed.dir.path };
  const service = await bed.run({ ...bed.script(IDLE), alerts: false }, { env });
  await bed.ready();
  const reload = async (config: Record<string, unknown>) => {
    await bed.dir.write("service.yaml", JSON.stringify({ name: bed.name, ...config }));
    service.signal("SIGHUP");
    await bed.notify.next(({ RELOADING }) => RELOADING === "1");
    return (await bed.notify.next(({ READY }) => READY === "1")).fields.STATUS ?? "";
  };
  await reload(bed.script(IDLE));
  match(await reload(bed.script("exit 3")), /reload refused: .*the new container has ended/);
  deepEqual(heard(), []);
  const environment = { "container_create_args": ["-e", "TOKEN=geheim-geheim"] };
  await reload({ ...bed.script(`echo it is "$TOKEN"; ${IDLE}`), ...environment });
  await bed.engine.docker.getContainer(bed.name).kill();
  const { records } = await service.exit();
  // The service runs without the channel whose secret is not there.
  deepEqual(
    records.filter(({ source }) => source === "alerts").map(({ message }) =>
      message.replace(/"[^"]*gone"/, "…")
    ),
    [
      `A channel of alerts is left out: ${runner}:1:${
        config.indexOf("gone") + 1
      }: "alerts.to[1].slack.url_file" names ` +
      "a file that can not be used, …: there is no such file",
    ],
  );
  deepEqual(heard().map(({ state, items }) => [state, ...items.map(({ lines }) => lines)]), [
    ["failing", ["it is •••", "up"]],
  ]);
});
