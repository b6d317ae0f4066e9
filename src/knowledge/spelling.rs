/// Returns the candidate most like `word`, if one is alike: at most a third of its
/// letters, and at most three, differ.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    let closest = candidates
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.to_ascii_lowercase()), candidate))
        .min()?;
    let limit = (word.chars().count() / 3).clamp(1, 3);
    (closest.0 <= limit).then_some(closest.1)
}

/// Returns the first candidate that at most `limit` letters part from `word`.
pub(super) fn within<'a>(
    word: &str,
    mut candidates: impl Iterator<Item = &'a str>,
    limit: usize,
) -> Option<&'a str> {
    let n_chars = word.chars().count();
    candidates.find(|candidate| {
        candidate.chars().count().abs_diff(n_chars) <= limit && distance(word, candidate) <= limit
    })
}

/// Letters to insert, delete, replace or swap with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for i in 1..=left.len() {
        let mut row = vec![i];
        for j in 1..=right.len() {
            let replaced = above[j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut least = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            let is_swapped =
                i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
            if is_swapped {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_finds_its_word() {
        let words = ["services", "ports", "files", "http_endpoints"];
        assert_eq!(Some("services"), nearest("service", words));
        assert_eq!(Some("ports"), nearest("Prots", words));
        assert_eq!(Some("http_endpoints"), nearest("http_endpionts", words));
        assert_eq!(None, nearest("certificates", words));
        assert_eq!(None, nearest("", words));
    }
}
