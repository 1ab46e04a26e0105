/** Health checks as images and Compose files have them, each the line of a shell, and what import makes of them. */

/** Those that ask this container's server for a page, without TLS; `port`: undefined for 80. */
export const PAGE_LINES: readonly [line: string, path: string, port: number | undefined][] = [
  ["curl -f http://localhost:8080/health || exit 1", "/health", 8080],
  ["curl -fsS 'http://127.0.0.1/' > /dev/null || exit 1", "/", undefined],
  ["/usr/bin/curl --fail --silent --max-time 5 http://localhost:3000/api || kill 1", "/api", 3000],
  ["curl -o /dev/null -fs http://[::1]:9000/x", "/x", 9000],
  ["curl -f http://localhost:2368/ghost || exit 1", "/ghost", 2368],
  ["wget -q --spider http://localhost:2368 || false", "/", 2368],
  ["wget --no-verbose --tries=1 --spider http://localhost/ping || exit 1", "/ping", undefined],
  ["wget -qO- localhost:8123/manifest.json 2>&1 >/dev/null", "/manifest.json", 8123],
  ["wget -O /dev/null http://0.0.0.0:80/a", "/a", undefined],
  ["wget -q -O /dev/null http://localhost:8080/cgi-bin/index.cgi || exit 1", "/cgi-bin/index.cgi", 8080],
];

const ANY = { status: ["1xx", "2xx", "3xx", "4xx", "5xx"] };
const UP_TO_399 = { status: ["2xx", "3xx"] };

/** What comes of the program's options, as keys of a check. */
export const OPTION_LINES: readonly [line: string, keys: Readonly<Record<string, unknown>>][] = [
  ["curl -f http://localhost:8080/a", { headers: { Host: ["localhost:8080"] }, expected: UP_TO_399 }],
  ["curl -sS http://127.0.0.1/", { headers: { Host: ["127.0.0.1"] }, expected: ANY }],
  ["curl -fsSL localhost", { headers: { Host: ["localhost"] }, expected: UP_TO_399, follow_redirects: true }],
  ["curl -sL localhost", { expected: ANY, follow_redirects: true }],
  ["curl --fail-with-body -I localhost", { method: "HEAD", expected: UP_TO_399 }],
  ["curl --head localhost", { method: "HEAD", expected: ANY }],
  ["curl -fIL localhost", { method: "HEAD", expected: UP_TO_399, follow_redirects: true }],
  ["curl -f -X POST localhost/go", { method: "POST", path: "/go" }],
  ["curl -fL -X GET localhost", { method: "GET", follow_redirects: true }],
  ["curl -f 'localhost/go?a=1&b&c=%20'", { path: "/go?a=1&b&c=%20" }],
  ["curl -fk https://localhost:8443/", { scheme: "https", tls: { insecure: true }, port: 8443 }],
  ["curl -fm5 localhost", { timeout: "5s" }],
  ["curl -f --max-time 1 localhost", { timeout: "1s" }],
  ["curl -f --max-time 90 localhost", { timeout: "30s" }],
  ["wget -q -T 1 -t 1 -O- localhost", { timeout: "1s" }],
  ["wget -qO- localhost", { follow_redirects: true, expected: { status: "2xx" } }],
  ["wget -q -t 1 -O /dev/null localhost", { follow_redirects: true, expected: { status: "2xx" } }],
  ["wget -nv -t1 --spider localhost", { method: "HEAD", follow_redirects: true }],
  ["wget -q --no-check-certificate -O - https://localhost/", { tls: { insecure: true } }],
];

/** Those that do more than that, which stay commands. */
export const COMMAND_LINES: readonly string[] = [
  "pg_isready -U postgres",
  "curl -f https://localhost/ || exit 1",
  "curl -f -H 'Host: example.org' http://localhost/",
  "curl -f http://localhost/ | grep -q ok",
  "curl -f http://other:8080/",
  "curl -f http://localhost:$PORT/",
  'curl -f "http://localhost:$PORT/"',
  "curl -f http://localhost/ || exit 0",
  "curl -f http://localhost/[1-3]",
  "curl -f http://localhost/ http://localhost/b",
  "curl -f -u a:b http://localhost/",
  "curl -f --retry 3 http://localhost/",
  "curl -f -d a=b http://localhost/",
  "wget -q -O- --post-data=a http://localhost/",
  "wget -q --spider http://localhost && test -e /ready",
  "echo curl http://localhost/",
  "curl -f -X HEAD http://localhost/",
  "curl -f -X CONNECT http://localhost/",
  "curl -f -X get http://localhost/",
  "curl -fL -X POST http://localhost/",
  "curl -f -I -X GET http://localhost/",
  "curl -f http://localhost:0/",
  "curl -f 'http://localhost/ || exit 1'",
  "curl -f\nlocalhost",
  "curl",
];
