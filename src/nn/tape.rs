//! The tape of a pass: an implementation of dfdx's [`Tape`] that reuses its boxes.
//!
//! dfdx's own tape allocates a box for each operation. This one reuses the boxes of the thread's last pass
//! wherever the same kind of operation was at the same position.

use dfdx::tensor::{Cpu, CpuError, Gradients, Merge, NoneTape, Tape};
use std::{any::Any, cell::RefCell, mem};

/// A slot for an operation of one kind.
trait Slot: Any {
    /// Runs the operation if there is one, and empties the slot.
    fn run(&mut self, gradients: &mut Gradients<f32, Cpu>) -> Result<(), CpuError>;

    /// Empties the slot.
    fn clear(&mut self);
}

impl<F> Slot for Option<F>
where
    F: 'static + FnOnce(&mut Gradients<f32, Cpu>) -> Result<(), CpuError>,
{
    fn run(&mut self, gradients: &mut Gradients<f32, Cpu>) -> Result<(), CpuError> {
        self.take().map_or(Ok(()), |operation| operation(gradients))
    }

    fn clear(&mut self) {
        *self = None;
    }
}

thread_local! {
    static SLOTS: RefCell<Vec<Box<dyn Slot>>> = const { RefCell::new(Vec::new()) };
}

/// The backward operations of a pass, in the order in which they were recorded.
///
/// A new tape is empty and reuses the boxes of the last one that this thread dropped.
pub struct PassTape {
    slots: Vec<Box<dyn Slot>>,
    /// The number of slots that hold an operation of this pass.
    len: usize,
}

impl PassTape {
    /// Runs all operations in reverse order.
    pub(super) fn run(mut self, gradients: &mut Gradients<f32, Cpu>) -> Result<(), CpuError> {
        self.slots.iter_mut().take(self.len).rev().try_for_each(|slot| slot.run(gradients))
    }
}

impl Default for PassTape {
    fn default() -> Self {
        Self { slots: SLOTS.take(), len: 0 }
    }
}

impl Drop for PassTape {
    fn drop(&mut self) {
        // Operations that did not run still own tensors of the pass.
        self.slots.iter_mut().take(self.len).for_each(|slot| slot.clear());
        SLOTS.set(mem::take(&mut self.slots));
    }
}

impl Tape<f32, Cpu> for PassTape {
    const OWNS_TAPE: bool = true;

    fn add_backward_op<F>(&mut self, operation: F)
    where
        F: 'static + FnOnce(&mut Gradients<f32, Cpu>) -> Result<(), CpuError>,
    {
        if let Some(slot) = self.slots.get_mut(self.len) {
            let place: &mut dyn Any = &mut **slot;
            match place.downcast_mut::<Option<F>>() {
                Some(place) => *place = Some(operation),
                None => *slot = Box::new(Some(operation)),
            }
        } else {
            self.slots.push(Box::new(Some(operation)));
        }
        self.len += 1;
    }
}

impl Merge<NoneTape> for PassTape {
    fn merge(self, _: NoneTape) -> Self {
        self
    }
}

impl Merge<Self> for PassTape {
    /// Appends the operations of `other`; those of one tape must not depend on those of the other.
    fn merge(mut self, mut other: Self) -> Self {
        self.slots.truncate(self.len);
        let len = mem::take(&mut other.len);
        self.slots.extend(other.slots.drain(..len));
        self.len += len;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{cell::Cell, rc::Rc};

    /// Records an operation that appends `number` to `ran`.
    fn record(tape: &mut PassTape, ran: &Rc<RefCell<Vec<u32>>>, number: u32) {
        let ran = Rc::clone(ran);
        tape.add_backward_op(move |_| {
            ran.borrow_mut().push(number);
            Ok(())
        });
    }

    /// Records an operation of another kind that fails.
    fn record_failure(tape: &mut PassTape) {
        tape.add_backward_op(|_| Err(CpuError::OutOfMemory));
    }

    fn places(tape: &PassTape) -> Vec<*const ()> {
        tape.slots.iter().map(|slot| (&raw const **slot).cast()).collect()
    }

    #[test]
    fn operations_run_in_reverse_order_in_the_boxes_of_the_last_pass() {
        let ran = Rc::default();
        let mut boxes = Vec::new();
        for pass in 0..3 {
            let mut tape = PassTape::default();
            (0..4).for_each(|i| record(&mut tape, &ran, 10 * pass + i));
            boxes.push(places(&tape));
            tape.run(&mut Gradients::leaky()).unwrap();
        }
        assert_eq!(*ran.borrow(), [3, 2, 1, 0, 13, 12, 11, 10, 23, 22, 21, 20]);
        assert_eq!([&boxes[1], &boxes[2]], [&boxes[0]; 2]);
    }

    #[test]
    fn a_shorter_pass_runs_nothing_of_a_longer_one_and_another_kind_of_operation_gets_a_new_box() {
        let ran = Rc::default();
        let mut tape = PassTape::default();
        (0..3).for_each(|i| record(&mut tape, &ran, i));
        drop(tape);
        let mut tape = PassTape::default();
        record(&mut tape, &ran, 7);
        record_failure(&mut tape);
        assert!(tape.run(&mut Gradients::leaky()).is_err());
        assert!(ran.borrow().is_empty(), "the failure comes first");
        let mut tape = PassTape::default();
        record(&mut tape, &ran, 8);
        record(&mut tape, &ran, 9);
        tape.run(&mut Gradients::leaky()).unwrap();
        assert_eq!(*ran.borrow(), [9, 8]);
    }

    #[test]
    fn dropping_the_tape_drops_operations_that_did_not_run() {
        struct Noisy(Rc<Cell<u32>>);
        impl Drop for Noisy {
            fn drop(&mut self) {
                self.0.set(self.0.get() + 1);
            }
        }
        let dropped = Rc::new(Cell::new(0));
        let mut tape = PassTape::default();
        let held = Noisy(Rc::clone(&dropped));
        tape.add_backward_op(move |_| {
            let _held = held;
            Ok(())
        });
        drop(tape);
        assert_eq!(dropped.get(), 1);
    }

    #[test]
    fn merged_tapes_run_one_after_the_other() {
        let ran = Rc::default();
        let (mut one, mut other) = (PassTape::default(), PassTape::default());
        record(&mut one, &ran, 1);
        record(&mut other, &ran, 2);
        one.merge(other).merge(NoneTape).run(&mut Gradients::leaky()).unwrap();
        assert_eq!(*ran.borrow(), [2, 1]);
    }
}
