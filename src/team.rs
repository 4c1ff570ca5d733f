//! Shares short phases of work among the threads of a pool.

use smallvec::SmallVec;
use std::{
    cell::Cell,
    hint, iter,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// How many times a waiting thread spins before it yields its core.
const LOOKS: usize = 64;

thread_local! {
    /// Whether this thread is working in a team.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// Calls `work` on each of `items` with its index, on the threads of the current rayon pool, and returns when
/// all are done. Each thread starts with its own part of the items, the same in every call, so that it finds
/// its data in its cache; then it steals from the ends of the other parts.
///
/// A training step consists of a few such phases in sequence, each of about 10 to 1000 microseconds. Idle
/// threads spin until the phase ends, where rayon's would go to sleep at once: a core that slept takes long
/// to wake and is slower for a while.
///
/// A nested call within `work` stays on its thread.
///
/// # Panics
/// When `work` does.
pub fn share<T: Send>(items: &mut [T], work: impl Fn(usize, &mut T) + Sync) {
    if BUSY.get() {
        return items.iter_mut().enumerate().for_each(|(index, item)| work(index, item));
    }
    let len = items.len();
    let threads = rayon::current_num_threads().min(len);
    let unfinished = AtomicUsize::new(len);
    let mut rest = items;
    let part = |thread| {
        let range = thread * len / threads..(thread + 1) * len / threads;
        let items = rest.split_off_mut(..range.len()).expect("the parts are as long as the items");
        Mutex::new(range.zip(items))
    };
    let parts: SmallVec<[_; 16]> = (0..threads).map(part).collect();
    let lock = |index: usize| {
        // `work` runs outside of the lock, so a panic does not leave it inconsistent.
        parts[index % threads].lock().unwrap_or_else(PoisonError::into_inner)
    };
    let member = || {
        // A thread that waits inside `work` may steal this job from rayon, and would then wait for itself.
        let Some(_busy) = Busy::begin() else { return };
        let own = rayon::current_thread_index().unwrap_or(0);
        let next = || {
            let mine = lock(own).next();
            mine.or_else(|| (own + 1..own + threads).find_map(|other| lock(other).next_back()))
        };
        for (index, item) in iter::from_fn(next) {
            let _finished = Finished(&unfinished);
            work(index, item);
        }
        for look in 1.. {
            match unfinished.load(Ordering::Acquire) {
                0 => break,
                _ if look % LOOKS == 0 => thread::yield_now(),
                _ => hint::spin_loop(),
            }
        }
    };
    team(threads, &member);
}

/// Runs `member` on up to `threads` threads at once, including this one.
fn team(threads: usize, member: &(impl Fn() + Sync)) {
    match threads {
        0 => {}
        1 => member(),
        _ => {
            let others = threads / 2;
            rayon::join(|| team(threads - others, member), || team(others, member));
        }
    }
}

/// Marks its thread as working in a team while it lives.
struct Busy;

impl Busy {
    fn begin() -> Option<Self> {
        (!BUSY.replace(true)).then_some(Self)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        BUSY.set(false);
    }
}

/// Counts an item as finished when dropped, even by a panic, so that no thread waits for it forever.
struct Finished<'a>(&'a AtomicUsize);

impl Drop for Finished<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::share;
    use proptest::prelude::*;
    use rayon::{ThreadPool, ThreadPoolBuilder};
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::Barrier,
    };

    fn pool(threads: usize) -> ThreadPool {
        ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn each_item_is_worked_on_once_under_its_index(len in 0..40_usize, threads in 1..6_usize) {
            let mut items = vec![Vec::new(); len];
            pool(threads).install(|| share(&mut items, |index, item| item.push(index)));
            prop_assert_eq!(items, (0..len).map(|index| vec![index]).collect::<Vec<_>>());
        }
    }

    #[test]
    fn threads_work_at_the_same_time_each_on_its_own_part() {
        let together = Barrier::new(2);
        let mut threads = [None; 2];
        for _ in 0..100 {
            pool(2).install(|| {
                share(&mut threads, |_, thread| {
                    together.wait();
                    *thread = rayon::current_thread_index();
                });
            });
            assert_eq!(threads, [Some(0), Some(1)]);
        }
    }

    #[test]
    fn a_thread_that_is_done_steals_from_the_others() {
        let together = Barrier::new(2);
        // Both items are in the first half, which belongs to one thread.
        pool(2).install(|| {
            share(&mut [(); 10], |index, ()| {
                if index == 0 || index == 4 {
                    together.wait();
                }
            });
        });
    }

    #[test]
    fn a_panic_is_propagated_and_leaves_no_thread_waiting() {
        let pool = pool(3);
        for bad in 0..6 {
            let work = |index, (): &mut ()| assert_ne!(index, bad);
            let result =
                catch_unwind(AssertUnwindSafe(|| pool.install(|| share(&mut [(); 6], work))));
            assert!(result.is_err(), "{bad}");
        }
        pool.install(|| share(&mut [(); 6], |_, ()| {}));
    }

    #[test]
    fn work_that_does_other_work_of_the_pool_does_not_wait_for_itself() {
        let pool = pool(2);
        let (occupied, free) = (Barrier::new(2), Barrier::new(2));
        let mut rows = [[0; 5]; 4];
        pool.in_place_scope(|scope| {
            scope.spawn(|_| {
                occupied.wait();
                free.wait();
            });
            occupied.wait();
            // The only free thread finds the second half of its team, which no other thread can take.
            pool.install(|| {
                share(&mut rows, |i, row| {
                    rayon::yield_now();
                    share(row, |j, cell| *cell = 10 * i + j);
                });
            });
            free.wait();
        });
        assert_eq!(rows[3], [30, 31, 32, 33, 34]);
    }
}
