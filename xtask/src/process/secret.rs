//! A text that must not be seen.

use std::fmt;

/// Goes to a child's stdin and nowhere else: it has no `Display`, and its `Debug` hides it.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// For the pipe to a child.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// `text` with the secret blotted out, for what a child may have repeated.
    pub(crate) fn blot(&self, text: &str) -> String {
        if self.0.is_empty() { text.to_owned() } else { text.replace(&self.0, "***") }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_debug_nor_a_childs_words_show_it() {
        let secret = Secret::new("hush".to_owned());
        assert_eq!(
            format!("{secret:?} {}", secret.blot("the password hush is wrong")),
            "*** the password *** is wrong"
        );
    }
}
