/** What `--help` prints by itself. */
import { COMMANDS } from "./command_table.ts";

export const EXIT_CODES = `Exit codes:
    0   asked to stop, or the container ended with 0
    64  wrong command line
    69  engine or registry not reachable
    70  the engine refused: pull, build, create or start failed, or the container is not ready in time
    75  a check has ended the run: on_failure is fail, or restarts of the container have not helped
    78  something is wrong with the config
    otherwise the container's own exit code`;

export const USAGE = `Runs one Docker container as a systemd service of Type=notify.

Usage:
    service_runner CONFIG.yaml         ${COMMANDS.run.about}
    service_runner run CONFIG.yaml     the same
    service_runner validate CONFIG.yaml...
                                       ${COMMANDS.validate.about}
    service_runner plan CONFIG.yaml    ${COMMANDS.plan.about}
    service_runner plan -- ARGS...     the same for the argument list of a "docker create"
    service_runner status [NAME...]    ${COMMANDS.status.about}
    service_runner logs [NAME...]      ${COMMANDS.logs.about}
    service_runner metrics             ${COMMANDS.metrics.about}
    service_runner page                ${COMMANDS.page.about}
    service_runner doctor [NAME]       ${COMMANDS.doctor.about}
    service_runner update [NAME...]    ${COMMANDS.update.about}
    service_runner rollback NAME       ${COMMANDS.rollback.about}
    service_runner silence NAME... 2h  ${COMMANDS.silence.about}
    service_runner alert --test        ${COMMANDS.alert.about}
    service_runner import ...          ${COMMANDS.import.about}
    service_runner schema [runner]     ${COMMANDS.schema.about}
    service_runner dashboard           ${COMMANDS.dashboard.about}
    service_runner install             ${COMMANDS.install.about}
    service_runner uninstall           ${COMMANDS.uninstall.about}
    service_runner completions bash|zsh|fish
                                       ${COMMANDS.completions.about}
    service_runner --version
    service_runner --help              also behind a command

Without CONFIG.yaml the environment variable service_config names the file.

Environment:
    DOCKER_HOST       the engine's socket, unix:///var/run/docker.sock by default
    NOTIFY_SOCKET     set by systemd; without it nothing is notified
    service_config    the config file, where none is given
    service_runner_global_config
                      the machine-wide config, /etc/service_runner/config.yaml by default
    REGISTRY_AUTH_FILE, DOCKER_CONFIG, HOME
                      where the credentials for registries are, as "docker login" writes them

${EXIT_CODES}
`;
