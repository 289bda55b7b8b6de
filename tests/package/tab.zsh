# tab.zsh SHARE LINE: LINE once Tab was pressed in a zsh that has the completions of SHARE.
zmodload zsh/zpty
said=$(mktemp)
zpty -b shell "zsh -f -i"
zpty -w shell "fpath=($1/zsh/vendor-completions \$fpath); autoload -Uz compinit; compinit -u -D"
zpty -w shell "report() { print -r -- \"\$BUFFER|\" > $said; BUFFER= }; zle -N report; bindkey '^X' report; bindkey '^I' complete-word"
zpty -w -n shell "$2"$'\t\x18'
for i in {1..1000}; do # it fills its terminal, which somebody has to read
    [[ -s $said ]] && break
    zpty -r -t shell out >/dev/null
    sleep 0.05
done
line=$(<$said)
print -r -- "${line%|}"
zpty -d shell
rm $said
