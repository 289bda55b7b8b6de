# Completion of bitstill-cli for bash, and for zsh by way of bashcompinit. What there is, is asked of the program itself.

_bitstill_cli()
{
    local LC_ALL=C word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=() help words= i
    local key=$before # bash takes --set key=value for three words
    if [[ $word == = ]]; then word= before==; elif [[ $before == = ]]; then key=${COMP_WORDS[COMP_CWORD - 2]}; fi
    help=$(bitstill-cli --help 2>/dev/null) || return
    for ((i = 1; i < COMP_CWORD; ++i)); do # "run", "sweep status"
        _bitstill_cli_commands "$help" | grep -qxF -- "${COMP_WORDS[i]}" || break
        command+=("${COMP_WORDS[i]}")
        help=$(bitstill-cli "${command[@]}" --help 2>/dev/null) || return
    done
    local first=${COMP_WORDS[${#command[@]} + 1]}

    case $before in
        --set)
            if [[ $word == *=* ]]; then # in zsh key=value is one word
                words=$(_bitstill_cli_values "$first" "${word%%=*}" | sed "s/^/${word%%=*}=/")
            else
                words=$(bitstill-cli list fields "$first" 2>/dev/null | grep -oE '^[a-z_]+\.[a-z0-9_.]+' | sed 's/$/=/')
            fi
            compopt -o nospace 2>/dev/null || true ;;
        =) words=$(_bitstill_cli_values "$first" "$key") ;;
        --figures) words="svg png pdf csv" ;;
        --figure-size) words="screen column two-columns slide" ;;
        --theme) words="light dark" ;;
        --sort) words="started seconds bytes experiment outcome" ;;
        --outcome) words="finished stopped diverged failed" ;;
        --model) words=$(_bitstill_cli_list models) ;;
        --data) words=$(_bitstill_cli_list datasets) ;;
        --observer) words=$(_bitstill_cli_list observers) ;;
        --format) words=$(_bitstill_cli_list formats) ;;
        *)
            case "${command[*]} $word" in
                *\ -*) words=$(grep -E '^  -' <<<"$help" | grep -oE -- '--?[a-z][a-z-]*') ;;
                "list "*)
                    case $before in
                        list) words="experiments fields networks models datasets methods observers formats" ;;
                        fields | networks) words=$(_bitstill_cli_list experiments) ;;
                    esac ;;
                "run "* | "sweep "*) words="$(_bitstill_cli_commands "$help") $(_bitstill_cli_list experiments)" ;;
                *) words=$(_bitstill_cli_commands "$help") ;;
            esac ;;
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    if [[ $word != -* && $before != = && $before != --set ]]; then
        compopt -o filenames 2>/dev/null || true
        COMPREPLY+=($(compgen -f -- "$word"))
    fi
}

_bitstill_cli_commands() { sed -n '/^Subcommands:/,$p' <<<"$1" | grep -oE '^  [a-z][a-z-]*' | tr -d ' '; }
_bitstill_cli_values() { # of a field, a line each
    bitstill-cli list fields "$1" 2>/dev/null | grep -F -- "$2 " | grep -oE '\([^()]*\)$' | grep -vF ... \
        | sed 's/(such as//' | tr -d '(),' | tr ' ' '\n' | grep . || true
}
_bitstill_cli_list() { bitstill-cli list "$1" 2>/dev/null | grep -oE '^[a-z][a-z0-9-]*'; }

complete -F _bitstill_cli bitstill-cli
