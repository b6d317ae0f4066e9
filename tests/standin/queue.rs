//! The event queue: a Redis list, as in WiCAP.

use std::time::Duration;

use redis::{AsyncCommands as _, aio::MultiplexedConnection};
use tokio::time::timeout;

/// The list that the scout pushes to and the processor pops from.
const KEY: &str = "wicap:events";

/// How many events the processor takes at once.
const BATCH: usize = 100;

/// How long one call may take.
const LIMIT: Duration = Duration::from_secs(2);

/// A queue that connects when it is used, and again after a failure.
pub(crate) struct Queue {
    url: String,
    connection: Option<MultiplexedConnection>,
}

impl Queue {
    /// `WICAP_REDIS_URL`, else the port that WiCAP uses.
    pub(crate) fn from_environment() -> Queue {
        let url = std::env::var("WICAP_REDIS_URL")
            .unwrap_or_else(|_| "redis://localhost:6380/0".to_owned());
        Queue {
            url,
            connection: None,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn push(&mut self, event: String) -> Result<(), String> {
        self.call(async |mut redis| redis.lpush(KEY, event).await)
            .await
    }

    pub(crate) async fn pop(&mut self) -> Result<Vec<String>, String> {
        let count = std::num::NonZeroUsize::new(BATCH);
        self.call(async |mut redis| redis.rpop::<_, Option<Vec<String>>>(KEY, count).await)
            .await
            .map(Option::unwrap_or_default)
    }

    pub(crate) async fn depth(&mut self) -> Result<u64, String> {
        self.call(async |mut redis| redis.llen(KEY).await).await
    }

    /// One call within its limit; a failure drops the connection and reads as Python says it.
    async fn call<T>(
        &mut self,
        command: impl AsyncFnOnce(MultiplexedConnection) -> redis::RedisResult<T>,
    ) -> Result<T, String> {
        let exchange = async {
            let connection = match self.connection.take() {
                Some(connection) => connection,
                None => {
                    redis::Client::open(self.url.as_str())?
                        .get_multiplexed_async_connection()
                        .await?
                }
            };
            let answer = command(connection.clone()).await?;
            self.connection = Some(connection);
            Ok::<T, redis::RedisError>(answer)
        };
        match timeout(LIMIT, exchange).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) if error.is_connection_refusal() => Err(format!(
                "Error 111 connecting to {}. Connection refused.",
                self.address()
            )),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("Timeout reading from {}", self.address())),
        }
    }

    fn address(&self) -> &str {
        let rest = self.url.strip_prefix("redis://").unwrap_or(&self.url);
        rest.split('/').next().unwrap_or(rest)
    }
}
