//! Memory for the kernels.

/// Cache-line aligned memory for floats, since a vector that straddles two lines costs two loads.
#[derive(Debug, Default)]
pub(super) struct Buffer(Vec<f32>);

impl Buffer {
    const LINE: usize = 64;
    const SLACK: usize = Self::LINE / size_of::<f32>();

    /// Returns `len` values with unspecified contents.
    pub fn take(&mut self, len: usize) -> &mut [f32] {
        if self.0.len() < len + Self::SLACK {
            self.0.resize(len + Self::SLACK, 0.0);
        }
        let start = self.start();
        &mut self.0[start..start + len]
    }

    /// Returns the `len` values that were taken last.
    pub fn get(&self, len: usize) -> &[f32] {
        let start = self.start();
        &self.0[start..start + len]
    }

    fn start(&self) -> usize {
        // `align_offset` may give up by returning `usize::MAX`; that only costs alignment. Before the first
        // use the buffer is empty.
        self.0.as_ptr().align_offset(Self::LINE).min(Self::SLACK).min(self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_has_the_requested_length_and_stays_aligned_as_it_grows() {
        let mut buffer = Buffer::default();
        assert!(buffer.get(0).is_empty());
        for len in [0, 1, 100, 7, 5000, 5000, 3] {
            let slice = buffer.take(len);
            assert_eq!(slice.len(), len);
            assert_eq!(slice.as_ptr().align_offset(Buffer::LINE), 0);
        }
    }
}
