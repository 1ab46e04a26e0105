/** `import --container` on an engine that is newer than its question: what it does not say any more is not lost. */
import { equal, match } from "node:assert/strict";
import { importContainer } from "../../../src/commands/import.ts";
import { denoHost } from "../../../src/host/deno_host.ts";
import { type Answer, EngineServer } from "../../support/engine_server.ts";

/** As an engine of API version 1.56 does, that knows older ones too. */
const answer: Answer = ({ url }) => {
  if (url.endsWith("/_ping")) return new Response("OK", { headers: { "Api-Version": "1.56" } });
  if (url.includes("/images/")) return Response.json({ Config: {} });
  if (url.endsWith("/info")) return Response.json({ SecurityOptions: ["name=cgroupns"] });
  const [, minor] = /\/v1\.(\d+)\//.exec(url) ?? [];
  const MacAddress = "02:42:ac:11:00:02";
  return Response.json({
    Id: "0".repeat(64),
    Name: "/web",
    Image: "sha256:1",
    Config: { Image: "nginx", ...Number(minor) < 52 && { MacAddress } },
    HostConfig: { NetworkMode: "bridge", RestartPolicy: { Name: "" } },
    NetworkSettings: { Networks: { bridge: { MacAddress } } },
  });
};

Deno.test("import --container keeps the MAC address that a container was given, also of a newer engine", async () => {
  await using server = await EngineServer.start(answer);
  const env = (name: string) => name === "DOCKER_HOST" ? `unix://${server.socketPath}` : undefined;
  const { stdout, exitCode } = await importContainer("web", { ...denoHost(), env });
  equal(exitCode, 0);
  match(stdout, /--mac-address=02:42:ac:11:00:02/);
});
