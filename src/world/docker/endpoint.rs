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

/// A text that names no place where an engine can be asked.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no engine address (unix:///run/docker.sock, tcp://host:2375; ssh:// needs a tunnel)"
)]
pub struct ParseEndpointError(String);

impl Endpoint {
    /// The engine's own default place.
    pub const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

    /// Reads the text form that `DOCKER_HOST` has. `cert_path` is the folder of the
    /// certificates, where the connection is to be encrypted.
    ///
    /// # Errors
    ///
    /// Fails for other schemes than `unix`, `tcp`, `http` and `https`.
    pub fn parse(host: &str, cert_path: Option<PathBuf>) -> Result<Self, ParseEndpointError> {
        if host.contains('@') {
            // It may stand behind a password, so nothing of it is repeated.
            return Err(ParseEndpointError("…@…".to_owned()));
        }
        let error = || ParseEndpointError(host.chars().take(200).collect());
        let (scheme, rest) = host.split_once("://").ok_or_else(error)?;
        if rest.is_empty() {
            return Err(error());
        }
        match (scheme, cert_path) {
            ("unix", _) => Ok(Self::Unix(rest.into())),
            ("tcp" | "https", Some(cert_path)) => Ok(Self::Tls {
                url: format!("tcp://{rest}"),
                cert_path,
            }),
            ("tcp" | "http", _) => Ok(Self::Tcp(format!("tcp://{rest}"))),
            _ => Err(error()),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_docker_host_are_read() {
        let certs = || Some(PathBuf::from("/certs"));
        check("unix:///run/docker.sock", None, "unix:///run/docker.sock");
        check(
            "unix:///run/docker.sock",
            certs(),
            "unix:///run/docker.sock",
        );
        check("tcp://10.0.0.7:2375", None, "tcp://10.0.0.7:2375");
        check("http://10.0.0.7:2375", None, "tcp://10.0.0.7:2375");
        check("tcp://10.0.0.7:2376", certs(), "tcp://10.0.0.7:2376");
    }

    #[test]
    fn certificates_make_it_encrypted() {
        let encrypted = Endpoint::parse("tcp://h:2376", Some("/certs".into())).unwrap();
        assert!(matches!(encrypted, Endpoint::Tls { .. }));
        let open = Endpoint::parse("tcp://h:2375", None).unwrap();
        assert!(matches!(open, Endpoint::Tcp(_)));
    }

    #[test]
    fn other_places_are_refused_by_name() {
        for raw in [
            "",
            "ssh://me@host",
            "npipe://x",
            "/run/docker.sock",
            "unix://",
        ] {
            assert!(Endpoint::parse(raw, None).is_err(), "{raw}");
        }
        assert!(Endpoint::parse("https://h:2376", None).is_err());
    }

    #[track_caller]
    fn check(raw: &str, cert_path: Option<PathBuf>, expected: &str) {
        let endpoint = Endpoint::parse(raw, cert_path).unwrap();
        assert_eq!(expected, endpoint.to_string());
    }
}
