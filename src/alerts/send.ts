/** Carries out one request to a channel, within bounds. */
import { beginningOfBody } from "../host/beginning_of_body.ts";
import type { Host } from "../host/host.ts";
import { runProgram } from "../host/run_program.ts";
import { innermostMessage } from "../logging/innermost_message.ts";
import type { Answer, HttpOutgoing, Outgoing, ProgramOutgoing } from "./outgoing.ts";

const TIMEOUT_MS = 15_000;
/** A mail server may look at the content for long before it takes it: RFC 5321, 4.5.3.2.6. */
const MAIL_TIMEOUT_MS = 120_000;
/** How much of an answer is looked at: more than is shown, so that no half of a secret stands at the end of that. */
const READ_CHARACTERS = 4096;

/** Never rejects: that there is no answer is an answer too. */
export async function send(outgoing: Outgoing, host: Host, stop: AbortSignal): Promise<Answer> {
  const timeoutMs = outgoing.via === "mail" ? MAIL_TIMEOUT_MS : TIMEOUT_MS;
  const late = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([stop, late]);
  try {
    return await carryOut(outgoing, host, signal);
  } catch (error) {
    const reason = late.aborted ? `no answer within ${timeoutMs / 1000} s` : innermostMessage(error);
    return { kind: "none", reason };
  }
}

async function carryOut(outgoing: Outgoing, host: Host, signal: AbortSignal): Promise<Answer> {
  switch (outgoing.via) {
    case "http":
      return await request(outgoing, host, signal);
    case "program":
      return await run(outgoing, host, signal);
    case "mail": {
      const { sendMail } = await import("./mail.ts");
      return await sendMail(outgoing, signal);
    }
  }
}

async function request(outgoing: HttpOutgoing, host: Host, signal: AbortSignal): Promise<Answer> {
  const tls = { authorities: undefined, insecure: false, wantsExpiry: false };
  const { url, method, headers: given, body } = outgoing;
  const headers = [...given, ["User-Agent", "service_runner"]] as const;
  const response = await host.httpRequest({ url, method, headers, body, tls, signal });
  const { httpStatus } = response;
  // What has been taken is taken, whether the rest of the answer comes or not.
  const said = await beginningOfBody(response, READ_CHARACTERS).catch(() => "");
  const location = response.headers.get("Location");
  const leadsOn = httpStatus >= 300 && httpStatus < 400 && location !== null;
  const text = leadsOn ? `it leads to ${location}` : said;
  return { kind: "http", httpStatus, retryAfter: response.headers.get("Retry-After"), text };
}

async function run({ argv, stdin }: ProgramOutgoing, host: Host, signal: AbortSignal): Promise<Answer> {
  const [program = "", ...args] = argv;
  const end = await runProgram({ argv: [program, ...args], stdin, timeoutMs: Infinity, stop: signal }, host);
  if (end.statusCode === undefined) return { kind: "none", reason: end.failure };
  return { kind: "program", exitCode: end.statusCode, text: end.stderr || end.stdout };
}
