//! The `runner` command; everything happens in the library.

fn main() {}
