/** Whoever is quick enough to swap a socket before its mode is set: what they can have changed by it. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { poll } from "../support/event_log.ts";
import type { Host } from "./support/host.ts";
import { ServiceUnit } from "./support/service_unit.ts";
import { testOnHosts } from "./support/test_on_hosts.ts";

const STARTS = 10;
const KILLS = 8;

/** perl: `created(FOLDER)` is readable when something was made there: inotify(7). */
const CREATED = String.raw`
use POSIX ();
sub created {
  my ($init, $watch) = (POSIX::uname())[4] eq "aarch64" ? (26, 27) : (294, 254);
  my ($folder, $IN_CREATE) = (@_, 0x100);
  open my $events, "<&=", syscall $init, 0;
  syscall $watch, fileno $events, $folder, $IN_CREATE;
  return $events;
}
`;

/**
 * Lays a link to the file $ARGV[0] in the place of each socket below /tmp that it can get at, as soon as it is there;
 * the folder that a program started by hand once used it makes beforehand. Says at the end, which is when there is a
 * file /tmp/over, how many programs it has seen.
 */
const NEIGHBOUR = String.raw`${CREATED}
my ($tries, %known) = (0);
sub swap {
  my ($socket) = @_;
  symlink $ARGV[0], "$socket.link";
  rename "$socket.link", $socket;
}
sub attack {
  my ($process) = @_;
  my $own = "/tmp/service_runner-" . substr $process, 6;
  mkdir $own;
  chmod 0777, $own;
  symlink $ARGV[0], "$own/link";
  my $events = created($own);
  vec(my $readable = "", fileno $events, 1) = 1;
  $tries++;
  while (-d $process) {
    return rename "$own/link", "$own/notify.sock" if select my $ready = $readable, undef, undef, 0.002;
    swap($_) for grep { -S } glob "/tmp/*/notify.sock /tmp/*/c/notify.sock";
  }
}
until (-e "/tmp/over") {
  for my $process (glob "/proc/[0-9]*") {
    open my $comm, "<", "$process/comm" or next;
    next unless (<$comm> // "") eq "service_runner\n";
    attack($process) unless $known{$process}++ or !-e "/tmp/lurking";
  }
  open my $lurking, ">", "/tmp/lurking";
}
print $tries;
`;

/** The same by root in the container, in the folder that the container sees. */
const INMATE = String.raw`${CREATED}
$SIG{TERM} = sub { exit 0 };
symlink $ARGV[0], "/run/notify/link";
my $events = created("/run/notify");
system "systemd-notify", "--ready";
syswrite STDOUT, "lurking\n";
sysread $events, my $event, 4096;
rename "/run/notify/link", "/run/notify/notify.sock";
sleep 1000;
`;
/** The image has no perl; the host's will do, as would whatever an attacker brings. */
const PERL = ["/usr:/usr:ro", "/usr/lib:/lib:ro", "/usr/lib64:/lib64:ro"].flatMap((
  path,
) => ["--volume", path]);

testOnHosts(
  "by hand, ready.when: notify: another account has no file of root opened to all",
  async (host) => {
    await using victim = await secretFile(host, "root");
    await using service = await ServiceUnit.create(host, {
      image: "e2e/none:latest",
      pull: "never",
      ready: { when: "notify" },
    });
    await host.write("/tmp/neighbour.pl", NEIGHBOUR);
    const neighbour = host.run("runuser", "-u", "nobody", "--", "perl", "/tmp/neighbour.pl", victim.path);
    try {
      await poll(20_000, "the neighbour", async () => await exists(host, "/tmp/lurking") || undefined);
      for (let start = 1; start <= STARTS && await victim.isWhole(); start++) {
        const { stdout, code } = await host.attempt("service_runner", service.configPath);
        ok(code === 70, `exit code ${code}: ${stdout}`);
      }
    } finally {
      await host.write("/tmp/over", "");
      const tries = await neighbour;
      await host.shell("rm -f /tmp/over /tmp/neighbour.pl; find /tmp -user nobody -delete");
      ok(Number(tries) > 0, "the neighbour has seen no start: the test shows nothing");
    }
    deepEqual(await victim.now(), victim.before);
  },
);

testOnHosts(
  "the program is killed, ready.when: notify: the container has no file of the account opened to all",
  async (host) => {
    await using victim = await secretFile(host, "server-acct");
    await using service = await ServiceUnit.create(host, {
      script: `exec perl /data/inmate.pl ${victim.path}`,
      container_create_args: PERL,
      ready: { when: "notify" },
    }, { dropIn: "[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestartSec=100ms\nRestartSteps=0" });
    await service.touch("inmate.pl", INMATE);
    await service.start();
    for (let kill = 1; kill <= KILLS && await victim.isWhole(); kill++) {
      const { MainPID } = await service.state();
      await host.run("kill", "-KILL", MainPID);
      // The next container is made after the next socket.
      await poll(
        60_000,
        "the next container",
        async () => (await service.lines()).filter((line) => line === "lurking").length > kill || undefined,
      );
    }
    deepEqual(await victim.now(), victim.before);
  },
);

/** Now a file, now a pipe, by the name that a check reads. */
const SWAPPER = String.raw`use POSIX; chdir "/data"; $SIG{TERM} = sub { exit 0 };
open my $file, ">", "file"; print $file "ok"; close $file;
mkfifo("pipe", 0666);
syswrite STDOUT, "swapping
";
for (;;) { for my $one ("file", "pipe") { symlink $one, "link"; rename "link", "input"; } }
`;

testOnHosts("a container swaps a check's file for a pipe: the program waits for nobody", async (host) => {
  const config = { script: "exec perl /data/swapper.pl", "container_create_args": PERL };
  await using service = await ServiceUnit.create(host, config);
  const input = { "stdin_file": `${service.data}/input`, frequency: 1, timeout: "5s" };
  const checks = Array.from(
    { length: 40 },
    (_, at) => ({ ...input, shell_command: "cat >/dev/null", name: `${at}` }),
  );
  await service.configure({ ...config, monitor: { check_shell_command: checks } });
  await service.touch("swapper.pl", SWAPPER);
  await service.start();
  await service.untilRecord(
    "a pipe in place of the file",
    ({ message }) => message.includes("it is no regular file"),
  );
  // Some five hundred looks more.
  await new Promise((resolve) => setTimeout(resolve, 12_000));
  await service.stop();
  const { Result, ExecMainStatus } = await service.state();
  deepEqual([Result, ExecMainStatus], ["success", "0"]);
  equal(await service.container(), undefined);
});

async function exists(host: Host, path: string): Promise<boolean> {
  return (await host.attempt("test", "-e", path)).code === 0;
}

/** A file that is nobody's business but that of this account, which may well read it. */
async function secretFile(host: Host, account: string) {
  const path = `/srv/secret-${crypto.randomUUID().slice(0, 8)}`;
  await host.write(path, "secret");
  await host.shell('chown "$2" "$1"; chmod 0600 "$1"', path, account);
  const now = async () => await host.shell('stat -c "%F %U %a" "$1"; cat "$1"', path);
  const before = await now();
  return {
    path,
    before,
    now,
    isWhole: async () => await now() === before,
    [Symbol.asyncDispose]: async () => void await host.run("rm", path),
  };
}
