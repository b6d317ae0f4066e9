use std::net::IpAddr;

/// Whether `text` can be a host: an address, or labels of letters, digits and hyphens.
pub(super) fn is_host(text: &str) -> bool {
    if text.parse::<IpAddr>().is_ok() {
        return true;
    }
    let is_label = |label: &str| {
        let is_legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let is_sized = (1..=63).contains(&label.len());
        is_sized && label.chars().all(is_legal) && !label.starts_with('-') && !label.ends_with('-')
    };
    let labels = text.strip_suffix('.').unwrap_or(text);
    // A name of digits alone is an address with a slip in it.
    let is_numeric = labels.chars().all(|c| c.is_ascii_digit() || c == '.');
    labels.len() <= 253 && !is_numeric && labels.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_told_from_slips() {
        for host in [
            "localhost",
            "db.lan",
            "10.0.0.1",
            "::1",
            "a_b",
            "x-1.example.",
        ] {
            assert!(is_host(host), "{host}");
        }
        for slip in [
            "",
            "300.1.1.1",
            "1.2.3",
            "a b",
            "-x",
            "a..b",
            "h:80",
            "gg::1",
            "a/b",
        ] {
            assert!(!is_host(slip), "{slip}");
        }
    }
}
