//! A door between the program and the engine that can be shut.

use std::{
    io::copy,
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use crate::harness::Outcome;

/// A socket that leads to the engine's.
pub(crate) struct Door {
    address: String,
    inside: Arc<Mutex<Inside>>,
}

#[derive(Default)]
struct Inside {
    is_shut: bool,
    passing: Vec<UnixStream>,
}

impl Door {
    /// Opens one at `path`.
    pub(crate) fn open(path: &Path) -> Outcome<Door> {
        let listener = UnixListener::bind(path)?;
        let inside = Arc::<Mutex<Inside>>::default();
        let door = Door {
            address: format!("unix://{}", path.display()),
            inside: Arc::clone(&inside),
        };
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let mut inside = lock(&inside);
                if !inside.is_shut
                    && let Ok(engine) = engine()
                {
                    pass(&stream, &engine);
                    inside.passing.extend([stream, engine]);
                }
            }
        });
        Ok(door)
    }

    /// For DOCKER_HOST.
    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    /// Ends what passes and lets nothing more through.
    pub(crate) fn shut(&mut self) {
        let mut inside = lock(&self.inside);
        inside.is_shut = true;
        for stream in inside.passing.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Lets through again.
    pub(crate) fn open_again(&mut self) {
        lock(&self.inside).is_shut = false;
    }
}

fn lock(inside: &Mutex<Inside>) -> MutexGuard<'_, Inside> {
    inside.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the `docker` command goes as well.
fn engine() -> std::io::Result<UnixStream> {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    UnixStream::connect(
        host.strip_prefix("unix://")
            .unwrap_or("/var/run/docker.sock"),
    )
}

/// Both ways, until either side ends.
fn pass(one: &UnixStream, other: &UnixStream) {
    for (from, to) in [(one, other), (other, one)] {
        if let (Ok(mut from), Ok(mut to)) = (from.try_clone(), to.try_clone()) {
            thread::spawn(move || {
                let _ = copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Both);
                let _ = from.shutdown(Shutdown::Both);
            });
        }
    }
}
