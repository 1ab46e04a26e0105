/** Shell scripts that complete a command line of the program. Names are asked of the program itself. */

export const BASH = `# service_runner completion for bash: eval "$(service_runner completions bash)"
_service_runner() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  local words=""
  COMPREPLY=()
  if [[ $previous == --container ]]; then
    words=$("\${COMP_WORDS[0]}" completions containers 2>/dev/null)
  elif (( COMP_CWORD == 1 )); then
    words="run validate plan status doctor import schema completions --help --version"
  else
    case $command in
      status) words="--watch --json --help $("\${COMP_WORDS[0]}" completions units 2>/dev/null)" ;;
      validate | doctor) words="--json --help" ;;
      import) words="--container -- --help" ;;
      schema) words="service --help" ;;
      completions) words="bash zsh fish --help" ;;
      *) words="--help" ;;
    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  case $command in
    status | schema | completions) ;;
    *)
      if [[ $previous != --container ]]; then
        local file
        while IFS= read -r file; do
          if [[ -d $file ]]; then COMPREPLY+=("$file/"); else COMPREPLY+=("$file"); fi
        done < <(compgen -f -X '!*.y?(a)ml' -- "$current"; compgen -d -- "$current")
      fi
      ;;
  esac
  if (( \${#COMPREPLY[@]} == 1 )) && [[ \${COMPREPLY[0]} == */ ]]; then compopt -o nospace; fi
}
shopt -s extglob
complete -F _service_runner service_runner
`;

export const ZSH = `#compdef service_runner
# service_runner completion for zsh: source <(service_runner completions zsh)
_service_runner() {
  local -a commands units containers
  commands=(
    'run:run one service'
    'validate:check config files'
    'plan:print what the engine would be asked'
    'status:show all services of this machine'
    'doctor:check the machine'
    'import:make a config of what runs today'
    'schema:the JSON Schema of the config'
    'completions:a script for the shell'
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    _files -g '*.(yaml|yml)(-.)'
    return
  fi
  case $words[2] in
    status)
      units=(\${(f)"$($words[1] completions units 2>/dev/null)"})
      _arguments '(-w --watch)'{-w,--watch}'[draw it anew each second]' '--json[for tools]' "*:unit:($units)"
      ;;
    validate | doctor) _arguments '--json[for tools]' '*:config:_files -g "*.(yaml|yml)(-.)"' ;;
    import)
      containers=(\${(f)"$($words[1] completions containers 2>/dev/null)"})
      _arguments "--container[a container that exists]:container:($containers)" '*:Compose file:_files -g "*.(yaml|yml)(-.)"'
      ;;
    schema) _values 'schema' service ;;
    completions) _values 'shell' bash zsh fish ;;
    *) _files -g '*.(yaml|yml)(-.)' ;;
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _service_runner "$@"; else compdef _service_runner service_runner; fi
`;

export const FISH = `# service_runner completion for fish: service_runner completions fish | source
set -l commands run validate plan status doctor import schema completions
complete -c service_runner -n "not __fish_seen_subcommand_from $commands" -a run -d 'Run one service'
complete -c service_runner -n "not __fish_seen_subcommand_from $commands" -a validate -d 'Check config files'
complete -c service_runner -n "not __fish_seen_subcommand_from $commands" -a plan -d 'Print what the engine would be asked'
complete -c service_runner -n "not __fish_seen_subcommand_from $commands" -a status -d 'Show all services of this machine'
complete -c service_runner -n "not __fish_seen_subcommand_from $commands" -a doctor -d 'Check the machine'
complete -c service_runner -n "not __fish_seen_subcommand_from $commands" -a import -d 'Make a config of what runs today'
complete -c service_runner -n "not __fish_seen_subcommand_from $commands" -a schema -d 'The JSON Schema of the config'
complete -c service_runner -n "not __fish_seen_subcommand_from $commands" -a completions -d 'A script for the shell'
complete -c service_runner -n "__fish_seen_subcommand_from status" -f -a '(service_runner completions units 2>/dev/null)'
complete -c service_runner -n "__fish_seen_subcommand_from status" -s w -l watch -d 'Draw it anew each second'
complete -c service_runner -n "__fish_seen_subcommand_from status validate doctor" -l json -d 'For tools'
complete -c service_runner -n "__fish_seen_subcommand_from import" -l container -x -a '(service_runner completions containers 2>/dev/null)' -d 'A container that exists'
complete -c service_runner -n "__fish_seen_subcommand_from schema" -f -a service
complete -c service_runner -n "__fish_seen_subcommand_from completions" -f -a 'bash zsh fish'
complete -c service_runner -l help -s h -d 'Help'
`;
