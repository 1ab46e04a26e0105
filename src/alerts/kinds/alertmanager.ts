/** Prometheus' Alertmanager, `POST /api/v2/alerts`: https://prometheus.io/docs/alerting/latest/clients/ */
import type { AlertmanagerTarget } from "../../config/alert_targets.ts";
import { cutText, type Item, type Message } from "../message.ts";
import { bearer, type Kind, postJson } from "../outgoing.ts";

/**
 * How long Alertmanager takes it that a problem lasts unless it hears of its end. Prometheus tells of it each minute
 * instead, which would not do for a service that does not run.
 */
const LASTS_MS = 7 * 24 * 3_600_000;
/** It goes along with each of perhaps a thousand problems. */
const TEXT_LIMIT = 1000;
/** What never lasts is shown for so long. */
const NEWS_MS = 3_600_000;

export const alertmanager: Kind<AlertmanagerTarget> = {
  request(message, { url, token }) {
    const alerts = message.items.map((item) => alert(item, message));
    return postJson(`${url}/api/v2/alerts`, alerts, bearer(token));
  },
};

function alert({ problem, state, what, since, until }: Item, { at, service, host, text }: Message) {
  const isNews = state === "news";
  const endsAt = until ?? new Date(Date.parse(at) + (isNews ? NEWS_MS : LASTS_MS)).toISOString();
  return {
    // By these it knows the problem again, so nothing is in them that changes.
    labels: {
      alertname: isNews ? "ServiceNews" : "ServiceProblem",
      service,
      instance: host,
      problem,
      severity: isNews ? "info" : "critical",
    },
    annotations: { summary: what, description: cutText(text, TEXT_LIMIT) },
    startsAt: since,
    endsAt,
  };
}
