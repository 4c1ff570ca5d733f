//! Buffers of a thread that are used again: once warm, a step asks the allocator for nothing.

use std::{cell::RefCell, mem, sync::Arc};

/// More than a chunk's forward and backward pass of a deep network has in flight.
const MOST: usize = 64;

thread_local! {
    static BUFFERS: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
    /// Empty, each with a count of its own.
    static SHARED: RefCell<Vec<Arc<Vec<f32>>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer of `len` values that hold anything.
pub(crate) fn take(len: usize) -> Vec<f32> {
    BUFFERS.with_borrow_mut(|buffers| {
        match buffers.iter().rposition(|buffer| buffer.len() == len) {
            Some(index) => buffers.swap_remove(index),
            None => vec![0.0; len],
        }
    })
}

/// Gives a buffer back; the oldest goes when there are many.
pub(crate) fn give(buffer: Vec<f32>) {
    if buffer.is_empty() {
        return;
    }
    BUFFERS.with_borrow_mut(|buffers| {
        if buffers.len() == MOST {
            buffers.remove(0);
        }
        buffers.push(buffer);
    });
}

/// The buffer for several to look at.
pub(crate) fn share(buffer: Vec<f32>) -> Arc<Vec<f32>> {
    let mut shared = SHARED.with_borrow_mut(Vec::pop).unwrap_or_default();
    match Arc::get_mut(&mut shared) {
        Some(place) => *place = buffer,
        None => shared = Arc::new(buffer),
    }
    shared
}

/// Gives a shared buffer back, unless somebody still looks at it.
pub(crate) fn release(mut shared: Arc<Vec<f32>>) {
    if let Some(buffer) = Arc::get_mut(&mut shared) {
        give(mem::take(buffer));
        SHARED.with_borrow_mut(|all| {
            if all.len() < MOST {
                all.push(shared);
            }
        });
    }
}

/// A copy of `values` in a buffer.
pub(crate) fn copy(values: &[f32]) -> Vec<f32> {
    let mut buffer = take(values.len());
    buffer.copy_from_slice(values);
    buffer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_by_its_length() {
        give(vec![1.0; 3]);
        give(vec![2.0; 5]);
        assert_eq!(take(3), [1.0; 3]);
        assert_eq!(take(3), [0.0; 3]);
        assert_eq!(copy(&[4.0; 5]), [4.0; 5]);
    }

    #[test]
    fn a_shared_buffer_comes_back_when_the_last_has_looked() {
        let shared = share(vec![6.0; 11]);
        let (count, place) = (Arc::as_ptr(&shared), shared.as_ptr());
        release(Arc::clone(&shared));
        assert_eq!(*shared, [6.0; 11]);
        release(shared);
        let again = share(take(11));
        assert_eq!((Arc::as_ptr(&again), again.as_ptr()), (count, place));
    }

    #[test]
    fn the_pool_does_not_grow_for_ever() {
        for _ in 0..10 * MOST {
            give(vec![0.0; 2]);
            release(Arc::new(vec![0.0; 2]));
        }
        assert!(BUFFERS.with_borrow(Vec::len) <= MOST);
        assert!(SHARED.with_borrow(Vec::len) <= MOST);
    }
}
