/** A mail server on loopback that keeps what it gets: npm's smtp-server. */
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";

export interface ReceivedMail {
  readonly user: string | undefined;
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and text, as they came. */
  readonly content: string;
}

export interface MailServerOptions {
  /** Who may send; undefined: everybody. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Refuses receivers with this code: all of them, or those whose address begins so. */
  readonly refuseReceivers?: number;
  readonly refuseOnly?: string;
  /** Refuses each mail itself with this code. */
  readonly refuseContent?: number;
}

export class MailServer implements AsyncDisposable {
  readonly mails: ReceivedMail[] = [];

  private constructor(readonly server: { close(done: () => void): void }, readonly port: number) {}

  static async start(
    { login, refuseReceivers, refuseOnly = "", refuseContent }: MailServerOptions = {},
  ): Promise<MailServer> {
    const started = Promise.withResolvers<void>();
    const server = new SMTPServer({
      authOptional: login === undefined,
      disabledCommands: login === undefined ? ["AUTH", "STARTTLS"] : ["STARTTLS"],
      allowInsecureAuth: true,
      onAuth({ username, password }, _, callback) {
        if (username === login?.user && password === login?.password) {
          return callback(null, { user: username });
        }
        callback(new Error(`Invalid login with ${password}`));
      },
      onRcptTo({ address }, _, callback) {
        if (refuseReceivers === undefined || !address.startsWith(refuseOnly)) return callback();
        callback(Object.assign(new Error("no such mailbox"), { responseCode: refuseReceivers }));
      },
      async onData(stream: AsyncIterable<Uint8Array>, { user, envelope }, callback) {
        let content = "";
        const decoder = new TextDecoder();
        for await (const chunk of stream) content += decoder.decode(chunk, { stream: true });
        const { mailFrom, rcptTo } = envelope;
        const from = mailFrom ? mailFrom.address : "";
        mails.push({ user, from, to: rcptTo.map(({ address }) => address), content });
        if (refuseContent === undefined) return callback();
        callback(Object.assign(new Error("looks like spam"), { responseCode: refuseContent }));
      },
    });
    server.listen(0, "127.0.0.1", () => started.resolve());
    await started.promise;
    const made = new MailServer(server, (server.server.address() as AddressInfo).port);
    const { mails } = made;
    return made;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => this.server.close(resolve));
  }
}
