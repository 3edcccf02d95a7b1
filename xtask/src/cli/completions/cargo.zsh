# Completes a line of `cargo xtask`; `xtask` is the first of its words.
__cargo_xtask_complete() {
    local curcontext=$curcontext state ret=1
    local -a line flags arguments
    local -A opt_args
    __cargo_xtask_place ''
    _arguments -s -S -C $flags '1: :->command' '*:: :->rest' && ret=0
    case $state in
        command) _describe -t commands 'command' arguments && ret=0 ;;
        rest)
            __cargo_xtask_place $words[1]
            if (( $#arguments )); then
                _arguments -s -S -C $flags '*: :->argument' && ret=0
                [[ $state == argument ]] && _describe -t arguments 'argument' arguments && ret=0
            else
                _arguments -s -S $flags && ret=0
            fi
            ;;
    esac
    return ret
}

# All other lines are left to cargo's own completion, or are completed as where there is none.
_cargo_xtask() {
    local i=2
    while (( i < CURRENT )); do
        case $words[i] in
            xtask)
                shift $(( i - 1 )) words
                (( CURRENT -= i - 1 ))
                __cargo_xtask_complete
                return
                ;;
            # Flags of cargo with a value behind them.
            --color|--config|--explain|-C|-Z) (( i += 2 )) ;;
            -*|+*) (( i += 1 )) ;;
            *) break ;;
        esac
    done
    if [[ -n $__cargo_xtask_cargo ]]; then
        $__cargo_xtask_cargo "$@"
    else
        _default
    fi
}

if (( $+functions[compdef] )); then
    # Kept where this is read a second time.
    [[ $_comps[cargo] == _cargo_xtask ]] || typeset -g __cargo_xtask_cargo=$_comps[cargo]
    compdef _cargo_xtask cargo
else
    print -u2 'cargo xtask: its completions have to be read behind compinit'
fi
