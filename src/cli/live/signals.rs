use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// A wish to stop, which can be asked for again and again.
#[derive(Clone, Debug)]
pub(in crate::cli) struct StopWish(watch::Receiver<bool>);

impl StopWish {
    /// Listens to SIGINT (Ctrl-C), SIGTERM and SIGHUP from now on.
    pub(in crate::cli) fn listen() -> std::io::Result<Self> {
        let (wish, seen) = watch::channel(false);
        for kind in [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ] {
            let mut signal = signal(kind)?;
            let wish = wish.clone();
            tokio::spawn(async move {
                if signal.recv().await.is_some() {
                    // Nobody listens any more: then everything has stopped already.
                    let _ = wish.send(true);
                }
            });
        }
        Ok(Self(seen))
    }

    /// Resolves when somebody wants us to stop.
    pub(in crate::cli) async fn wished(&self) {
        let mut seen = self.0.clone();
        if seen.wait_for(|&wish| wish).await.is_err() {
            std::future::pending().await
        }
    }

    /// Whether somebody wants us to stop.
    pub(in crate::cli) fn is_wished(&self) -> bool {
        *self.0.borrow()
    }
}
