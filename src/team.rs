//! Work in short phases, shared among the threads of a pool.

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

/// How often a waiting thread looks before it lets others of the machine have its processor.
const LOOKS: usize = 64;

thread_local! {
    /// Whether this thread is a member of a team.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// Calls `work` on each of `items` with its index, on the threads of the current rayon pool, and
/// returns when all are done. Each thread begins with its own part of the items, the same at every call,
/// so that what it left in its cache is there; when that is done it takes from the others' ends.
///
/// A training step is a few such phases, one after another, of some 10 to some 1000 microseconds. A
/// thread that has nothing left to take keeps looking, where rayon's go to sleep at once: a processor
/// that slept takes long to wake, and computes more slowly for a while.
///
/// Within `work`, another call stays on its thread.
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
        // Whoever panicked did so outside of the lock, in `work`.
        parts[index % threads].lock().unwrap_or_else(PoisonError::into_inner)
    };
    let member = || {
        // Whoever waits inside `work` may be given this to do, and would then wait for itself.
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

/// Runs `member` on up to so many threads at once, this one among them.
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

/// While it lives, its thread is a member.
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

/// Counts an item down, also when its work panics, so that nobody waits for it.
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
    fn whoever_is_done_takes_over_from_the_others() {
        let together = Barrier::new(2);
        // Both are part of the first half, which is one thread's.
        pool(2).install(|| {
            share(&mut [(); 10], |index, ()| {
                if index == 0 || index == 4 {
                    together.wait();
                }
            });
        });
    }

    #[test]
    fn a_panic_is_passed_on_and_leaves_nobody_waiting() {
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
            // The thread that is left finds its team's second half, which nobody else could take.
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
