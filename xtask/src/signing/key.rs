//! A key that images are signed or verified with, as people name it: a file, a variable, or a service that keeps it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::context::Ctx;
use crate::failure::{ExitCode, Failure};

/// Services that keep keys, and that cosign asks by itself.
const SERVICES: [&str; 5] = ["awskms", "azurekms", "gcpkms", "hashivault", "k8s"];

const VARIABLE: &str = "env";

/// A private key as cosign makes one; the second name is the older one.
const ENCRYPTED: [&str; 2] =
    ["-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----", "-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----"];

const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----";

/// Part of the first line of every private key.
const PRIVATE: &str = "PRIVATE KEY-----";

/// The beginning of every key in base64, as people keep one in a variable that takes a single line.
const IN_BASE64: &str = "LS0tLS1CRUdJTi";

/// The longest name of a file, in bytes.
const LONGEST_NAME: usize = 255;

/// Where a key is; never the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    named: String,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Absolute.
    File(PathBuf),
    /// In the variable of that name.
    Variable(String),
    Service,
}

impl Key {
    /// A path from the working directory on, `env://VARIABLE`, or the URI of a service, such as `awskms:///alias/name`.
    /// The errors repeat nothing of a text that may be a key.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let usage = |what: String| Failure::new(ExitCode::Usage, what);
        let is_no_path = || text.split('/').any(|name| name.len() > LONGEST_NAME);
        if text.contains("-----BEGIN") || text.contains('\n') || text.contains(IN_BASE64) || is_no_path() {
            return Err(usage("this is the text of a key, and not where it is".to_owned())
                .hint("Leave it in a variable, and name that: env://COSIGN_PRIVATE_KEY"));
        }
        let place = match text.split_once("://") {
            Some((VARIABLE, name)) if !name.is_empty() => Place::Variable(name.to_owned()),
            Some((service, _)) if SERVICES.contains(&service) => Place::Service,
            Some((service, _)) => {
                return Err(usage(format!("no key can be had by `{service}://`"))
                    .hint(format!("Name a file, env://VARIABLE, or one of: {}", SERVICES.join(", "))));
            }
            None => Place::File(
                std::path::absolute(text).map_err(|error| usage(format!("the key `{text}` is no file: {error}")))?,
            ),
        };
        Ok(Self { named: text.to_owned(), place })
    }

    /// As it was named.
    pub(crate) fn named(&self) -> &str {
        &self.named
    }

    /// As cosign takes it, which is started in the workspace root.
    pub(crate) fn argument(&self, ctx: &Ctx) -> OsString {
        match &self.place {
            Place::File(path) => ctx.relative(path).into_os_string(),
            Place::Variable(_) | Place::Service => self.named.clone().into(),
        }
    }

    /// Fails with code 3 where there is no private key that cosign takes. Of a service only cosign can tell.
    pub(crate) fn require_private(&self) -> Result<(), Failure> {
        let Some(text) = self.read()? else { return Ok(()) };
        let Self { named, .. } = self;
        if ENCRYPTED.iter().any(|begin| text.contains(begin)) {
            return Ok(());
        }
        Err(if text.contains(PUBLIC) {
            Failure::precondition(format!("{named} is a public key, and only a private one signs"))
                .hint("Name the other half of the pair: --sign-key cosign.key")
        } else if text.contains(PRIVATE) {
            Failure::precondition(format!("{named} is a private key that cosign does not take as it is"))
                .hint(format!("Encrypt it: cosign import-key-pair --key {named}"))
        } else {
            Failure::precondition(format!("{named} holds no private key of cosign's"))
                .hint("Make a pair: cosign generate-key-pair")
        })
    }

    /// Fails with code 3 where there is no public key. Of a service only cosign can tell.
    pub(crate) fn require_public(&self) -> Result<(), Failure> {
        let Some(text) = self.read()? else { return Ok(()) };
        let Self { named, .. } = self;
        if text.contains(PRIVATE) {
            return Err(Failure::precondition(format!("{named} is a private key, and a public one verifies"))
                .hint(format!("Name the other half of the pair, or make it: cosign public-key --key {named}")));
        }
        if text.contains(PUBLIC) {
            return Ok(());
        }
        Err(Failure::precondition(format!("{named} holds no public key")).hint("Name one: --key cosign.pub"))
    }

    /// `None` for a key that a service keeps.
    fn read(&self) -> Result<Option<String>, Failure> {
        match &self.place {
            Place::File(path) => read(path).map(Some).map_err(|error| {
                Failure::precondition(format!("the key {} cannot be read: {error}", self.named))
                    .hint("Name another file, or make a pair: cosign generate-key-pair")
            }),
            Place::Variable(name) => env::var(name).map(Some).map_err(|_| {
                Failure::precondition(format!("the variable {name}, which is to hold the key, is not set"))
                    .hint("Set it to the text of the key, or name another place")
            }),
            Place::Service => Ok(None),
        }
    }
}

fn read(path: &Path) -> std::io::Result<String> {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staging::tree::tests::TempDir;

    #[test]
    fn a_key_is_a_file_a_variable_or_a_service() {
        let place = |text: &str| Key::parse(text).expect(text).place;
        assert_eq!(place("/keys/cosign.key"), Place::File("/keys/cosign.key".into()));
        assert_eq!(place("env://COSIGN_PRIVATE_KEY"), Place::Variable("COSIGN_PRIVATE_KEY".to_owned()));
        assert_eq!(place("awskms:///alias/colony"), Place::Service);
        for text in ["", "https://host.example/cosign.key", "env://"] {
            assert_eq!(Key::parse(text).expect_err(text).code, ExitCode::Usage);
        }
    }

    #[test]
    fn the_text_of_a_key_is_refused_and_not_repeated() {
        for text in [
            "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\neyJrZGY\n".to_owned(),
            "LS0tLS1CRUdJTiBFTkNSWVBURUQgU0lHU1RPUkUgUFJJVkFURSBLRVktLS0tLQpleUpyWkdZ".to_owned(),
            "eyJrZGY".repeat(40),
        ] {
            let failure = Key::parse(&text).expect_err("a text");
            let told = format!("{failure:?}");
            assert!(!told.contains("eyJrZGY") && !told.contains("LS0t"), "{told}");
        }
    }

    #[test]
    fn each_wrong_file_is_refused_in_its_own_words() {
        let folder = TempDir::new();
        let key = |text: &str| {
            let path = folder.path().join("a.key");
            fs::write(&path, text).expect("write a file");
            Key::parse(path.to_str().expect("UTF-8")).expect("a path")
        };
        let private = |text: &str| key(text).require_private().map_err(|failure| failure.message);
        let public = |text: &str| key(text).require_public().map_err(|failure| failure.message);
        let (encrypted, plain) = (format!("{}\nx\n", ENCRYPTED[0]), "-----BEGIN PRIVATE KEY-----\nx\n");
        assert_eq!((private(&encrypted), public(PUBLIC)), (Ok(()), Ok(())));
        let ends = |outcome: Result<(), String>, end: &str| {
            let message = outcome.expect_err(end);
            assert!(message.ends_with(end), "{message}");
        };
        ends(private(PUBLIC), "is a public key, and only a private one signs");
        ends(private(plain), "is a private key that cosign does not take as it is");
        ends(private(""), "holds no private key of cosign's");
        ends(public(&encrypted), "is a private key, and a public one verifies");
        ends(public("nothing"), "holds no public key");
        fs::remove_file(folder.path().join("a.key")).expect("it is there");
        let gone = Key::parse(folder.path().join("a.key").to_str().expect("UTF-8")).expect("a path");
        ends(gone.require_public().map_err(|failure| failure.message), "(os error 2)");
    }
}
