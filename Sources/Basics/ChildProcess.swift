package import CProcess
import Foundation

/// A program that this process starts and waits for itself.
///
/// Foundation's `Process` learns of a child's end from a descriptor that the child inherits; programs that close all
/// descriptors, `ssh` among them, make it wait for that child alone and miss the end of all others. Here every waiter
/// waits for its own child.
package final class ChildProcess: @unchecked Sendable {
    package let processID: pid_t
    private let status = Guarded<Int32?>(nil)

    /// - Parameters:
    ///   - arguments: the program first; without a slash it is looked for in PATH.
    ///   - environment: all of it; the caller's own, where nothing else is meant.
    ///   - leadsGroup: whether it and what it starts are a process group of their own, which ``signalGroup(_:)``
    ///     reaches.
    ///   - input: descriptors for the child's standard streams; the child has no others.
    /// - Throws: ``FileError`` when the program cannot be started.
    package init(
        _ arguments: [String], directory: String? = nil, environment: [String: String], leadsGroup: Bool = false,
        input: Int32 = 0, output: Int32 = 1, errors: Int32 = 2
    ) throws {
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var child: pid_t = 0
        let code = cs_spawn(&child, &argv, &envp, directory, input, output, errors, leadsGroup ? 1 : 0)
        guard code == 0 else { throw FileError("start", arguments.first ?? "", number: code) }
        processID = child
    }

    /// Whether it still runs.
    package var isRunning: Bool { poll(WNOHANG) == nil }

    /// Waits for its end.
    ///
    /// - Returns: the exit status; 128 + signal for a killed one.
    @discardableResult
    package func wait() -> Int32 { poll(0) ?? -1 }

    private func poll(_ options: Int32) -> Int32? {
        status.update { [processID] known in
            if let known { return known }
            var raw: Int32 = 0
            while true {
                let result = waitpid(processID, &raw, options)
                if result == 0 { return nil }
                if result < 0, errno == EINTR { continue }
                // The end of a child that somebody else has waited for cannot be known.
                if result < 0 { raw = 255 << 8 }
                let value = raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
                known = value
                return value
            }
        }
    }

    package func signal(_ number: Int32) { if status.value == nil { kill(processID, number) } }

    /// Reaches the process and everything it started, also after its own end; nothing where it leads no group.
    package func signalGroup(_ number: Int32) { kill(-processID, number) }

    /// Whether anything of the group that it leads is still there.
    package var hasGroup: Bool { kill(-processID, 0) == 0 }

    /// Both ends of a pipe that children do not inherit by accident.
    package static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        let code = cs_pipe(&ends)
        guard code == 0 else { throw FileError("make", "a pipe", number: code) }
        return (ends[0], ends[1])
    }
}
