/** Machines that a page has to show well: with one service, with many, with services that are after the reader. */
import {
  down,
  failing,
  inactive,
  paused,
  playedCheck,
  playedContainer,
  type PlayedService,
  restarting,
  up,
  withUpdate,
} from "../../support/played_service.ts";
import { entryOf } from "../logs/journal_entries.ts";

/** Texts that try to be more than texts, or to take more room than there is. */
export const HOSTILE = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "'-alert(1)-'</title></script><svg onload=alert(1)>",
  "javascript:alert(1) &lt;b&gt; &amp;",
  "\x1b[31mred\x07 \x00nul\x9b2J \r\nnext line",
  "\u202eturned around\u202c \u2067and\u2069 \u200fmarks",
  "x".repeat(5000),
  `🔥👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿 e${"\u0336\u0321\u031b".repeat(8)} ﷽ 漢字`,
] as const;

const LONG_NAME = "a-service-whose-name-has-sixty-characters-and-not-one-blank";
const LONG_IMAGE =
  "registry.example.com:5000/some/long/path/to/an/image/of-the-department:1.2.3-alpine-20261126@sha256:0123";

/** All of its texts are hostile, each in its turn. */
export function hostile(name: string, turn = 0): PlayedService {
  const text = (place: number) => HOSTILE[(turn + place) % HOSTILE.length]!;
  return up(name, {
    status: text(0),
    container: playedContainer({ image: text(1), id: text(2) }),
    config: { file: text(3), sha256: text(4) },
    checks: [
      playedCheck(text(5), { ok: false, history: [5, -10_000] }),
      playedCheck(text(6), { kind: text(7) }),
      playedCheck(text(7), { history: [1] }),
    ],
  });
}

/** `count` services, of all states; what needs somebody is a sixth of them. */
export function services(count: number): PlayedService[] {
  return Array.from({ length: count }, (_, index) => {
    const makers = [
      plain,
      plain,
      failingOne,
      plain,
      longOne,
      plain,
      restartingOne,
      plain,
      downOne,
      pausedOne,
    ];
    const other = [inactive, withUpdate];
    const all = [...makers, ...other];
    return all[index % all.length]!(`${names[index % names.length]}-${index}`);
  });
}

const names = ["web", "shop-frontend", "postgres", "mailer", "queue", "metrics-collector", "api"];
const plain = (name: string) => up(name);
const failingOne = (name: string) => failing(name);
const restartingOne = (name: string) => restarting(name);
const downOne = (name: string) => down(name);
const pausedOne = (name: string) => paused(name);
const longOne = (name: string) =>
  up(`${LONG_NAME}${name}`.slice(0, 58) + name.slice(-2), {
    container: playedContainer({ image: LONG_IMAGE }),
    checks: [playedCheck("http https://example.com:8443/a/long/path/to/health?with=a&query=too")],
  });

/** Of which two fail, and one has run only three times. */
export const twentyChecks = up("busy", {
  status: "Failing: 2 of 20 checks",
  checks: Array.from({ length: 20 }, (_, index) =>
    playedCheck(`http /health/${index}`, {
      ok: index % 10 !== 7,
      history: Array.from({ length: index === 3 ? 3 : 20 }, (_, run) => {
        const ms = 5 + (run * 37 + index * 11) % (20 + index * 30);
        return index % 10 === 7 && run > 14 ? -5000 : ms;
      }),
    })),
});

/** A journal with the hostile texts among others. */
export const journal = {
  entries: [
    ...HOSTILE.map((message) => entryOf({ message, source: "docker_logs.stderr" })),
    ...["trace", "debug", "info", "notice", "warn", "error", "fatal"].map((severity) =>
      entryOf({ severity, source: "checks", message: `A record of the level ${severity}` })
    ),
    entryOf({ message: "two\n  lines, the second one indented", source: "<b>odd</b>" }),
  ],
};
