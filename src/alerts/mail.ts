/** Hands a mail to a server by SMTP, see https://nodemailer.com/smtp/. Loaded when a mail goes out: nodemailer is large. */
import nodemailer from "nodemailer";
import type { MailAnswer, MailOutgoing } from "./outgoing.ts";

/** For a server that hangs: its connection is not closed before. */
const TIMEOUT_MS = 15_000;
/** It may look at the content for long before it takes the mail. */
const ANSWER_TIMEOUT_MS = 120_000;
const LOOPBACK = /^(?:localhost|127\.[\d.]+|\[::1\])$/;

/** Who takes mail, and who brings it. `server`: e.g. `smtps://mail.example` */
type Access = Pick<MailOutgoing, "server" | "user" | "password">;

/** What nodemailer rejects with. `command`: of SMTP, which was answered with an error. */
interface SmtpError extends Error {
  readonly responseCode?: number;
  readonly command?: string;
}

/** Rejects when `signal` is aborted, or there is no server to answer. */
export async function sendMail(mail: MailOutgoing, signal: AbortSignal): Promise<MailAnswer> {
  const { from, to, subject, text, messageId, date } = mail;
  try {
    const { response, rejected, rejectedErrors } = await during(
      mail,
      signal,
      (transport) =>
        transport.sendMail({
          from,
          to: [...to],
          subject,
          text,
          messageId: `<${messageId}>`,
          date: mailDate(date),
        }),
    );
    const notTaken = rejected.length === 0
      ? ""
      : `not to ${rejected.join(", ")}: ${rejectedErrors?.[0]?.message ?? "refused"}`;
    return {
      kind: "mail",
      code: Number(response.slice(0, 3)) || 250,
      text: response,
      isAboutContent: true,
      notTaken,
    };
  } catch (error) {
    const { responseCode, command, message } = error as SmtpError;
    if (responseCode === undefined) throw error;
    return {
      kind: "mail",
      code: responseCode,
      text: message,
      isAboutContent: command === "DATA",
      notTaken: "",
    };
  }
}

/** Logs in, and sends nothing. Rejects where that does not work. */
export async function checkMailServer(access: Access, signal: AbortSignal): Promise<void> {
  await during(access, signal, (transport) => transport.verify());
}

async function during<T>(
  { server, user, password }: Access,
  signal: AbortSignal,
  talk: (transport: ReturnType<typeof nodemailer.createTransport>) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const { protocol, hostname, port } = new URL(server.replace(/^smtp/, "http"));
  const isSecure = protocol === "https:";
  const transport = nodemailer.createTransport({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port) || (isSecure ? 465 : 587),
    secure: isSecure,
    // What listens on this machine often has a certificate that nobody knows.
    ignoreTLS: LOOPBACK.test(hostname),
    // A password does not cross the network unencrypted.
    requireTLS: !isSecure && password !== undefined && !LOOPBACK.test(hostname),
    ...(user !== undefined && password !== undefined && { auth: { user, pass: password } }),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: ANSWER_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    const talking = talk(transport);
    // Of the two, the one that comes second is of no interest.
    talking.catch(() => {});
    return await Promise.race([talking, stopped.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
    transport.close();
  }
}

/** RFC 5322 §3.3: nodemailer passes on what it gets. */
function mailDate(iso: string): string {
  return new Date(iso).toUTCString().replace("GMT", "+0000");
}
