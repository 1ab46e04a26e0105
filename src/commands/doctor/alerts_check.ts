/**
 * Checks whether the channels of alerts would take a message, and sends none: by what each of them answers to a question.
 * Where there is no question, only whether somebody listens.
 */
import { secretsOf } from "../../alerts/kinds/kinds.ts";
import { checkMailServer } from "../../alerts/mail.ts";
import { shown, withoutPrivate } from "../../alerts/private_text.ts";
import type { AlertTarget } from "../../config/alert_targets.ts";
import { beginningOfBody } from "../../host/beginning_of_body.ts";
import type { Host } from "../../host/host.ts";
import { innermostMessage } from "../../logging/innermost_message.ts";
import { type Finding, findings } from "./finding.ts";

const PATIENCE_MS = 5_000;
const READ_CHARACTERS = 4096;
const TEST = "try it: service_runner alert --test";

/** What a channel has to say; a GET that answers with 2xx is a yes. */
type Question = { readonly url: string; readonly token?: string | undefined } | { readonly reach: URL };

/** Never a problem: services run without alerts too. */
export async function alertsCheck(target: AlertTarget, host: Host): Promise<Finding> {
  const { ok, warning } = findings(`alerts by ${target.name}`);
  const redact = withoutPrivate({ secrets: secretsOf(target), environment: [] });
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    if (target.kind === "command") {
      const [program = ""] = target.argv;
      const isMissing = program.includes("/") && (await host.readFile(program, 0)).kind === "missing";
      return isMissing
        ? warning(`there is no program "${program}"`, "correct the path")
        : ok(`"${program}" is run`);
    }
    if (target.kind === "email") {
      await checkMailServer(target, signal);
      return ok(`${target.server} takes mail from here`);
    }
    return await ask(questionFor(target), { target, redact, host, signal });
  } catch (error) {
    const reason = signal.aborted ? `no answer within ${PATIENCE_MS / 1000} s` : innermostMessage(error);
    return warning(
      redact(`it would not take a message: ${reason}`),
      `correct it in the machine-wide config; ${TEST}`,
    );
  }
}

function questionFor(target: Exclude<AlertTarget, { kind: "command" | "email" }>): Question {
  switch (target.kind) {
    case "ntfy":
      return { url: target.url.replace(/[^/]+\/*$/, "v1/health") };
    case "discord":
      return { url: target.url };
    case "telegram":
      return {
        url: `${target.server}/bot${target.token}/getChat?chat_id=${encodeURIComponent(target.chatId)}`,
      };
    case "alertmanager":
      return { url: `${target.url}/api/v2/status`, token: target.token };
    case "apprise":
    case "slack":
    case "webhook":
      return { reach: new URL(target.url) };
  }
}

async function ask(
  question: Question,
  { target, redact, host, signal }: {
    readonly target: AlertTarget;
    readonly redact: (text: string) => string;
    readonly host: Host;
    readonly signal: AbortSignal;
  },
): Promise<Finding> {
  const { ok, warning } = findings(`alerts by ${target.name}`);
  if ("reach" in question) {
    const { hostname, port, protocol } = question.reach;
    const address = {
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port) || (protocol === "https:" ? 443 : 80),
    };
    await host.connectTcp(address, signal);
    return ok(`${hostname} can be reached; whether it takes a message shows with the first one, ${TEST}`);
  }
  const { url, token } = question;
  const { origin } = new URL(url);
  const headers: [string, string][] = token === undefined ? [] : [["Authorization", `Bearer ${token}`]];
  const tls = { authorities: undefined, insecure: false, wantsExpiry: false };
  const response = await host.httpRequest({ url, method: "GET", headers, body: undefined, tls, signal });
  const text = shown(await beginningOfBody(response, READ_CHARACTERS), redact);
  if (response.httpStatus >= 200 && response.httpStatus < 300) {
    return ok(redact(`${origin} answers as it should`));
  }
  const message = redact(
    `${origin} would not take a message: HTTP status ${response.httpStatus} ${text}`.trim(),
  );
  return warning(message, `correct it in the machine-wide config; ${TEST}`);
}
