use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, channel, sync_channel},
    },
    thread,
    time::Duration,
};

/// The most lines that wait for a slow reader. The next ones are left out and
/// counted: the ledger has them, and their `seq` shows the gap.
pub const QUEUE_LINES_MAX: usize = 4_096;

/// How long the end of a run waits for a slow reader.
const DRAIN_MAX: Duration = Duration::from_secs(2);

/// A writer that never waits. A reader that has stopped reading, such as a pager
/// left open, must not stop the controller.
#[derive(Debug)]
pub struct Background {
    queue: Option<SyncSender<Vec<u8>>>,
    drained: Receiver<()>,
    n_dropped: Arc<AtomicU64>,
}

impl Background {
    /// Starts a thread that writes to `writer`, and ends with the first error.
    pub fn new(mut writer: Box<dyn Write + Send>) -> Self {
        let (queue, lines) = sync_channel::<Vec<u8>>(QUEUE_LINES_MAX);
        let (done, drained) = channel();
        thread::spawn(move || {
            for line in lines {
                if writer
                    .write_all(&line)
                    .and_then(|()| writer.flush())
                    .is_err()
                {
                    break;
                }
            }
            // Nobody may be waiting.
            done.send(()).ok();
        });
        Self {
            queue: Some(queue),
            drained,
            n_dropped: Arc::default(),
        }
    }

    /// Returns the counter of lines that were left out.
    pub fn dropped(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.n_dropped)
    }
}

impl Write for Background {
    /// Takes all bytes at once; call it with whole lines.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let queue = self.queue.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
        match queue.try_send(bytes.to_vec()) {
            Ok(()) => Ok(bytes.len()),
            Err(TrySendError::Full(_)) => {
                self.n_dropped.fetch_add(1, Ordering::Relaxed);
                Ok(bytes.len())
            }
            Err(TrySendError::Disconnected(_)) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.queue = None;
        match self.drained.recv_timeout(DRAIN_MAX) {
            Ok(()) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => (),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::Sender;

    use super::*;

    /// Reports what it gets, after it was allowed to.
    struct Slow(Receiver<()>, Sender<Vec<u8>>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.recv().map_err(|_| io::ErrorKind::BrokenPipe)?;
            self.1.send(bytes.to_vec()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_has_stopped_stops_nobody() {
        let (allow, allowed) = channel();
        let (report, reports) = channel();
        let mut background = Background::new(Box::new(Slow(allowed, report)));
        let n_lines = QUEUE_LINES_MAX as u64 + 10;
        for n in 0..n_lines {
            background.write_all(&n.to_le_bytes()).unwrap();
        }
        let n_dropped = background.dropped().load(Ordering::Relaxed);
        assert!((9..=10).contains(&n_dropped), "{n_dropped}");
        for _ in n_dropped..n_lines {
            allow.send(()).unwrap();
        }
        drop(background);
        assert_eq!(n_lines - n_dropped, reports.iter().count() as u64);
    }

    #[test]
    fn a_reader_that_is_gone_is_an_error_of_the_next_line() {
        let (allow, allowed) = channel();
        let (report, _reports) = channel();
        drop(allow);
        let mut background = Background::new(Box::new(Slow(allowed, report)));
        background.write_all(b"first\n").unwrap();
        background.drained.recv().unwrap();
        let error = background.write_all(b"second\n").unwrap_err();
        assert_eq!(io::ErrorKind::BrokenPipe, error.kind());
    }
}
