/** `--platform`: `linux/arm64`, `linux/arm/v7`, or the system or the architecture alone. */
import { ValueError } from "../../errors.ts";
import { quote, toLower } from "./go_strings.ts";
import { joinPath } from "../../host/paths.ts";

// deno-fmt-ignore
const SYSTEMS = [
  "aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "nacl", "netbsd",
  "openbsd", "plan9", "solaris", "windows", "zos",
];
// deno-fmt-ignore
const ARCHITECTURES = [
  "386", "amd64", "amd64p32", "arm", "armbe", "arm64", "arm64be", "ppc64", "ppc64le", "loong64", "mips", "mipsle",
  "mips64", "mips64le", "mips64p32", "mips64p32le", "ppc", "riscv", "riscv64", "s390", "s390x", "sparc", "sparc64",
  "wasm",
];
const ALLOWED = "must be OS, ARCHITECTURE or OS/ARCHITECTURE[/VARIANT], such as linux/arm64";

/** The platform in its normal form, e.g. `Linux/AArch64` → `linux/arm64`; what is left out is that of this host. */
export function normalizePlatform(text: string, hostArchitecture: string): string {
  const [systemText = "", architectureText, variantText, ...more] = text.split("/");
  // A version, as in windows(10.0.17763), is taken but not sent.
  const system = /^([\w-]+)(?:\([\w.-]*\))?$/.exec(systemText)?.[1];
  const parts = [architectureText, variantText].filter((part) => part !== undefined);
  if (system === undefined || more.length > 0 || parts.some((part) => !/^[\w.-]+$/.test(part))) {
    throw new ValueError(`invalid platform ${quote(text)}; ${ALLOWED}`);
  }
  const os = toLower(system) === "macos" ? "darwin" : toLower(system);
  if (architectureText === undefined) return fromSingleWord(systemText, os, hostArchitecture);
  const { architecture, variant } = normalizeArchitecture(architectureText, variantText ?? "");
  if (variantText === undefined) {
    return joinPath(os, architecture, withoutDefaultVariant(architecture, variant));
  }
  return joinPath(os, architecture, architecture === "arm64" && variant === "" ? "v8" : variant);
}

function fromSingleWord(word: string, os: string, hostArchitecture: string): string {
  if (SYSTEMS.includes(os)) return joinPath(os, hostArchitecture);
  const { architecture, variant } = normalizeArchitecture(word, "");
  if (ARCHITECTURES.includes(architecture)) {
    return joinPath("linux", architecture, withoutDefaultVariant(architecture, variant));
  }
  throw new ValueError(`${quote(word)}: unknown operating system or architecture; ${ALLOWED}`);
}

interface Architecture {
  readonly architecture: string;
  readonly variant: string;
}

function normalizeArchitecture(architectureText: string, variantText: string): Architecture {
  const architecture = toLower(architectureText);
  const variant = toLower(variantText);
  switch (architecture) {
    case "i386":
      return { architecture: "386", variant: "" };
    case "x86_64":
    case "x86-64":
    case "amd64":
      return { architecture: "amd64", variant: variant === "v1" ? "" : variant };
    case "aarch64":
    case "arm64":
      return { architecture: "arm64", variant: ARM64_VARIANTS.get(variant) ?? variant };
    case "armhf":
      return { architecture: "arm", variant: "v7" };
    case "armel":
      return { architecture: "arm", variant: "v6" };
    case "arm":
      return { architecture, variant: ARM_VARIANTS.get(variant) ?? variant };
    default:
      return { architecture, variant };
  }
}

// deno-fmt-ignore
const ARM64_VARIANTS: ReadonlyMap<string, string> = new Map([
  ["8", ""], ["v8", ""], ["v8.0", ""], ["9", "v9"], ["9.0", "v9"], ["v9.0", "v9"],
]);
const ARM_VARIANTS: ReadonlyMap<string, string> = new Map([
  ["", "v7"],
  ["7", "v7"],
  ["5", "v5"],
  ["6", "v6"],
  ["8", "v8"],
]);

function withoutDefaultVariant(architecture: string, variant: string): string {
  return architecture === "arm" && variant === "v7" ? "" : variant;
}
