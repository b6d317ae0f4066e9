//! Addresses, identifiers and paths that are recognised by their shape.

/// Length of the IPv4 address at the start of `s`, with a port or prefix length.
pub(super) fn ipv4(s: &[u8]) -> Option<usize> {
    let mut at = 0;
    for part in 0..4 {
        if part > 0 {
            if s.get(at) != Some(&b'.') {
                return None;
            }
            at += 1;
        }
        let n = s.get(at..)?.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
        if n == 0 || n > 3 {
            return None;
        }
        at += n;
    }
    if s.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        || (s.get(at) == Some(&b'.') && s.get(at + 1).is_some_and(u8::is_ascii_alphanumeric))
    {
        return None;
    }
    if matches!(s.get(at), Some(b':' | b'/')) {
        let n = s[at + 1..].iter().take(6).take_while(|b| b.is_ascii_digit()).count();
        let ends = !s.get(at + 1 + n).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'.');
        if (1..=5).contains(&n) && ends {
            at += 1 + n;
        }
    }
    Some(at)
}

/// The mask of a run of hex digits and colons.
pub(super) fn colons(s: &[u8]) -> Option<&'static [u8]> {
    let n_colons = s.iter().filter(|b| **b == b':').count();
    if n_colons < 2 || !s.iter().all(|b| b.is_ascii_hexdigit() || *b == b':') {
        return if n_colons == 5 { mac(s) } else { None };
    }
    if let Some(mask) = mac(s) {
        return Some(mask);
    }
    let widest = s.split(|b| *b == b':').map(<[u8]>::len).max().unwrap_or(0);
    let has_gap = s.windows(2).any(|two| two == b"::");
    let is_ipv6 = widest <= 4 && n_colons <= 8 && (has_gap || n_colons >= 7);
    if is_ipv6 {
        return Some(b"<ip>");
    }
    s.iter().all(|b| b.is_ascii_digit() || *b == b':').then_some(b"<time>")
}

fn mac(s: &[u8]) -> Option<&'static [u8]> {
    let is_mac = s.len() == 17
        && s.iter().enumerate().all(|(at, b)| {
            if at % 3 == 2 { *b == s[2] && matches!(b, b':' | b'-') } else { b.is_ascii_hexdigit() }
        });
    is_mac.then_some(b"<mac>")
}

/// The mask of a MAC address written with dashes.
pub(super) fn dashed_mac(s: &[u8]) -> Option<&'static [u8]> {
    mac(s)
}

/// Whether `s` begins with a UUID.
pub(super) fn is_uuid(s: &[u8]) -> bool {
    s.len() >= 36
        && !s.get(36).is_some_and(u8::is_ascii_alphanumeric)
        && s[..36].iter().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// Endings of names that are files of source code, not hosts.
const SOURCE_ENDINGS: [&[u8]; 22] = [
    b"py", b"js", b"ts", b"go", b"rs", b"c", b"cc", b"cpp", b"h", b"hpp", b"java", b"kt", b"rb", b"php",
    b"sh", b"pl", b"scala", b"cs", b"swift", b"lua", b"jsx", b"tsx",
];

/// Endings of names that say what happened; such a name is no value.
const FAILURE_ENDINGS: [&[u8]; 7] =
    [b"Error", b"Exception", b"Warning", b"Timeout", b"Expired", b"Failure", b"Exit"];

/// Whether `s` is a host of at least two labels with a port.
pub(super) fn is_host_port(s: &[u8]) -> bool {
    let Some(colon) = s.iter().rposition(|b| *b == b':') else { return false };
    let (host, port) = (&s[..colon], &s[colon + 1..]);
    let is_port = (1..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit);
    let last = host.rsplit(|b| *b == b'.').next().unwrap_or(host);
    is_port
        && labels(host).is_some_and(|n| n >= 2)
        && last.iter().all(u8::is_ascii_alphabetic)
        && !SOURCE_ENDINGS.contains(&last)
}

/// Whether `s` is a dotted name of three labels or more (a host, a class, a package) that is a value.
pub(super) fn is_value_name(s: &[u8]) -> bool {
    s.len() > 4
        && labels(s).is_some_and(|n| n >= 3)
        && s.iter().any(u8::is_ascii_alphabetic)
        && !FAILURE_ENDINGS.iter().any(|ending| s.ends_with(ending))
}

/// How many labels of letters, digits, dashes and underscores a dotted name has.
fn labels(s: &[u8]) -> Option<usize> {
    let mut n = 0;
    for label in s.split(|b| *b == b'.') {
        let is_label = label.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'$'));
        if label.is_empty() || !is_label {
            return None;
        }
        n += 1;
    }
    Some(n)
}

/// Whether `s` is `0x` and hex digits.
pub(super) fn is_prefixed_hex(s: &[u8]) -> bool {
    matches!(s, [b'0', b'x' | b'X', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit))
}

/// Whether `s` is a bare hex number: at least seven digits, a letter and a digit among them.
pub(super) fn is_bare_hex(s: &[u8]) -> bool {
    s.len() >= 7
        && s.iter().all(u8::is_ascii_hexdigit)
        && s.iter().any(u8::is_ascii_digit)
        && s.iter().any(u8::is_ascii_alphabetic)
}

/// Whether a word with slashes is a path: absolute, from home or here, of a drive, or three parts deep.
pub(super) fn is_path(s: &[u8]) -> bool {
    let is_rooted = [&b"/"[..], b"~/", b"./", b"../"].iter().any(|root| s.starts_with(root));
    let is_drive = s.len() > 3 && s[0].is_ascii_alphabetic() && s[1] == b':' && matches!(s[2], b'/' | b'\\');
    if (is_rooted || is_drive) && s.len() > 1 {
        return s.iter().any(u8::is_ascii_alphanumeric);
    }
    let n_slashes = s.iter().filter(|b| matches!(b, b'/' | b'\\')).count();
    n_slashes >= 2 && !s.windows(2).any(|two| two == b"::") && s.iter().any(u8::is_ascii_alphabetic)
}
