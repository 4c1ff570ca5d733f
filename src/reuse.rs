//! Memory of lists that is used again.

/// An empty list in the memory of `list`, for elements of another type that is laid out alike; of the
/// same type but for lifetimes, say: that is how a list of references waits for its next use.
///
/// ```
/// let numbers = runner::reuse::emptied::<&'static u8, &u8>(Vec::with_capacity(9));
/// assert!(numbers.is_empty() && numbers.capacity() >= 9);
/// ```
pub fn emptied<T, U>(mut list: Vec<T>) -> Vec<U> {
    list.clear();
    // The standard library collects in place; if it did not, only the memory would be lost.
    list.into_iter().map(|_| unreachable!("the list is empty")).collect()
}
