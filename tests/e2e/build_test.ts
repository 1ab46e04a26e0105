/** The program as `deno task build` makes it, with and without InfluxDB. */
import { equal, match, ok } from "node:assert/strict";
import { tempDir } from "../support/temp_dir.ts";
import { compiledProgram } from "./support/compiled_program.ts";

async function validate(program: string, config: string) {
  const { code, stdout, stderr } = await new Deno.Command(program, { args: ["validate", config] }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

async function contains(program: string, text: string): Promise<boolean> {
  const { code } = await new Deno.Command("grep", { args: ["-qaF", text, program] }).output();
  return code === 0;
}

/** In the package, and in the module that uses it. */
const OF_THE_PACKAGE = "toLineProtocol(";
const OF_THE_MODULE = "/api/v2/write?";

Deno.test("build --no-influx leaves InfluxDB out, and says so where the config asks for it", async () => {
  const program = await compiledProgram(["--no-influx"]);
  for (const text of [OF_THE_PACKAGE, OF_THE_MODULE]) equal(await contains(program, text), false, text);
  await using dir = await tempDir();
  const refused = await validate(
    program,
    await dir.write("a.yaml", "influxdb: {location: http://localhost}\n"),
  );
  equal(refused.code, 78);
  match(
    refused.stderr,
    /a\.yaml:1:1: error: "influxdb" can not be used: this program was built without InfluxDB/,
  );
  const service = await validate(program, await dir.write("b.yaml", "name: web\nimage: nginx\n"));
  equal(service.code, 0, service.stderr);
});

Deno.test("build has InfluxDB in it, and nothing of the tests", async () => {
  const program = await compiledProgram();
  for (const text of [OF_THE_PACKAGE, OF_THE_MODULE]) ok(await contains(program, text), text);
  equal(await contains(program, "DockerodeOptions"), false);
  await using dir = await tempDir();
  const checked = await validate(
    program,
    await dir.write("a.yaml", "influxdb: {location: http://localhost}\n"),
  );
  equal(checked.code, 0, checked.stderr);
});
