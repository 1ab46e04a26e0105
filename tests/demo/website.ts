/** The website that the demo serves: the README's example config, on files in a folder of its own. */
import type { TempDir } from "../support/temp_dir.ts";

export const GOOD_PAGE = "<h1>Hello from a container</h1>\n";
export const BROKEN_PAGE = "<h1>Oops</h1>\n";

export interface Website {
  readonly configFile: string;
  readonly configText: string;
  /** What the container serves, by its bind mount. */
  readonly pageFile: string;
}

/** Writes the page, a copy of it to compare with, and the config. */
export async function writeWebsite(dir: TempDir, name: string, image: string): Promise<Website> {
  const pageFile = await dir.write("html/index.html", GOOD_PAGE);
  const expectedFile = await dir.write("expected.html", GOOD_PAGE);
  const configText = `name: ${name}
image: ${image}
pull: never                     # the demo has just built it; without this line it is pulled
container_create_args:          # whatever you would give to "docker create"
  - --volume
  - ${dir.path}/html:/usr/share/nginx/html:ro
monitor:
  check_http:
    - path: /index.html
      expected:
        body_file: ${expectedFile}
      frequency: 1              # every second
    - name: the server answers
      path: /
      frequency: 1
      timeout: 500ms
      failure_threshold: 2      # two failures in a row,
      on_failure: restart       # and the container is restarted, while the unit stays active
`;
  return { configFile: await dir.write("website.yaml", configText), configText, pageFile };
}
