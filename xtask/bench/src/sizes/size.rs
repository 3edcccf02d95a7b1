//! How large a made-up workspace is. Pure.

use std::fmt;
use std::str::FromStr;

/// Two binaries and a library.
const FEWEST_MEMBERS: usize = 3;

/// Far beyond any workspace, and few enough that a slip of the finger fills no disk.
const MOST_FILES: usize = 200_000;

/// So many members, and so many source files in all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Size {
    pub(crate) members: usize,
    pub(crate) files: usize,
}

impl Size {
    /// Each member has at least the file that it begins with.
    pub(crate) fn new(members: usize, files: usize) -> Result<Self, String> {
        if members < FEWEST_MEMBERS {
            return Err(format!("a workspace of two binaries and libraries has at least {FEWEST_MEMBERS} members"));
        }
        if !(members..=MOST_FILES).contains(&files) {
            return Err(format!("{members} members have between {members} and {MOST_FILES} files"));
        }
        Ok(Self { members, files })
    }
}

/// Such as `202x4404`.
impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('x').and_then(|(members, files)| members.parse().ok().zip(files.parse().ok()));
        let (members, files) = numbers.ok_or("a size looks like 202x4404: members x files")?;
        Self::new(members, files)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} members, {} files", self.members, self.files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_from_its_two_numbers() {
        assert_eq!("202x4404".parse(), Ok(Size { members: 202, files: 4404 }));
        for odd in ["", "202", "x", "202x", "202 x 4404", "-3x5", "3x5x7"] {
            assert!(odd.parse::<Size>().expect_err(odd).starts_with("a size looks like"), "{odd}");
        }
    }

    #[test]
    fn what_no_workspace_can_have_is_refused() {
        for (odd, why) in [("2x9", "at least 3"), ("5x4", "between 5 and"), ("5x200001", "and 200000 files")] {
            let refusal = odd.parse::<Size>().expect_err(odd);
            assert!(refusal.contains(why), "{refusal}");
        }
        assert!("3x3".parse::<Size>().is_ok());
    }
}
