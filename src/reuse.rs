//! Reuses the memory of vectors.

/// Returns an empty vector that reuses the memory of `list`, for elements of a type with the same layout.
/// This lets a vector of references be kept for its next use, with another lifetime.
pub fn emptied<T, U>(mut list: Vec<T>) -> Vec<U> {
    list.clear();
    // The standard library collects in place; if it did not, only the allocation would be lost.
    list.into_iter().map(|_| unreachable!("the list is empty")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_is_kept_for_another_lifetime() {
        let numbers = emptied::<&'static u8, &u8>(Vec::with_capacity(9));
        assert!(numbers.is_empty() && numbers.capacity() >= 9);
    }
}
