//! A thread-local pool of buffers: once warm, a training step allocates nothing.

use std::{cell::RefCell, mem, sync::Arc};

/// The most buffers to keep: more than a forward and backward pass of a deep network needs at once.
const MOST: usize = 64;

thread_local! {
    static BUFFERS: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
    /// Empty vectors, each in an `Arc` without other owners.
    static SHARED: RefCell<Vec<Arc<Vec<f32>>>> = const { RefCell::new(Vec::new()) };
}

/// Takes a buffer of `len` values with unspecified contents.
pub(crate) fn take(len: usize) -> Vec<f32> {
    BUFFERS.with_borrow_mut(|buffers| {
        match buffers.iter().rposition(|buffer| buffer.len() == len) {
            Some(index) => buffers.swap_remove(index),
            None => vec![0.0; len],
        }
    })
}

/// Returns a buffer to the pool; drops the oldest one if the pool is full.
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

/// Wraps a buffer in a pooled `Arc`.
pub(crate) fn share(buffer: Vec<f32>) -> Arc<Vec<f32>> {
    let mut shared = SHARED.with_borrow_mut(Vec::pop).unwrap_or_default();
    match Arc::get_mut(&mut shared) {
        Some(place) => *place = buffer,
        None => shared = Arc::new(buffer),
    }
    shared
}

/// Returns a shared buffer to the pool, unless it has other owners.
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

/// Copies `values` into a pooled buffer.
pub(crate) fn copy(values: &[f32]) -> Vec<f32> {
    let mut buffer = take(values.len());
    buffer.copy_from_slice(values);
    buffer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_found_by_its_length() {
        give(vec![1.0; 3]);
        give(vec![2.0; 5]);
        assert_eq!(take(3), [1.0; 3]);
        assert_eq!(take(3), [0.0; 3]);
        assert_eq!(copy(&[4.0; 5]), [4.0; 5]);
    }

    #[test]
    fn a_shared_buffer_is_reused_after_its_last_owner_releases_it() {
        let shared = share(vec![6.0; 11]);
        let (count, place) = (Arc::as_ptr(&shared), shared.as_ptr());
        release(Arc::clone(&shared));
        assert_eq!(*shared, [6.0; 11]);
        release(shared);
        let again = share(take(11));
        assert_eq!((Arc::as_ptr(&again), again.as_ptr()), (count, place));
    }

    #[test]
    fn the_pool_does_not_grow_forever() {
        for _ in 0..10 * MOST {
            give(vec![0.0; 2]);
            release(Arc::new(vec![0.0; 2]));
        }
        assert!(BUFFERS.with_borrow(Vec::len) <= MOST);
        assert!(SHARED.with_borrow(Vec::len) <= MOST);
    }
}
