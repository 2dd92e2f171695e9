//! Lists that come page by page: which part of one a query names.

use super::AdminError;

/// Most lines of the audit log in one answer, and how many there are if nobody says.
pub const AUDIT: (u32, u32) = (500, 100);

/// The same of messages that were left: each conversation is asked.
pub const LEFT: (u32, u32) = (50, 20);

/// The page that a query names: below which number, and how many of at most so many.
///
/// # Errors
/// [`AdminError::Query`] with the member's name.
pub fn named(
    query: &[(String, String)],
    (most, usual): (u32, u32),
) -> Result<(u64, u32), AdminError> {
    let number = |name: &str, most: u64, or: u64| match find(query, name) {
        None => Ok(or),
        Some(text) => text
            .parse::<u64>()
            .ok()
            .filter(|it| (1..=most).contains(it))
            .ok_or_else(|| AdminError::Query(name.to_owned())),
    };
    let before = number("before", MAX_SEQ, MAX_SEQ)?;
    let limit = number("limit", most.into(), usual.into())?;
    Ok((before, u32::try_from(limit).unwrap_or(usual)))
}

/// A member of a query.
pub fn find<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
}

/// The largest whole number that JavaScript's numbers hold.
const MAX_SEQ: u64 = (1 << 53) - 1;
