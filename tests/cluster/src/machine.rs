//! One machine of the cluster: a network, a mount and a process namespace with an init of its own.
//!
//! The kernel does the cleaning. When the init dies, every process of the namespace dies with it; with the last one go the
//! mounts, the interfaces and the rules. The init dies when this process does, however it ends.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::ClusterError;
use crate::wait::until;

/// How long a program may take to end when it is told to.
const END: Duration = Duration::from_secs(30);

/// A program that lives as long as the machine, and how to start it again.
#[derive(Debug)]
struct Program {
    name: String,
    path: OsString,
    arguments: Vec<OsString>,
    /// `nsenter`, which waits for the program.
    child: Child,
}

/// A running machine.
#[derive(Debug)]
pub(crate) struct Machine {
    /// `unshare`, whose death takes the init with it; none when another process holds the machine.
    holder: Option<Child>,
    init: u32,
    logs: PathBuf,
    search_path: String,
    programs: Vec<Program>,
}

impl Machine {
    /// Starts a machine whose init is `pause`; its programs' logs go to `logs`.
    pub(crate) fn start(
        name: &'static str,
        pause: &Path,
        logs: &Path,
        search_path: String,
    ) -> Result<Self, ClusterError> {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "unshare", "--net", "--mount", "--pid", "--fork"]);
        command.args(["--kill-child=KILL", "--mount-proc"]).arg(pause);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let failed = |source| ClusterError::Run { program: "unshare".to_owned(), source };
        let holder = command.spawn().map_err(failed)?;
        let id = holder.id();
        let mut machine = Self::attach(0, logs, search_path);
        machine.holder = Some(holder);
        machine.init = wait_for_init(name, id)?;
        // What pods mount has to be seen by the kubelet, inside this namespace only.
        machine.run("mount", ["--make-rshared", "/"])?;
        machine.run("mount", ["-t", "tmpfs", "tmpfs", "/run"])?;
        machine.ip(&["link", "set", "lo", "up"])?;
        Ok(machine)
    }

    /// A machine that another process holds, by its init.
    pub(crate) fn attach(init: u32, logs: &Path, search_path: String) -> Self {
        Self { holder: None, init, logs: logs.to_owned(), search_path, programs: Vec::new() }
    }

    /// The process whose namespaces these are.
    pub(crate) fn init(&self) -> u32 {
        self.init
    }

    /// A command that will run on this machine.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.init.to_string(), "--net", "--mount", "--pid", "--"]);
        command.arg(program).env("PATH", &self.search_path);
        command
    }

    /// Runs `ip` on this machine's network, with this process's view of everything else: it names other machines by
    /// their processes.
    pub(crate) fn ip(&self, arguments: &[&str]) -> Result<(), ClusterError> {
        let target = self.init.to_string();
        let mut command = Command::new("nsenter");
        command.args(["--target", &target, "--net", "--", "ip"]).args(arguments);
        run(&mut command).map(drop)
    }

    /// Runs a program to its end and returns what it printed.
    pub(crate) fn run<A: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<String, ClusterError> {
        run(self.command(program).args(arguments))
    }

    /// Starts a program that lives as long as the machine; its log is `<name>.log`.
    pub(crate) fn spawn<A: AsRef<OsStr>>(
        &mut self,
        name: &str,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Result<(), ClusterError> {
        let arguments: Vec<_> = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        let path = program.as_ref().to_owned();
        let child = self.launch(name, &path, &arguments)?;
        self.programs.push(Program { name: name.to_owned(), path, arguments, child });
        Ok(())
    }

    fn launch(&self, name: &str, program: &OsStr, arguments: &[OsString]) -> Result<Child, ClusterError> {
        let path = self.log(name);
        let log = File::options().create(true).append(true).open(&path);
        let log = log.map_err(ClusterError::file("write", &path))?;
        let errors = log.try_clone().map_err(ClusterError::file("write", &path))?;
        let mut command = self.command(program);
        command.args(arguments).stdin(Stdio::null()).stdout(log).stderr(errors);
        command.spawn().map_err(|source| ClusterError::Run { program: name.to_owned(), source })
    }

    /// Sends a signal to a program.
    pub(crate) fn signal(&self, name: &str, signal: Signal) -> Result<(), ClusterError> {
        let nsenter = self.program(name)?.child.id();
        let failed = |answer: String| ClusterError::Answer { what: format!("a signal to {name}"), answer };
        let process = child_of(nsenter).map_err(failed)?;
        let send = |process: u32| {
            let process = i32::try_from(process).ok().and_then(Pid::from_raw);
            let process = process.ok_or_else(|| failed("no process".to_owned()))?;
            kill_process(process, signal).map_err(|error| failed(error.to_string()))
        };
        // nsenter halts itself when its program is halted.
        if signal == Signal::CONT {
            send(nsenter)?;
        }
        send(process)
    }

    /// Ends a program with a signal and waits until it has ended.
    pub(crate) fn end(&mut self, name: &str, signal: Signal) -> Result<(), ClusterError> {
        self.signal(name, signal)?;
        let program = self.programs.iter_mut().find(|program| program.name == name);
        let Some(program) = program else { return Ok(()) };
        until(&format!("the end of {name}"), END, || match program.child.try_wait() {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err("still running".to_owned()),
            Err(error) => Err(error.to_string()),
        })
    }

    /// Starts a program again that has ended, as it was started before.
    pub(crate) fn start_again(&mut self, name: &str) -> Result<(), ClusterError> {
        let program = self.program(name)?;
        let child = self.launch(name, &program.path, &program.arguments)?;
        if let Some(program) = self.programs.iter_mut().find(|program| program.name == name) {
            program.child = child;
        }
        Ok(())
    }

    /// Whether a program runs.
    pub(crate) fn runs(&mut self, name: &str) -> bool {
        let program = self.programs.iter_mut().find(|program| program.name == name);
        program.is_some_and(|program| matches!(program.child.try_wait(), Ok(None)))
    }

    fn program(&self, name: &str) -> Result<&Program, ClusterError> {
        self.programs.iter().find(|program| program.name == name).ok_or_else(|| ClusterError::Answer {
            what: "the machine".to_owned(),
            answer: format!("no program {name}"),
        })
    }

    /// The log of a program.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.logs.join(format!("{name}.log"))
    }

    /// Refuses when a program that has to live has ended.
    pub(crate) fn check(&mut self) -> Result<(), ClusterError> {
        for program in &mut self.programs {
            if !matches!(program.child.try_wait(), Ok(None)) {
                let log = self.logs.join(format!("{}.log", program.name));
                return Err(ClusterError::Ended { name: program.name.clone(), log });
            }
        }
        Ok(())
    }

    /// Ends the machine and everything on it.
    pub(crate) fn stop(&mut self) {
        if let Some(holder) = &mut self.holder {
            let _ = holder.kill();
            let _ = holder.wait();
        }
        for program in &mut self.programs {
            let _ = program.child.kill();
            let _ = program.child.wait();
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.stop();
    }
}

fn wait_for_init(name: &str, holder: u32) -> Result<u32, ClusterError> {
    let network =
        |process: &str| fs::read_link(format!("/proc/{process}/ns/net")).map_err(|error| error.to_string());
    until(&format!("the init of {name}"), Duration::from_secs(10), || {
        let child = child_of(holder)?;
        if network("self")? == network(&child.to_string())? {
            return Err("not unshared yet".to_owned());
        }
        Ok(child)
    })
}

/// The first child of a process.
fn child_of(process: u32) -> Result<u32, String> {
    let children = format!("/proc/{process}/task/{process}/children");
    let text = fs::read_to_string(children).map_err(|error| error.to_string())?;
    let child = text.split_whitespace().next().ok_or("no child yet")?;
    child.parse().map_err(|_| "no process id".to_owned())
}

/// Runs a command to its end and returns what it printed on standard output.
pub(crate) fn run(command: &mut Command) -> Result<String, ClusterError> {
    let words = [command.get_program()].into_iter().chain(command.get_args()).map(OsStr::to_string_lossy);
    let program = words.collect::<Vec<_>>().join(" ");
    let failed = |source| ClusterError::Run { program: program.clone(), source };
    let output = command.stdin(Stdio::null()).output().map_err(failed)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(ClusterError::Command { program, output: String::from_utf8_lossy(&said).trim().to_owned() })
}
