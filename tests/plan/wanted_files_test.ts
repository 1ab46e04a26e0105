import { deepEqual } from "node:assert/strict";
import { wantedFiles } from "../../src/plan/wanted_files.ts";

Deno.test("wantedFiles() yields all files that the list names, each once", () => {
  const args = [
    ...[
      "--env-file",
      "a.env",
      "--env-file=/etc/b.env",
      "--label-file=./c",
      "--env-file",
      "a.env",
      "--env-file=",
    ],
    ...[
      "--security-opt",
      "seccomp=p.json",
      "--security-opt=seccomp:q.json",
      "--security-opt=seccomp=unconfined",
    ],
    ...["--security-opt=label=disable", "--cidfile=run/x.id", "-e", "A"],
    ...["alpine", "--env-file", "not.env"],
  ];
  deepEqual(wantedFiles(args, "/srv"), [
    "/srv/a.env",
    "/etc/b.env",
    "/srv/./c",
    "/srv/p.json",
    "/srv/q.json",
    "/srv/run/x.id",
    "/srv/run",
  ]);
});

Deno.test("wantedFiles() goes as far as the list can be read", () => {
  deepEqual(
    wantedFiles(["--env-file=a", "--dns=x", "-d", "--env-file=b", "--no-such", "--env-file=c"], "/"),
    ["//a", "//b"],
  );
});
