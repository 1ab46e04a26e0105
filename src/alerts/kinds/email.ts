/** Mail by SMTP: `sendmail` does not work in the unit's sandbox, where it may not change its group. */
import type { EmailTarget } from "../../config/alert_targets.ts";
import type { Kind } from "../outgoing.ts";

export const email: Kind<EmailTarget> = {
  request({ id, at, host, title, text }, { server, user, password, from, to }) {
    // Where a mail comes twice, since an answer was lost, its id says that it is one.
    const messageId = `${id}@${/^[\w.-]+$/.test(host) ? host : "localhost"}`;
    return {
      via: "mail",
      server,
      user,
      password,
      from,
      to,
      subject: title,
      text: `${text}\n`,
      messageId,
      date: at,
    };
  },
};
