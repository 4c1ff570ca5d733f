//! Buffers of a thread that are used again: once warm, a step asks the allocator for little.

use std::cell::RefCell;

/// More than a chunk's forward and backward pass of a deep network has in flight.
const MOST: usize = 64;

thread_local! {
    static BUFFERS: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
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
    fn the_pool_does_not_grow_for_ever() {
        for _ in 0..10 * MOST {
            give(vec![0.0; 2]);
        }
        assert!(BUFFERS.with_borrow(Vec::len) <= MOST);
    }
}
