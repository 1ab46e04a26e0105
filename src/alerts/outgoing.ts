/** What goes to a channel, what comes back, and what that means for the message. */
import { parseRetryAfter } from "../host/retry_after.ts";
import type { Message } from "./message.ts";

export interface HttpOutgoing {
  readonly via: "http";
  readonly url: string;
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | undefined;
}

export interface MailOutgoing {
  readonly via: "mail";
  /** e.g. `smtps://mail.example` */
  readonly server: string;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** For `Message-ID`, without its brackets. */
  readonly messageId: string;
  readonly date: string;
}

export interface ProgramOutgoing {
  readonly via: "program";
  readonly argv: readonly string[];
  readonly stdin: string;
}

export type Outgoing = HttpOutgoing | MailOutgoing | ProgramOutgoing;

/** `text`: the beginning of what the other side has to say; what is secret may be in it. */
export type Answer =
  | {
    readonly kind: "http";
    readonly httpStatus: number;
    readonly retryAfter: string | null;
    readonly text: string;
  }
  | MailAnswer
  | { readonly kind: "program"; readonly exitCode: number; readonly text: string }
  | { readonly kind: "none"; readonly reason: string };

export interface MailAnswer {
  readonly kind: "mail";
  /** Of SMTP, RFC 5321 §4.2. */
  readonly code: number;
  readonly text: string;
  /** Whether it is the answer to the mail itself, and not to who sends it, and to whom. */
  readonly isAboutContent: boolean;
  /** To whom it has not gone, and why, where others have got it; empty if all have. */
  readonly notTaken: string;
}

export type Verdict =
  /** `remark`: who has not got it, where others have. */
  | { readonly kind: "delivered"; readonly remark?: string }
  /** Trying again later may help; `waitMs`: when, if the other side says so. */
  | { readonly kind: "away"; readonly reason: string; readonly waitMs?: number | undefined }
  /** Trying again does not help before somebody changes something: the token, the URL. */
  | { readonly kind: "refused"; readonly reason: string }
  /** This very message is not taken. */
  | { readonly kind: "dropped"; readonly reason: string };

/** How one kind of channel is spoken to. */
export interface Kind<Target> {
  request(message: Message, target: Target): Outgoing;
  /** Where an answer means something else than usual; undefined where it does not. */
  verdict?(answer: Answer & { kind: "http" }): Verdict | undefined;
}

/** What an answer usually means. `nowMs`: since 1970. */
export function usualVerdict(answer: Answer, nowMs: number): Verdict {
  switch (answer.kind) {
    case "none":
      return { kind: "away", reason: answer.reason };
    case "program":
      if (answer.exitCode === 0) return { kind: "delivered" };
      return { kind: "away", reason: said(`exit code ${answer.exitCode}`, answer.text) };
    case "mail":
      return mailVerdict(answer);
    case "http":
      return httpVerdict(answer, nowMs);
  }
}

function httpVerdict({ httpStatus, retryAfter, text }: Answer & { kind: "http" }, nowMs: number): Verdict {
  if (httpStatus >= 200 && httpStatus < 300) return { kind: "delivered" };
  const reason = said(`HTTP status ${httpStatus}`, text);
  if (httpStatus >= 500 || httpStatus === 429 || httpStatus === 408) {
    return { kind: "away", reason, waitMs: parseRetryAfter(retryAfter, nowMs) };
  }
  const isOfMessage = httpStatus === 400 || httpStatus === 413 || httpStatus === 422;
  return { kind: isOfMessage ? "dropped" : "refused", reason };
}

function mailVerdict({ code, text, isAboutContent, notTaken }: MailAnswer): Verdict {
  if (code >= 200 && code < 300) {
    return notTaken === "" ? { kind: "delivered" } : { kind: "delivered", remark: notTaken };
  }
  const reason = text.includes(String(code)) ? text : said(`SMTP ${code}`, text);
  if (code < 500) return { kind: "away", reason };
  return { kind: isAboutContent ? "dropped" : "refused", reason };
}

function said(what: string, text: string): string {
  return text.trim() === "" ? what : `${what}: ${text.trim()}`;
}

export const JSON_HEADERS: readonly (readonly [string, string])[] = [["Content-Type", "application/json"]];

/** A POST of JSON. */
export function postJson(
  url: string,
  content: unknown,
  headers: readonly (readonly [string, string])[] = [],
): HttpOutgoing {
  return {
    via: "http",
    url,
    method: "POST",
    headers: [...JSON_HEADERS, ...headers],
    body: JSON.stringify(content),
  };
}

/** The header of a bearer token, if there is one. */
export function bearer(token: string | undefined): (readonly [string, string])[] {
  return token === undefined ? [] : [["Authorization", `Bearer ${token}`]];
}
