# shellcheck shell=bash

# Completes the word at the cursor of a line of `cargo xtask`; $1 counts the words up to and with `xtask`.
__cargo_xtask_complete() {
    local IFS=$' \t\n' current=${COMP_WORDS[COMP_CWORD]} command='' open='' choices flags arguments word i
    __cargo_xtask_place ''
    for ((i = $1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == '=' ]]; then
            # Readline makes three words of `--color=auto`.
            continue
        elif [[ -n $open ]]; then
            open=''
        elif [[ $word == -* ]]; then
            if [[ " $flags" == *" $word="* ]]; then open=$word; fi
        elif [[ -z $command ]]; then
            command=$word
            __cargo_xtask_place "$command"
        fi
    done
    if [[ -n $open ]]; then
        choices=" $flags "
        choices=${choices#*" $open="}
        choices=${choices%%' '*}
        choices=${choices//,/ }
        if [[ $current == '=' ]]; then current=''; fi
    elif [[ $current == -* || -z $arguments ]]; then
        choices=''
        for word in $flags; do
            choices+=" ${word%%=*}"
        done
    else
        choices=$arguments
    fi
    # What the completion of cargo itself asked for is not for us. Fails where no completion is going on, as in a test.
    compopt +o default +o bashdefault +o filenames +o nospace 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$current")
}

# Lines of cargo itself: its own completion, or the names of files, as where there is none.
__cargo_xtask_leave() {
    if [[ -z $__cargo_xtask_cargo ]]; then
        # bash-completion loads the completion of a command when it is first wanted, unless there is one, such as this.
        if declare -F _comp_load >/dev/null; then
            _comp_load cargo
        elif declare -F __load_completion >/dev/null; then
            __load_completion cargo
        fi
        __cargo_xtask_register
    fi
    if [[ -n $__cargo_xtask_cargo ]]; then
        "$__cargo_xtask_cargo" "$@"
    else
        compopt -o default 2>/dev/null
    fi
}

_cargo_xtask() {
    local i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            xtask)
                __cargo_xtask_complete $((i + 1))
                return
                ;;
            # Flags of cargo with a value behind them.
            --color | --config | --explain | -C | -Z)
                if [[ ${COMP_WORDS[i + 1]} == '=' ]]; then ((i++)); fi
                ((i++))
                ;;
            -* | +*) ;;
            *) break ;;
        esac
    done
    __cargo_xtask_leave "$@"
}

# Takes the place of cargo's own completion, with its options, and remembers it.
__cargo_xtask_register() {
    local spec options=''
    spec=$(complete -p cargo 2>/dev/null)
    if [[ $spec =~ ^complete\ (.*)-F\ ([^ ]+)\ cargo$ ]]; then
        options=${BASH_REMATCH[1]}
        if [[ ${BASH_REMATCH[2]} != _cargo_xtask ]]; then __cargo_xtask_cargo=${BASH_REMATCH[2]}; fi
    fi
    if [[ -z $__cargo_xtask_cargo ]] && declare -F _cargo >/dev/null; then __cargo_xtask_cargo=_cargo; fi
    # shellcheck disable=SC2086 # Several words.
    complete $options -F _cargo_xtask cargo
}

# Kept where this is read a second time.
__cargo_xtask_cargo=${__cargo_xtask_cargo-}
__cargo_xtask_register
