//! What a colony build compiled, and why: for the summary and for the record.

use std::collections::BTreeMap;

use serde::Serialize;

/// How many members have a row of their own in the summary.
const ROWS: usize = 20;

/// What became of the compiling step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Compiled {
    Nothing(Cached),
    Something(Ran),
}

/// BuildKit took the step from its cache: cargo did not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Cached {
    pub(crate) from_cache: bool,
    pub(crate) why: &'static str,
}

/// Cargo ran.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Ran {
    pub(crate) from_cache: bool,
    /// Whether the target directory came fresh from the base.
    pub(crate) seeded_anew: bool,
    /// By name.
    pub(crate) members: BTreeMap<String, Member>,
    pub(crate) dependencies: Dependencies,
    /// How many warnings the compiler printed.
    pub(crate) warnings: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Member {
    /// Whether anything of it was compiled.
    pub(crate) compiled: bool,
    /// Why, where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Dependencies {
    pub(crate) total: usize,
    /// Names and versions of those that were compiled again, such as `serde@1.0.1`. There should be none.
    pub(crate) recompiled: Vec<String>,
}

impl Compiled {
    pub(crate) fn nothing(why: &'static str) -> Self {
        Self::Nothing(Cached { from_cache: true, why })
    }

    /// Rows of the summary: one for each member that was compiled and for a few that were not, one for the
    /// dependencies, one for the compiler's warnings.
    pub(crate) fn rows(&self) -> Vec<(String, String)> {
        match self {
            Self::Nothing(Cached { why, .. }) => vec![("compiled".to_owned(), format!("nothing new: {why}"))],
            Self::Something(ran) => ran.rows(),
        }
    }
}

impl Ran {
    fn rows(&self) -> Vec<(String, String)> {
        let mut rows = self.member_rows();
        let Dependencies { total, recompiled } = &self.dependencies;
        rows.push(("dependencies".to_owned(), format!("{} of {total} recompiled", recompiled.len())));
        if self.warnings > 0 {
            rows.push(("warnings".to_owned(), format!("{} of the compiler", self.warnings)));
        }
        rows
    }

    /// Of a large workspace what was compiled is named, up to a bound, and the rest counted.
    fn member_rows(&self) -> Vec<(String, String)> {
        let is_large = self.members.len() > ROWS;
        let (mut rows, mut more, mut fresh) = (Vec::new(), 0, 0);
        for (name, member) in &self.members {
            match &member.why {
                Some(_) if is_large && rows.len() >= ROWS => more += 1,
                Some(why) => rows.push((name.clone(), format!("compiled, {why}"))),
                None if is_large => fresh += 1,
                None => rows.push((name.clone(), "fresh".to_owned())),
            }
        }
        let count = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
        let counts: Vec<String> = count(more, "compiled").into_iter().chain(count(fresh, "fresh")).collect();
        if !counts.is_empty() {
            rows.push(("other members".to_owned(), counts.join(", ")));
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(compiled: usize, fresh: usize) -> Ran {
        let member = |number: usize| {
            let is_compiled = number < compiled;
            (format!("m{number:03}"), Member { compiled: is_compiled, why: is_compiled.then(|| "why".to_owned()) })
        };
        Ran { members: (0..compiled + fresh).map(member).collect(), ..Ran::default() }
    }

    fn row(label: &str, value: &str) -> (String, String) {
        (label.to_owned(), value.to_owned())
    }

    #[test]
    fn every_member_of_a_small_workspace_has_a_row() {
        let expected = [row("m000", "compiled, why"), row("m001", "fresh"), row("dependencies", "0 of 0 recompiled")];
        assert_eq!(Compiled::Something(ran(1, 1)).rows(), expected);
    }

    #[test]
    fn of_a_large_workspace_what_was_compiled_is_named_and_the_rest_counted() {
        let one = Compiled::Something(ran(1, 99)).rows();
        assert_eq!(one[..2], [row("m000", "compiled, why"), row("other members", "99 fresh")]);
        assert_eq!(one.len(), 3);
        let all = Compiled::Something(ran(100, 0)).rows();
        assert_eq!(all[ROWS], row("other members", "80 compiled"));
        assert_eq!(all.len(), ROWS + 2);
    }

    #[test]
    fn warnings_have_a_row_where_there_are_any() {
        let ran = Ran { warnings: 2, ..Ran::default() };
        assert_eq!(Compiled::Something(ran).rows().last(), Some(&row("warnings", "2 of the compiler")));
    }
}
