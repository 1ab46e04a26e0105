/** What each key of the machine-wide config is for. A key that several kinds of channels have stands once, under `*`. */
import type { KeyPath } from "../schema_keys.ts";
import { type KeyText, texts } from "./key_texts.ts";

export const RUNNER_KEYS: ReadonlyMap<KeyPath, KeyText> = new Map([
  ...texts("", {
    influxdb: ["Where records and measurements go.", {
      location: "http://localhost:8086/",
      bucket: "monitoring",
    }],
    "influxdb.location": ["The URL of InfluxDB.", "http://localhost:8086/"],
    "influxdb.token": ["The token; better kept in a file of its own, see token_file."],
    "influxdb.token_file": [
      "The file with the token, relative to this one.",
      "/etc/service_runner/influxdb-token",
    ],
    "influxdb.org": ["The organisation; by default this machine's name.", "home"],
    "influxdb.bucket": ["The bucket.", "monitoring"],
    "influxdb.spool_limit": ["What may wait on disk while InfluxDB is away, for each service.", "64m"],
    alerts: ["Who is told when something is wrong with a service.", {
      to: [{ ntfy: "https://ntfy.sh/my-topic" }],
    }],
    "alerts.to": ["The channels, each by its kind.", [{ ntfy: "https://ntfy.sh/my-topic" }]],
    "alerts.reminder": ["How often a problem that lasts is told again; not set: never.", "24h"],
    "alerts.heartbeat": [
      "A URL that is asked each minute as long as a service runs: whoever is behind it notices when this machine is silent.",
      "https://hc-ping.com/UUID",
    ],
    "alerts.heartbeat_file": ["The file with that URL, relative to this one."],
    page: ["What `service_runner page` shows, and to whom.", { logs: true, hosts: ["status.example"] }],
    "page.logs": ["Whether it shows what the containers have written.", true],
    "page.hosts": [
      "The names by which browsers ask for it, beside localhost and this machine's name: of a proxy, for instance.",
      ["status.example"],
    ],
    "page.password_file": [
      "The file with the password that a visitor needs, with any user name; relative to this one.",
      "/etc/service_runner/page-password",
    ],
  }),
  ...texts("alerts.to[].", {
    ntfy: ["The URL of a topic of ntfy, or a section.", "https://ntfy.sh/my-topic"],
    "ntfy.token": ["The access token."],
    "ntfy.priority": ["Of what is wrong; the end of it has the default one.", "urgent"],
    slack: ["The URL of an incoming webhook of Slack, Mattermost or Rocket.Chat, or a section."],
    discord: ["The URL of a webhook of Discord, or a section."],
    telegram: ["A bot of Telegram.", { "chat_id": "123", "token_file": "telegram-token" }],
    "telegram.token": ["The bot's token."],
    "telegram.chat_id": ["The chat that is written to.", "-1001234567890"],
    "telegram.thread_id": ["The topic within that chat.", "7"],
    "telegram.server": ["Of the Bot API.", "https://api.telegram.org"],
    email: ["Mail, by a server that speaks SMTP.", {
      server: "smtps://mail.example",
      from: "alerts@example",
      to: "me@example",
    }],
    "email.server": ["Of outgoing mail; smtps:// for TLS from the first byte.", "smtp://mail.example:587"],
    "email.from": ["The sender.", "alerts@example"],
    "email.to": ["The receiver, or a list.", "me@example"],
    "email.user": ["Who logs in to the server.", "alerts@example"],
    "email.password": ["The password of that user."],
    apprise: ["The URL of an Apprise API, with the key, or a section.", "http://localhost:8000/notify/KEY"],
    "apprise.tag": ["Which of the services behind the key.", "admins"],
    alertmanager: ["The URL of an Alertmanager, or a section.", "http://localhost:9093"],
    "alertmanager.token": ["The bearer token."],
    webhook: ["A URL that gets our own JSON, or a section.", "https://example.org/hook"],
    "webhook.token": ["The bearer token."],
    "webhook.method": ["The HTTP method.", "POST"],
    "webhook.headers": ["Headers by name.", { "Content-Type": "text/plain" }],
    "webhook.body": [
      "What is sent instead of the JSON; {title}, {text}, {service}, {host}, {state}, {at} and {id} are filled in.",
      "{title}",
    ],
    command: ["A program on this machine and its arguments; it gets the JSON on standard input.", [
      "/usr/local/bin/tell",
    ]],
  }),
  ...texts("alerts.to[].*.", {
    url: ["The URL, in a section; better kept in a file of its own, see url_file."],
    url_file: ["The file with the URL, relative to this one.", "/etc/service_runner/slack-url"],
    token_file: ["The file with the token, relative to this one.", "/etc/service_runner/ntfy-token"],
    password_file: [
      "The file with the password, relative to this one.",
      "/etc/service_runner/email-password",
    ],
  }),
]);
