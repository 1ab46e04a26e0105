/** Certificates of one's own for tests, by openssl. */
import { ensurePrograms } from "./debian_packages.ts";

export interface Certificate {
  /** PEM */
  readonly cert: string;
  readonly key: string;
}

/** A certificate that signs itself, for these names and addresses, e.g. `DNS:localhost,IP:127.0.0.1`. */
export async function selfSigned(
  folder: string,
  { names, days }: { readonly names: string; readonly days: number },
): Promise<Certificate> {
  await ensurePrograms([{ program: "openssl", package: "openssl" }]);
  const [cert, key] = [`${folder}/${crypto.randomUUID()}.pem`, `${folder}/${crypto.randomUUID()}.key`];
  const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  args.push("-keyout", key, "-out", cert, "-days", String(days), "-subj", "/CN=test");
  args.push("-addext", `subjectAltName=${names}`, "-addext", "basicConstraints=critical,CA:FALSE");
  const { success, stderr } = await new Deno.Command("openssl", { args }).output();
  if (!success) throw new Error(`Cannot make a certificate: ${new TextDecoder().decode(stderr)}`);
  return { cert: await Deno.readTextFile(cert), key: await Deno.readTextFile(key) };
}
