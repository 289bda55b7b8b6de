#compdef bitstill-cli
autoload -Uz bashcompinit && bashcompinit
source ${${(%):-%x}:A:h:h:h}/bash-completion/completions/bitstill-cli
local -a open # what is typed goes on behind the = of a field
[[ $words[CURRENT-1] == --set ]] && open=(-o nospace)
_bash_complete $open -F _bitstill_cli
