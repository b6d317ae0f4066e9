use std::{fmt, path::PathBuf};

/// Where the engine listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A socket on this host.
    Unix(PathBuf),
    /// `tcp://HOST:PORT`, without encryption.
    Tcp(String),
    /// `tcp://HOST:PORT`, with the client's `cert.pem`, `key.pem` and `ca.pem` in a
    /// folder.
    Tls {
        /// The address.
        url: String,
        /// The folder of the three files.
        cert_path: PathBuf,
    },
}

impl Endpoint {
    /// The engine's own default place.
    pub const DEFAULT_SOCKET: &str = "/var/run/docker.sock";
}

impl Default for Endpoint {
    fn default() -> Self {
        Self::Unix(Self::DEFAULT_SOCKET.into())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Unix(path) => write!(f, "unix://{}", path.display()),
            Endpoint::Tcp(url) | Endpoint::Tls { url, .. } => f.write_str(url),
        }
    }
}
