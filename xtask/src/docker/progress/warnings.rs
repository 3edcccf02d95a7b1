//! The warnings of the compiler, found in what cargo wrote to stderr. Pure.

/// Each warning with all its lines, without cargo's own count at the end of a crate
/// (``warning: `backend` (bin "backend") generated 1 warning``).
pub(crate) fn compiler_warnings(stderr: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut is_inside = false;
    for line in stderr.lines() {
        if line.starts_with("warning: ") || line.starts_with("warning[") {
            is_inside = !is_count(line);
            if is_inside {
                found.push(line.to_owned());
            }
        } else if line.trim().is_empty() {
            is_inside = false;
        } else if let Some(warning) = found.last_mut().filter(|_| is_inside) {
            warning.push('\n');
            warning.push_str(line);
        }
    }
    found
}

fn is_count(line: &str) -> bool {
    let rest = line.strip_prefix("warning: `").and_then(|rest| rest.split_once(" generated ")).map(|(_, rest)| rest);
    rest.is_some_and(|rest| rest.contains(" warning"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_warning_is_found_with_its_lines_and_cargos_counts_are_not() {
        let stderr = "   Compiling backend v0.1.0 (/app/crates/backend)\n\
                      warning: unused variable: `x`\n --> crates/backend/src/main.rs:3:9\n  |\n3 |     let x = 1;\n\n\
                      warning: function `f` is never used\n --> crates/backend/src/main.rs:9:4\n\n\
                      warning: `backend` (bin \"backend\") generated 2 warnings (run `cargo fix`)\n\
                      \x20   Finished `release` profile [optimized] target(s) in 0.75s\n";
        let found = compiler_warnings(stderr);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("warning: unused variable") && found[0].ends_with("let x = 1;"), "{}", found[0]);
        assert_eq!(found[1].lines().count(), 2);
        assert!(compiler_warnings("    Finished `release` profile\n").is_empty());
    }
}
