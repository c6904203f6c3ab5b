package import Basics
import Foundation
package import Registry

/// What a run uses of its machine, sampled while it makes progress; keys as MLflow names them, so that both find each
/// other's.
///
/// No thread of its own: it is asked after every report of progress, and looks at most once a second. One look reads
/// three small files of /proc.
package final class SystemMetrics {
    private let now: () -> Nanoseconds
    private let files: String
    private var last: (clock: Nanoseconds, busy: Double, own: Double)?
    /// What was sampled and is not recorded yet.
    package private(set) var values: [MetricValue] = []
    private var step = 0
    private static let interval: Nanoseconds = 1_000_000_000

    /// - Parameters:
    ///   - now: a clock that never goes back.
    ///   - files: where the kernel tells of itself.
    package init(now: @escaping () -> Nanoseconds = { Clock.monotonic() }, files: String = "/proc") {
        (self.now, self.files) = (now, files)
    }

    /// Takes a sample if a second has gone by; the first call only sets the start.
    package func sample() {
        let clock = now()
        if let last, clock - last.clock < SystemMetrics.interval { return }
        guard let busy = busySeconds(), let own = SystemMetrics.ownSeconds() else { return }
        defer { last = (clock, busy, own) }
        guard let last else { return }
        let seconds = Double(clock - last.clock) * 1e-9, cores = Double(ProcessInfo.processInfo.activeProcessorCount)
        var all = [
            ("cpu_utilization_percentage", (busy - last.busy) / seconds / cores * 100),
            ("process_cpu_percentage", (own - last.own) / seconds * 100),
        ]
        if let resident = kibibytes("VmRSS", in: "self/status") {
            all.append(("process_memory_megabytes", resident / 1024))
        }
        if let total = kibibytes("MemTotal", in: "meminfo"),
            let free = kibibytes("MemAvailable", in: "meminfo")
        {
            all.append(("system_memory_usage_megabytes", (total - free) / 1024))
            all.append(("system_memory_usage_percentage", (total - free) / total * 100))
        }
        values += all.map { MetricValue("system/\($0.0)", step: step, $0.1) }
        step += 1
    }

    /// Records what was sampled.
    func log(run: String, _ registry: RegistryDatabase) throws {
        try registry.log(values, run: run)
        values = []
    }

    /// Seconds that all cores together were busy since the start of the machine.
    private func busySeconds() -> Double? {
        guard
            let line = (try? FileChunks.text("\(files)/stat"))?.split(separator: "\n").first(where: {
                $0.hasPrefix("cpu ")
            })
        else { return nil }
        let ticks = line.split(separator: " ").dropFirst().compactMap { Double($0) }
        guard ticks.count >= 5 else { return nil }
        // Idle and waiting for disks are not busy; guests are counted in user already.
        return (ticks.prefix(8).reduce(0, +) - ticks[3] - ticks[4]) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func ownSeconds() -> Double? {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
        func seconds(_ t: timeval) -> Double { Double(t.tv_sec) + Double(t.tv_usec) * 1e-6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    private func kibibytes(_ key: String, in file: String) -> Double? {
        (try? FileChunks.text("\(files)/\(file)"))?.split(separator: "\n").first { $0.hasPrefix("\(key):") }.flatMap {
            line in
            line.split(separator: " ").dropFirst().first.flatMap { Double($0) }
        }
    }
}
