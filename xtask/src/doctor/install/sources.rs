//! Where this machine gets its packages from. Other sources are derived from these, so that no mirror is named here.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;

use crate::system_root;

/// One source of packages: the fields of a deb822 stanza, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    fields: Vec<(String, String)>,
}

impl Source {
    /// A field; its name counts without regard to case.
    fn get(&self, key: &str) -> Option<&str> {
        self.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
    }

    fn words(&self, key: &str) -> impl Iterator<Item = &str> {
        self.get(key).unwrap_or_default().split_whitespace()
    }

    fn with(mut self, key: &str, value: &str) -> Self {
        self.fields.retain(|(name, _)| !name.eq_ignore_ascii_case(key));
        self.fields.push((key.to_owned(), value.to_owned()));
        self
    }

    /// What it serves of binary packages of the system's own suites, `None` where it is a third party's. A stanza may
    /// name other suites besides, such as backports; those are left out.
    fn of(mut self, codename: &str) -> Option<Self> {
        let serves = self.get("Enabled") != Some("no")
            && self.words("Types").any(|word| word == "deb")
            && self.words("Components").any(|word| word == "main");
        let own = [codename.to_owned(), format!("{codename}-updates"), format!("{codename}-security")];
        let suites: Vec<&str> = self.words("Suites").filter(|suite| own.iter().any(|own| own == suite)).collect();
        let suites = Some(suites.join(" ")).filter(|suites| serves && !suites.is_empty())?;
        let field = self.fields.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("Suites"))?;
        field.1 = suites;
        Some(self)
    }
}

/// The sources of the system's own packages.
pub(crate) fn own(codename: &str) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for path in files()? {
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        let parsed = if path.extension().is_some_and(|end| end == "sources") { stanzas(&text) } else { lines(&text) };
        sources.extend(parsed.into_iter().filter_map(|source| source.of(codename)));
    }
    anyhow::ensure!(!sources.is_empty(), "no file below /etc/apt names a source of {codename}");
    Ok(sources)
}

/// The same archive, for another suite.
pub(crate) fn for_suite(own: &[Source], codename: &str, suite: &str) -> anyhow::Result<Source> {
    let source = own.iter().find(|source| source.words("Suites").any(|word| word == codename));
    let source = source.with_context(|| format!("no file below /etc/apt names a source of {codename}"))?;
    let archive = source.words("URIs").next().context("a source of packages without URIs")?;
    Ok(source.clone().with("Types", "deb").with("URIs", archive).with("Suites", suite).with("Components", "main"))
}

/// In the deb822 format.
pub(crate) fn render(sources: &[Source]) -> String {
    let stanza = |source: &Source| source.fields.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
    sources.iter().map(stanza).collect::<Vec<String>>().join("\n")
}

fn files() -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::from_iter(Some(system_root::place("/etc/apt/sources.list")).filter(|path| path.is_file()));
    let folder = system_root::place("/etc/apt/sources.list.d");
    if folder.is_dir() {
        for entry in fs::read_dir(&folder).with_context(|| format!("read {}", folder.display()))? {
            files.push(entry.with_context(|| format!("read {}", folder.display()))?.path());
        }
    }
    files.retain(|path| path.extension().is_some_and(|end| end == "list" || end == "sources"));
    files.sort();
    Ok(files)
}

/// The deb822 format: stanzas of fields, whose values go on in lines that begin with a blank.
fn stanzas(text: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')).chain([""]) {
        if line.trim().is_empty() {
            if !fields.is_empty() {
                sources.push(Source { fields: std::mem::take(&mut fields) });
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push('\n');
                value.push_str(line);
            }
        } else if let Some((key, value)) = line.split_once(':') {
            fields.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    sources
}

/// The format of one line for each source: `deb [option=value …] URI suite component …`.
fn lines(text: &str) -> Vec<Source> {
    text.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<Source> {
    let line = line.split('#').next()?.trim();
    let (kind, rest) = line.split_once(char::is_whitespace)?;
    let (options, rest) = match rest.trim_start().strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let mut words = rest.split_whitespace();
    let mut fields = vec![
        ("Types", kind.to_owned()),
        ("URIs", words.next()?.to_owned()),
        ("Suites", words.next()?.to_owned()),
        ("Components", words.collect::<Vec<_>>().join(" ")),
    ];
    for option in options.split_whitespace() {
        let (key, value) = option.split_once('=')?;
        fields.push((field(key)?, value.replace(',', " ")));
    }
    Some(Source { fields: fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect() })
}

/// What an option of the one-line format is called in the other.
fn field(option: &str) -> Option<&'static str> {
    Some(match option {
        "arch" => "Architectures",
        "check-valid-until" => "Check-Valid-Until",
        "signed-by" => "Signed-By",
        "trusted" => "Trusted",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEB822: &str = "\
# a comment
Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: http://third.example/docker
Suites: bookworm
Components: stable
";

    fn own(sources: Vec<Source>) -> Vec<Source> {
        sources.into_iter().filter_map(|source| source.of("bookworm")).collect()
    }

    #[test]
    fn third_parties_are_left_out() {
        let own = own(stanzas(DEB822));
        assert_eq!(own.len(), 2);
        assert_eq!(own[1].get("uris"), Some("http://mirror.example/debian-security"));
    }

    /// As Ubuntu 24.04 is installed.
    #[test]
    fn of_a_stanza_with_backports_the_systems_own_suites_serve() {
        let text = "\
Types: deb
URIs: http://mirror.example/ubuntu/
Suites: noble noble-updates noble-backports
Components: main universe restricted multiverse
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg

Types: deb
URIs: http://security.example/ubuntu/
Suites: noble-security
Components: main universe restricted multiverse
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg
";
        let own: Vec<Source> = stanzas(text).into_iter().filter_map(|source| source.of("noble")).collect();
        assert_eq!(render(&own), text.replace(" noble-backports", ""));
    }

    #[test]
    fn another_suite_comes_from_the_same_archive_with_the_same_key() {
        let other = for_suite(&own(stanzas(DEB822)), "bookworm", "trixie").expect("there is a source");
        assert_eq!(
            render(&[other]),
            "Signed-By: \n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\nTypes: deb\n\
             URIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\n"
        );
    }

    #[test]
    fn what_was_rendered_is_read_again() {
        let sources = stanzas(DEB822);
        assert_eq!(stanzas(&render(&sources)), sources);
    }

    #[test]
    fn the_one_line_format_says_the_same() {
        let text = "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main contrib # why\n\
                    deb-src http://mirror.example/debian bookworm main\n# deb http://old.example/ bookworm main\n";
        let own = own(lines(text));
        assert_eq!(own.len(), 1);
        assert_eq!(
            render(&own),
            "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main contrib\n\
             Architectures: amd64\nSigned-By: /k.gpg\n"
        );
    }

    #[test]
    fn a_disabled_source_does_not_count() {
        let text = "Enabled: no\nTypes: deb\nURIs: http://a.example\nSuites: bookworm\nComponents: main\n";
        assert!(own(stanzas(text)).is_empty());
    }
}
