//! The secret that pseudonyms are made with.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use super::IngestError;
use crate::knowledge::pseudonym::KEY_BYTES;

/// The name of the key in the data folder. It is not in the store, so that a store can be handed on.
const FILE_NAME: &str = "pseudonym.key";

/// A key that is kept nowhere.
pub(super) fn random() -> Result<[u8; KEY_BYTES], IngestError> {
    let path = Path::new("/dev/urandom");
    let mut key = [0; KEY_BYTES];
    File::open(path)
        .and_then(|mut random| random.read_exact(&mut key))
        .map_err(|source| IngestError::Own {
            path: path.to_owned(),
            source,
        })?;
    Ok(key)
}

/// Reads the key of a data folder; makes one where there is none.
pub(super) fn load(data_dir: &Path) -> Result<[u8; KEY_BYTES], IngestError> {
    let path = data_dir.join(FILE_NAME);
    let own = |source| IngestError::Own {
        path: path.clone(),
        source,
    };
    let mut key = [0; KEY_BYTES];
    match File::open(&path) {
        Ok(mut file) => file.read_exact(&mut key).map_err(own)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            key = random()?;
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&path)
                .map_err(own)?;
            file.write_all(&key).map_err(own)?;
        }
        Err(error) => return Err(own(error)),
    }
    Ok(key)
}
