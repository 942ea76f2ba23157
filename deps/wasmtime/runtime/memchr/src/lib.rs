//! Searching for single bytes, plainly.
#![no_std]

/// Where the first `needle` is.
#[inline]
pub fn memchr(needle: u8, haystack: &[u8]) -> Option<usize> {
    haystack.iter().position(|&byte| byte == needle)
}

/// Where the first of either is.
#[inline]
pub fn memchr2(one: u8, other: u8, haystack: &[u8]) -> Option<usize> {
    haystack.iter().position(|&byte| byte == one || byte == other)
}

/// Where the first of any of the three is.
#[inline]
pub fn memchr3(one: u8, other: u8, third: u8, haystack: &[u8]) -> Option<usize> {
    haystack.iter().position(|&byte| byte == one || byte == other || byte == third)
}

/// Where the last `needle` is.
#[inline]
pub fn memrchr(needle: u8, haystack: &[u8]) -> Option<usize> {
    haystack.iter().rposition(|&byte| byte == needle)
}
