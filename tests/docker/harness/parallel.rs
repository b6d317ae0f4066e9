//! How many stacks run at a time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Two stacks are four containers each: as much as two cores start without slowing health checks
/// down.
const STACKS_MAX: usize = 2;

static RUNNING: Mutex<usize> = Mutex::new(0);
static ENDED: Condvar = Condvar::new();

/// The right to run one stack; given back when it is dropped.
pub(super) struct Slot(());

impl Slot {
    /// Waits until fewer than the most are running.
    pub(super) fn take() -> Slot {
        let mut running = lock();
        while *running >= STACKS_MAX {
            running = ENDED.wait(running).unwrap_or_else(PoisonError::into_inner);
        }
        *running += 1;
        Slot(())
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        *lock() -= 1;
        ENDED.notify_one();
    }
}

fn lock() -> MutexGuard<'static, usize> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}
