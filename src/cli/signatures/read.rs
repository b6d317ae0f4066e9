//! Bytes of logs, whatever they are packed in.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

use crate::knowledge::signature::Framer;

/// How many bytes are read at a time.
const CHUNK_BYTES: usize = 1 << 18;

/// A progress bar when stderr is a terminal.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A bar over the bytes of the files.
    pub(super) fn new(files: &[PathBuf]) -> Self {
        if !io::stderr().is_terminal() {
            return Self { bar: None };
        }
        let total = files.iter().filter_map(|path| path.metadata().ok()).map(|meta| meta.len()).sum();
        let bar = ProgressBar::new(total);
        let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self { bar: Some(bar) }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn add(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
        }
    }
}

/// A reader that tells the progress what it read.
struct Counted<'a, R> {
    inner: R,
    progress: &'a Progress,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.progress.add(n as u64);
        Ok(n)
    }
}

/// What a read line is handed to: the index of its file, and the line.
pub(super) type Each<'a> = dyn FnMut(usize, &[u8]) + 'a;

/// Hands every line of every file to `each`, with the index of its file.
pub(super) fn read_files(files: &[PathBuf], progress: &Progress, each: &mut Each<'_>) -> anyhow::Result<()> {
    for (index, path) in files.iter().enumerate() {
        read_file(path, progress, &mut |line| each(index, line))?;
    }
    Ok(())
}

/// Hands every line of one file to `each`.
pub(super) fn read_file(path: &Path, progress: &Progress, each: &mut dyn FnMut(&[u8])) -> anyhow::Result<()> {
    let mut source = open(path, progress)?;
    let mut framer = Framer::new();
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        let n = match source.read(&mut buffer) {
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", path.display())),
        };
        if n == 0 {
            break;
        }
        framer.feed(&buffer[..n], &mut *each);
    }
    framer.finish(each);
    Ok(())
}

/// Opens a file by what it begins with: gzip, zstd, or plain.
fn open<'a>(path: &Path, progress: &'a Progress) -> anyhow::Result<Box<dyn Read + 'a>> {
    let mut plain: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).with_context(|| format!("cannot open `{}`", path.display()))?)
    };
    let mut magic = Vec::new();
    plain
        .by_ref()
        .take(4)
        .read_to_end(&mut magic)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    let is_gzip = magic.starts_with(&[0x1f, 0x8b]);
    let is_zstd = magic.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
    let whole = Counted { inner: io::Cursor::new(magic).chain(plain), progress };
    if is_gzip {
        return Ok(Box::new(flate2::read::MultiGzDecoder::new(whole)));
    }
    if is_zstd {
        let decoder = zstd::stream::read::Decoder::new(whole)
            .with_context(|| format!("cannot unpack `{}`", path.display()))?;
        return Ok(Box::new(decoder));
    }
    Ok(Box::new(whole))
}
