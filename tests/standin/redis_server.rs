//! The launcher of a real Redis server: PID 1 of its container.

use std::{
    process::{Child, Command, ExitCode},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;

use crate::{faults::Fault, lifecycle::Service, lines};

/// How often the server and its switch are looked at.
const POLL: Duration = Duration::from_millis(100);

/// Runs the server until it ends or `redis_down` ends it.
///
/// While `redis_down` is set no server is started: the container exits, or with `stay=1` runs on
/// without one, which the engine calls `running`.
pub(crate) async fn supervise(service: Service, command: Vec<String>) -> ExitCode {
    loop {
        match service.fault(Fault::RedisDown) {
            Some(switch) if switch.param("stay", 0) == 1 => sleep(POLL).await,
            Some(_) => {
                if let Some(code) = service.doomed(Fault::RedisDown).await {
                    return code;
                }
            }
            None => match Server::start(&command) {
                Ok(server) => {
                    if let Some(code) = until_down(&service, server).await {
                        return code;
                    }
                }
                Err(error) => {
                    lines::err(&format!("cannot start `{}`: {error}", command.join(" ")));
                    return ExitCode::from(127);
                }
            },
        }
    }
}

/// The server's own exit code, or `None` when `redis_down` was set first.
async fn until_down(service: &Service, mut server: Server) -> Option<ExitCode> {
    while service.fault(Fault::RedisDown).is_none() {
        if let Some(code) = server.exit_code() {
            return Some(code);
        }
        sleep(POLL).await;
    }
    None
}

/// A running server. Dropping it asks it to end and waits: the launcher forwards SIGTERM so.
struct Server(Child);

impl Server {
    fn start(command: &[String]) -> std::io::Result<Server> {
        let (program, arguments) = command
            .split_first()
            .expect("the command line demands at least one word");
        Command::new(program).args(arguments).spawn().map(Server)
    }

    fn exit_code(&mut self) -> Option<ExitCode> {
        let status = self.0.try_wait().ok().flatten()?;
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        Some(ExitCode::from(code.unwrap_or(1)))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(pid) = Pid::from_raw(self.0.id().cast_signed())
            && matches!(self.0.try_wait(), Ok(None))
        {
            let _ = kill_process(pid, Signal::TERM);
            let _ = self.0.wait();
        }
    }
}
