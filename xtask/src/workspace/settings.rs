//! What a user may name of AWS: region, account, registry. Checked before anything else is done. Pure.

/// A region such as `eu-west-1` or `us-gov-east-1`: words of lower case letters, then a number.
pub(crate) fn region(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split('-').collect();
    let is_of = |part: &&str, fits: fn(&char) -> bool| !part.is_empty() && part.chars().all(|c| fits(&c));
    let is_sound = match parts.split_last() {
        Some((number, words)) => {
            words.len() >= 2
                && words.iter().all(|word| is_of(word, char::is_ascii_lowercase))
                && is_of(number, char::is_ascii_digit)
        }
        None => false,
    };
    if is_sound { Ok(text.to_owned()) } else { Err("a region looks like eu-west-1".to_owned()) }
}

/// The number of an AWS account.
pub(crate) fn account(text: &str) -> Result<String, String> {
    let is_sound = text.len() == 12 && text.chars().all(|c| c.is_ascii_digit());
    if is_sound { Ok(text.to_owned()) } else { Err("an AWS account has 12 digits".to_owned()) }
}

/// The host of a registry, with its port if there is one. It gets the password, so nothing else may pass for a host.
pub(crate) fn registry(text: &str) -> Result<String, String> {
    let (host, port) = match text.rsplit_once(':') {
        // An IPv6 address in brackets has colons of its own.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_address = |text: &str| text.parse::<std::net::Ipv6Addr>().is_ok();
    let is_label = |label: &str| {
        let edge = |c: char| c.is_ascii_alphanumeric();
        label.starts_with(edge) && label.ends_with(edge) && label.chars().all(|c| edge(c) || "-_".contains(c))
    };
    let is_host = inner.map_or_else(|| host.split('.').all(is_label), is_address);
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    if is_host && is_port {
        return Ok(text.to_owned());
    }
    Err("a registry is a host alone, as in 123456789012.dkr.ecr.eu-west-1.amazonaws.com or localhost:5000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_of_all_partitions_are_taken_and_other_words_are_not() {
        for good in ["eu-west-1", "us-gov-east-1", "cn-north-1", "ap-southeast-12", "us-iso-east-1", "eusc-de-east-1"] {
            assert!(region(good).is_ok(), "{good}");
        }
        for bad in ["", "nowhere", "eu-west", "eu-1", "EU-west-1", "eu-west-1a", "eu--1", "-x-1", "eu west 1"] {
            assert!(region(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_account_has_twelve_digits() {
        assert!(account("123456789012").is_ok());
        for bad in ["", "12", "1234567890123", "12345678901x"] {
            assert!(account(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_registry_is_a_host_with_or_without_a_port() {
        for good in
            ["123456789012.dkr.ecr.eu-west-1.amazonaws.com", "localhost:4510", "elsewhere", "[::1]:5000", "[::1]"]
        {
            assert!(registry(good).is_ok(), "{good}");
        }
        for bad in ["", "-x", "a b", "https://a", "a/b", "a:b", "a:0", "a:70000", "a..b", "[a]", "a:", "u@h"] {
            assert!(registry(bad).is_err(), "{bad}");
        }
    }
}
