# Whether the cursor is in a line of `cargo xtask`, behind this command, or before the command where none is named.
function __cargo_xtask_at
    set -l words (commandline -opc)
    set -e words[1]
    set -l is_ours false
    set -l is_value false
    for word in $words
        if $is_value
            set is_value false
            continue
        end
        switch $word
            # Flags with a value behind them; all but the first are cargo's own.
            case --color --config --explain -C -Z
                set is_value true
            case '-*' '+*'
            case '*'
                if $is_ours
                    test "$word" = "$argv[1]"
                    return
                end
                test "$word" = xtask
                or return 1
                set is_ours true
        end
    end
    $is_ours
    and test -z "$argv[1]"
end
