import Foundation

/// A name for a process that no later process shares, so that others can tell whether it still lives.
package enum ProcessIdentity {
    /// `host:pid:start`, the start in clock ticks since the machine's.
    package static let current = "\(ProcessInfo.processInfo.hostName):\(getpid()):\(startTime(getpid()) ?? "0")"

    /// The file of this program, for starting it again.
    package static var program: String? { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") }

    /// Nil for a process of another machine.
    package static func isAlive(_ identity: String) -> Bool? {
        let parts = identity.split(separator: ":").map(String.init)
        guard parts.count == 3, let process = pid_t(parts[1]) else { return false }
        guard parts[0] == ProcessInfo.processInfo.hostName else { return nil }
        guard kill(process, 0) == 0 || errno == EPERM else { return false }
        // Numbers are given out again; the time of the start is not.
        return (startTime(process) ?? parts[2]) == parts[2]
    }

    /// When this process started, in whole seconds since 1970, rounded down; nil where the system does not tell.
    package static let startedAt: Int? = {
        var sinceBoot = timespec(), now = timespec()
        let ticks = sysconf(Int32(_SC_CLK_TCK))
        guard ticks > 0, let start = startTime(getpid()).flatMap(Double.init),
            clock_gettime(CLOCK_BOOTTIME, &sinceBoot) == 0, clock_gettime(CLOCK_REALTIME, &now) == 0
        else { return nil }
        let age = Double(sinceBoot.tv_sec) + Double(sinceBoot.tv_nsec) / 1e9 - start / Double(ticks)
        return Int(saturating: (Double(now.tv_sec) + Double(now.tv_nsec) / 1e9 - max(0, age)).rounded(.down))
    }()

    /// Field 22 of /proc/PID/stat; the second field may hold spaces and parentheses.
    private static func startTime(_ process: pid_t) -> String? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? String(fields[19]) : nil
    }
}
