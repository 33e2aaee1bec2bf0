//! What a process has used: CPU time and memory. Figures are missing where the system does not give them.

/// CPU seconds (user and system) of this process so far, all threads.
pub(crate) fn own_cpu_s() -> Option<f64> {
    own().map(|(cpu_s, _)| cpu_s)
}

/// CPU seconds of the run that the calling thread drives: of this thread, if it is the only one of its pool; else of
/// the process.
pub(crate) fn run_cpu_s() -> Option<f64> {
    if rayon::current_num_threads() == 1 && rayon::current_thread_index().is_some() {
        own_thread().map(|(cpu_s, _)| cpu_s)
    } else {
        own_cpu_s()
    }
}

/// Largest resident memory of this process so far.
pub(crate) fn own_peak_rss_mib() -> Option<f64> {
    own().map(|(_, rss_mib)| rss_mib)
}

/// CPU seconds of all ended child processes so far.
pub(crate) fn children_cpu_s() -> Option<f64> {
    children().map(|(cpu_s, _)| cpu_s)
}

/// Largest resident memory of any ended child process so far.
pub(crate) fn children_peak_rss_mib() -> Option<f64> {
    children().map(|(_, rss_mib)| rss_mib)
}

#[cfg(unix)]
fn of(who: nix::sys::resource::UsageWho) -> Option<(f64, f64)> {
    let usage = nix::sys::resource::getrusage(who).ok()?;
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 * 1e-6;
    // Linux counts memory in KiB, macOS in bytes.
    let unit_mib = if cfg!(target_os = "macos") { 1024.0 * 1024.0 } else { 1024.0 };
    Some((seconds(usage.user_time()) + seconds(usage.system_time()), usage.max_rss() as f64 / unit_mib))
}

#[cfg(unix)]
fn own() -> Option<(f64, f64)> {
    of(nix::sys::resource::UsageWho::RUSAGE_SELF)
}
#[cfg(any(target_os = "linux", target_os = "android"))]
fn own_thread() -> Option<(f64, f64)> {
    of(nix::sys::resource::UsageWho::RUSAGE_THREAD)
}
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn own_thread() -> Option<(f64, f64)> {
    own()
}
#[cfg(unix)]
fn children() -> Option<(f64, f64)> {
    of(nix::sys::resource::UsageWho::RUSAGE_CHILDREN)
}
#[cfg(not(unix))]
fn own() -> Option<(f64, f64)> {
    None
}
#[cfg(not(unix))]
fn children() -> Option<(f64, f64)> {
    None
}
