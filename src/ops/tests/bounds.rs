//! Jobs that would access memory outside their slices panic, even where release arithmetic would wrap around.

use crate::{
    arch::Size,
    ops::{
        Family,
        simd::{
            bordered::{Bordered, bordered},
            combine::{Combine, combine},
            expand::{Expand, Lines, expand},
            gather::{Epilogue, Gather, Weights, gather},
            narrow::{Narrow, narrow},
            outer::{Grid, Outer, Part, outer},
            transpose::{Transpose, transpose},
        },
    },
};

/// Eight steps of this size are 0 modulo 2^64.
const FAR: usize = 1 << 61;

/// Nine pixels of one value each.
fn job(source: &[f32], row_stride: usize, out_row_stride: usize) -> Gather<'_> {
    Gather {
        source,
        clip: None,
        start: 0,
        taps: 1,
        tap_stride: 0,
        run: 1,
        images: 1,
        image_stride: 0,
        rows: 9,
        row_stride,
        cols: 1,
        col_stride: 1,
        weights: Weights::Rows { values: &[1.0], stride: 1 },
        bias: None,
        sums: &[],
        sums_at: Grid::default(),
        channels: 1,
        epilogue: Epilogue::Linear,
        out_start: 0,
        out_image_stride: 0,
        out_row_stride,
        out_col_stride: 1,
    }
}

#[test]
#[should_panic(expected = "the last run ends at 18446744073709551615 of 1")]
fn windows_whose_offset_overflows_are_outside_the_source() {
    gather(Family::Portable, &job(&[1.0], FAR, 1), &mut [0.0; 9]);
}

#[test]
#[should_panic(expected = "the last pixel ends at 18446744073709551615 of 9")]
fn pixels_whose_offset_overflows_are_outside_the_result() {
    gather(Family::Portable, &job(&[1.0; 9], 1, FAR), &mut [0.0; 9]);
}

#[test]
#[should_panic(expected = "values for 9")]
fn a_number_of_pixels_that_overflows_exceeds_the_result() {
    let many = Gather { images: FAR, out_row_stride: 0, ..job(&[1.0], 0, 0) };
    gather(Family::Portable, &many, &mut [0.0; 9]);
}

#[test]
#[should_panic(expected = "the last weight ends at 18446744073709551615 of 1")]
fn weights_whose_offset_overflows_are_outside_the_kernel() {
    let weights = Weights::Rows { values: &[1.0], stride: FAR };
    let job = Gather { weights, rows: 1, channels: 9, ..job(&[1.0], 1, 1) };
    gather(Family::Portable, &job, &mut [0.0; 9]);
}

#[test]
#[should_panic(expected = "the last run ends at 18446744073709551615 of 1")]
fn factors_whose_offset_overflows_are_outside_their_slices() {
    let right = [1.0; 16];
    let part = Part { images: 1, rows: 9, cols: 1, left: &[1.0], right: &right };
    let job = Outer {
        parts: &[part],
        left: Grid { row: FAR, ..Grid::default() },
        taps: 1,
        tap_stride: 0,
        run: 1,
        sum: false,
        add: false,
        right: Grid::default(),
        channels: 1,
    };
    outer(Family::Portable, &job, &mut [0.0]);
}

#[test]
#[should_panic(expected = "matrix too short")]
fn rows_to_transpose_whose_offset_overflows_are_outside_the_matrix() {
    let job = Transpose { from: &[1.0], stride: FAR, rows: 9, cols: 1, to_stride: 9 };
    transpose(Family::Portable, &job, &mut [0.0; 9]);
}

#[test]
#[should_panic(expected = "result too short")]
fn rows_to_combine_whose_offset_overflows_are_outside_the_result() {
    let terms = [(1.0, &[1.0; 9][..]); 4];
    let job = Combine { terms, start: 0, stride: 1, rows: 9, cols: 1, to_stride: FAR, add: false };
    combine(Family::Portable, &job, &mut [0.0; 9]);
}

#[test]
#[should_panic(expected = "the copies end at 18446744073709551615 of 1")]
fn copies_whose_size_overflows_exceed_the_result() {
    let size = Size::new(1, 1, 1);
    let job = Bordered { images: &[1.0], size, pitch: 8, rows: FAR, cols: 1, top: 0, left: 0 };
    bordered(Family::Portable, &job, &mut [0.0]);
}

#[test]
#[should_panic(expected = "whole images")]
fn images_whose_size_overflows_are_incomplete() {
    let lines = Lines { before: 0, bordered: 0, slots: 0, runs: &[] };
    // The number of values is 8 modulo 2^64.
    let size = Size::new(FAR + 1, 8, 1);
    let job = Expand { images: &[1.0; 8], size, rows: lines, cols: lines };
    expand(Family::Portable, &job, &mut []);
}

#[test]
#[should_panic(expected = "rows of 1 inputs")]
fn rows_whose_index_overflows_exceed_the_inputs() {
    let job = Narrow { chunks: &[(&[1.0], &[1.0])], inputs: 1, outputs: 1, first: usize::MAX };
    narrow(Family::Portable, &job, &mut [0.0]);
}
