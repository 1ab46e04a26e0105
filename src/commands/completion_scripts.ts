/** Shell scripts that complete a command line: what may follow they ask of the program itself, see `completions.ts`. */

export const BASH = `# service_runner completion for bash: eval "$(service_runner completions bash)"
_service_runner() {
  local current=\${COMP_WORDS[COMP_CWORD]} word about
  COMPREPLY=()
  while IFS=$'\\t' read -r word about; do
    if [[ $word == '*.yaml' ]]; then
      while IFS= read -r word; do
        if [[ -d $word ]]; then COMPREPLY+=("$word/"); else COMPREPLY+=("$word"); fi
      done < <(compgen -f -X '!*.y?(a)ml' -- "$current"; compgen -d -- "$current")
    else
      COMPREPLY+=("$word")
    fi
  done < <("\${COMP_WORDS[0]}" completions -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if (( \${#COMPREPLY[@]} == 1 )) && [[ \${COMPREPLY[0]} == */ ]]; then compopt -o nospace; fi
}
shopt -s extglob
complete -F _service_runner service_runner
`;

export const ZSH = `#compdef service_runner
# service_runner completion for zsh: source <(service_runner completions zsh)
_service_runner() {
  local -a found
  found=(\${(f)"$($words[1] completions -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${found[(Ie)*.yaml]} )); then _files -g '*.(yaml|yml)(-.)'; fi
  found=(\${\${found:#\\*.yaml}/$'\\t'/:})
  _describe 'service_runner' found
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _service_runner "$@"; else compdef _service_runner service_runner; fi
`;

export const FISH = `# service_runner completion for fish: service_runner completions fish | source
function __service_runner_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in ($words[1] completions -- $words[2..] 2>/dev/null)
    if test $line = '*.yaml'
      __fish_complete_suffix .yaml
      __fish_complete_suffix .yml
    else
      echo $line
    end
  end
end
complete -c service_runner -f -a '(__service_runner_complete)'
`;
