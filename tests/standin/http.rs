//! A small HTTP/1.1 client: one request, one connection, a time limit.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

/// The most that is read of an answer, in bytes.
const ANSWER_MAX: u64 = 64 * 1024;

/// One request.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// `http://host:port/path`.
    pub(crate) url: &'a str,
    /// Whole header lines without their ends.
    pub(crate) headers: &'a [String],
    pub(crate) body: &'a str,
}

/// Sends the request. Returns the status code and the body.
pub(crate) async fn send(request: Request<'_>, limit: Duration) -> io::Result<(u16, String)> {
    timeout(limit, exchange(request))
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

async fn exchange(request: Request<'_>) -> io::Result<(u16, String)> {
    let rest = request
        .url
        .strip_prefix("http://")
        .ok_or_else(|| invalid("the address must begin with http://"))?;
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut head = format!(
        "{} /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n",
        request.method,
        request.body.len(),
    );
    for header in request.headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    let mut stream = TcpStream::connect(address).await?;
    stream
        .write_all(format!("{head}\r\n{}", request.body).as_bytes())
        .await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_MAX).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| invalid("the answer is not HTTP"))?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status, body.to_owned()))
}

fn invalid(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}
