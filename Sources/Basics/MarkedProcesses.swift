import Foundation

/// Processes by a variable of their environment, which whatever they start inherits: reaches also what left its group
/// or its session.
package enum MarkedProcesses {
    /// Ends every process of this user that has `name=value` in its environment, but not this one. What they start
    /// meanwhile is found by looking again; gives up after a bounded number of looks.
    package static func end(_ name: String, _ value: String) {
        let entry = Array("\(name)=\(value)".utf8)
        for _ in 0..<100 {
            let found = marked(entry)
            if found.isEmpty { return }
            for process in found { kill(process, SIGKILL) }
            usleep(2000)
        }
    }

    /// Zombies have no environment any more, so they are not found.
    private static func marked(_ entry: [UInt8]) -> [pid_t] {
        guard let names = try? Paths.entries("/proc") else { return [] }
        return names.compactMap { name in
            guard let process = pid_t(name), process != getpid(),
                let bytes = try? FileChunks.bytes("/proc/\(name)/environ")
            else { return nil }
            return bytes.split(separator: 0).contains { $0.elementsEqual(entry) } ? process : nil
        }
    }
}
