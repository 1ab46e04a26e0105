/** What `--help` prints behind the commands about alerts. */

export const ALERTS_USAGE = {
  silence:
    `Lets alerts sleep for a time, while checks go on; what still lasts then is told then. Outlives a restart.

Usage:
    service_runner silence NAME... DURATION      e.g. service_runner silence web db 2h
    service_runner silence --all DURATION        of all services of this machine
    service_runner silence NAME...|--all --off   before the time is over

    -a, --all    all services
    --off        let them wake up

DURATION is like 30m, 2h or 1h30m; the last word counts, from now on. To be run as root, or, without --all, as the
services' account.

Exit codes:
    0   done
    1   refused; stderr says why
    64  wrong command line, or there is no such service
    69  systemd does not answer
`,
  alert: `Tells somebody something, by the channels of the machine-wide config.

Usage:
    service_runner alert --test [KIND...]        a test message, by all channels or those of a kind, such as ntfy
    service_runner alert --ended CONFIG.yaml     for ExecStopPost= of the unit: service_runner itself has been killed

    --test     prints what the other side has answered; as root it may read secrets that services can not:
               sudo -u server-acct service_runner alert --test
    --ended    how it has ended is in the environment, see systemd.exec(5)

Exit codes:
    0   delivered
    1   not delivered by some channel; what it has answered is printed
    64  wrong command line, or there is no such channel
    78  something is wrong with the machine-wide config, or there are no alerts in it
`,
} as const;
