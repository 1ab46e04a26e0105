/** The `monitor:` block of a service's config. The kinds with many keys have files of their own. */
import * as v from "valibot";
import { CHECK_KEYS, nameAndOptions } from "./check_options.ts";
import { exeCheck, internalCheck, shellCheck } from "./command_check_config.ts";
import { httpCheck } from "./http_check_config.ts";
import { host, listOf, mustBe, section, text, truth, wholeNumber } from "./values.ts";

const tcpCheck = v.pipe(
  section({ ...CHECK_KEYS, host: v.optional(host), port: wholeNumber(1, 65535) }),
  v.transform((check) => ({ ...nameAndOptions(check), host: check.host, port: check.port })),
);

/** `true`: the service's own container; a text: the container of that name. */
const presentCheck = v.pipe(
  v.string(mustBe("true, false or the name of a container")),
  v.transform((input): boolean | string => truth(input) ?? input),
  v.metadata({ jsonSchema: { type: ["boolean", "string"] } }),
);

const monitorSection = section({
  check_container_present: v.optional(presentCheck, "true"),
  public_network_name: v.optional(text),
  check_http: listOf(httpCheck),
  check_tcp: listOf(tcpCheck),
  check_internal_command: listOf(internalCheck),
  check_shell_command: listOf(shellCheck),
  check_exe: listOf(exeCheck),
});

export const monitorSchema = v.pipe(
  v.nullish(monitorSection, {}),
  v.transform((monitor) => ({
    checkContainerPresent: monitor.check_container_present,
    publicNetworkName: monitor.public_network_name,
    checkHttp: monitor.check_http,
    checkTcp: monitor.check_tcp,
    checkInternalCommand: monitor.check_internal_command,
    checkShellCommand: monitor.check_shell_command,
    checkExe: monitor.check_exe,
  })),
);

export type MonitorConfig = Readonly<v.InferOutput<typeof monitorSchema>>;
export type HttpCheckConfig = MonitorConfig["checkHttp"][number];
export type TcpCheckConfig = MonitorConfig["checkTcp"][number];
/** In the container or on the host. */
export type CommandCheckConfig = MonitorConfig["checkExe"][number];
