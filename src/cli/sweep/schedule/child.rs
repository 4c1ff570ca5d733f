//! The process of one run, controlled by the sweep's process.

use crate::sweep::protocol::{Event, Job, Order};
use std::{
    collections::VecDeque,
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child as Process, ChildStdin, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc::Sender},
    thread::{Builder, JoinHandle},
};

/// How many of the last lines that a process writes to stderr are kept.
const TAIL: usize = 20;
/// Characters to which longer lines are cut.
const WIDEST: usize = 500;

/// The index of a run and an event of its process, or `None` at the end of its output.
pub type Message = (usize, Option<Event>);

/// The process of one run.
pub struct Child {
    /// Number of threads it was given.
    pub threads: usize,
    process: Process,
    orders: Option<ChildStdin>,
    tail: Tail,
    reader: Option<JoinHandle<()>>,
}

/// The last lines that a process wrote to stderr.
type Tail = Arc<Mutex<VecDeque<String>>>;

/// How a process ended without reporting the end of its run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Death {
    /// Ended from outside, as by the out-of-memory killer.
    Killed(String),
    /// Ended by itself, and would do so again.
    Crashed(String),
}

impl Child {
    /// Starts the process of a run; its events are sent to `events`.
    pub fn start(
        index: usize,
        job: &Job,
        runs_dir: &Path,
        events: Sender<Message>,
    ) -> io::Result<Self> {
        let mut command = Command::new(own_program()?);
        command.arg("trial").arg("--runs-dir").arg(runs_dir);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::arg0(&mut command, "runner");
        let line = serde_json::to_string(job).map_err(io::Error::other)?;
        let mut process = command.spawn()?;
        let (tail, reader) = match listen(index, &mut process, events) {
            Ok(listening) => listening,
            Err(error) => {
                // It has not received its job yet.
                let _ = process.kill().and_then(|()| process.wait());
                return Err(error);
            }
        };
        let mut orders = process.stdin.take();
        if let Some(orders) = &mut orders {
            // If the process has already ended, `wait` reports it.
            let _ = writeln!(orders, "{line}");
        }
        Ok(Self { threads: job.threads.into(), process, orders, tail, reader })
    }

    /// Sends an order to the process.
    pub fn order(&mut self, order: &Order) {
        if let (Some(orders), Ok(line)) = (&mut self.orders, serde_json::to_string(order)) {
            let _ = writeln!(orders, "{line}");
        }
    }

    /// Kills the process.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
    }

    /// Waits for the process to end. Returns how it ended and the last lines that it wrote to stderr.
    pub fn wait(mut self) -> (Option<Death>, String) {
        drop(self.orders.take());
        let death = match self.process.wait() {
            Ok(status) => death(status),
            Err(error) => Some(Death::Crashed(error.to_string())),
        };
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        (death, tail.iter().cloned().collect::<Vec<_>>().join("\n"))
    }
}

/// Forwards the events of a process and keeps the tail of its stderr, in one thread each.
fn listen(
    index: usize,
    process: &mut Process,
    events: Sender<Message>,
) -> io::Result<(Tail, Option<JoinHandle<()>>)> {
    let thread = |name: &str| Builder::new().name(name.to_owned());
    let tail = Tail::default();
    let (stdout, stderr) = (process.stdout.take(), process.stderr.take());
    let keep = stderr.map(|stderr| {
        let tail = Arc::clone(&tail);
        thread("log").spawn(move || keep_tail(stderr, &tail))
    });
    let keep = keep.transpose()?;
    if let Some(stdout) = stdout {
        // Last, so that nothing is sent for a process that is given up because the other thread failed.
        thread("events").spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Ok(event) = serde_json::from_str(&line) {
                    let _ = events.send((index, Some(event)));
                }
            }
            let _ = events.send((index, None));
        })?;
    }
    Ok((tail, keep))
}

fn keep_tail(stderr: impl Read, tail: &Mutex<VecDeque<String>>) {
    let mut stderr = BufReader::new(stderr);
    let mut line = Vec::new();
    while stderr.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let text: String = String::from_utf8_lossy(&line).trim_end().chars().take(WIDEST).collect();
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        if tail.len() == TAIL {
            tail.pop_front();
        }
        tail.push_back(text);
        line.clear();
    }
}

/// Returns the path of the running program, even if its file has been replaced meanwhile.
fn own_program() -> io::Result<std::path::PathBuf> {
    let link = Path::new("/proc/self/exe");
    if cfg!(target_os = "linux") && link.exists() {
        return Ok(link.to_owned());
    }
    std::env::current_exe()
}

fn death(status: ExitStatus) -> Option<Death> {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGKILL, SIGTERM};
        let name = signal_hook::low_level::signal_name(signal).unwrap_or("a signal");
        if signal == SIGKILL {
            return Some(Death::Killed(format!(
                "killed by {name}, by a user or because memory ran out"
            )));
        }
        if [SIGHUP, SIGINT, SIGTERM].contains(&signal) {
            return Some(Death::Killed(format!("killed by {name}")));
        }
        return Some(Death::Crashed(format!("crashed by {name}")));
    }
    match status.code() {
        Some(0) => None,
        Some(101) => Some(Death::Crashed("crashed: a bug in runner".to_owned())),
        Some(code) => Some(Death::Crashed(format!("ended with status {code}"))),
        None => Some(Death::Crashed("ended for an unknown reason".to_owned())),
    }
}
