//! A server that is started here, beside the stack: the bare one, and short-lived replicas of url-service.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::cores::Cores;
use crate::error::LoadError;

/// How long a server may take to be ready, and to end.
const LIMIT: Duration = Duration::from_secs(30);
/// How often a condition is looked at again: small against what is measured.
const POLL: Duration = Duration::from_millis(1);

/// A process on the server's core. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
}

impl Server {
    /// Starts `program`, which writes to `log`, on the server's core.
    pub(crate) fn start<'a>(
        program: &Path,
        arguments: &[String],
        environment: impl IntoIterator<Item = (&'a str, &'a str)>,
        log: &Path,
        cores: &Cores,
    ) -> Result<Self, LoadError> {
        if !program.is_file() {
            return Err(LoadError::NotBuilt(program.to_owned()));
        }
        let opened = File::create(log).and_then(|file| Ok((file.try_clone()?, file)));
        let (output, errors) = opened.map_err(LoadError::system(format!("write {}", log.display())))?;
        let mut command = Command::new(program);
        command.env_clear().envs(environment).args(arguments);
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        let _on_core = cores.enter_server_core()?;
        let child = command.spawn().map_err(LoadError::system(format!("start {}", program.display())))?;
        Ok(Self { child })
    }

    /// The process id.
    pub(crate) fn pid(&self) -> i32 {
        Pid::from_child(&self.child).as_raw_nonzero().get()
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) fn stop(mut self) -> Result<(), LoadError> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)
            .map_err(LoadError::system("stop a server"))?;
        wait_until("a server that was told to stop", Path::new(""), || {
            self.child.try_wait().is_ok_and(|status| status.is_some()).then_some(())
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Looks again and again until `condition` yields something; a failure quotes the end of `log`.
pub(crate) fn wait_until<T>(
    server: &'static str,
    log: &Path,
    mut condition: impl FnMut() -> Option<T>,
) -> Result<T, LoadError> {
    let begun = Instant::now();
    loop {
        if let Some(value) = condition() {
            return Ok(value);
        }
        if begun.elapsed() >= LIMIT {
            let words = fs::read_to_string(log).unwrap_or_default();
            let words = words.lines().last().unwrap_or("none").to_owned();
            return Err(LoadError::NotReady { server, seconds: LIMIT.as_secs(), words });
        }
        std::thread::sleep(POLL);
    }
}

/// Whether `GET path` is answered with 200.
pub(crate) fn answers(address: SocketAddr, path: &str) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(LIMIT))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        std::io::Result::Ok(answer)
    };
    ask().is_ok_and(|answer| &answer == b"HTTP/1.1 200")
}

/// A port on loopback that nobody listens on.
pub(crate) fn free_port() -> Result<u16, LoadError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    Ok(listener.map_err(LoadError::system("find a free port"))?.port())
}
