import Basics
import Foundation

/// Runs the commands of a stage, one shell per line, as DVC does; stops at the first that fails.
struct StageProcess: Sendable {
    /// Where the commands' words go.
    enum Output: Sendable {
        /// To this process's stderr as they come.
        case inherited
        /// Line by line with a label, and whole into a file.
        case labelled(String, log: String)
    }

    var commands: [String]
    var directory: String
    /// All variables of the commands.
    var environment: [String: String]
    var output: Output
    /// An empty file with a lock on it, which every process of the stage holds as its standard input: as long as one of
    /// them lives, even when this process was killed, nobody runs the stage again.
    var guardFile: StageGuard
    /// The stage, and where its commands are known while they run.
    var stage: Int
    var commandsUnderWay: RunningCommands
    var label: @Sendable (String) -> Void

    struct Failure: Error {
        var status: Int32
        var command: String
    }

    /// - Throws: ``Failure``; a ``UserFacingError`` when no shell starts.
    func run() throws {
        var processes: [ChildProcess] = []
        defer { commandsUnderWay.forget(stage, processes) }
        for command in commands {
            // A text of several lines is several commands.
            for line in command.split(separator: "\n").map(String.init) where !line.trimmingSpaces.isEmpty {
                let status = try run(line, &processes)
                if status != 0 { throw Failure(status: status, command: line) }
            }
        }
    }

    /// Starts a program in a process group of its own, which ends with the run.
    private func start(_ arguments: [String], _ variables: [String: String], output: Int32, errors: Int32 = 2) throws
        -> ChildProcess
    {
        let process = try commandsUnderWay.start(stage) {
            try ChildProcess(
                arguments, directory: directory, environment: variables, leadsGroup: true,
                input: guardFile.descriptor, output: output, errors: errors)
        }
        guard let process else { throw Failure(status: 0, command: "") }
        return process
    }

    /// - Returns: the exit status; 128 + signal for a killed command.
    private func run(_ line: String, _ processes: inout [ChildProcess]) throws -> Int32 {
        var variables = environment
        let shell = variables["SHELL"].flatMap { $0.isEmpty || access($0, X_OK) != 0 ? nil : $0 } ?? "/bin/sh"
        let quiet = ["bash": ["--noprofile", "--norc"], "zsh": ["--no-rcs"]][Paths.name(shell)] ?? []
        // Stages call this very program by name.
        if let own = ProcessIdentity.program {
            variables["PATH"] = Paths.parent(own) + ":" + (variables["PATH"] ?? "/usr/bin:/bin")
        }
        let arguments = [shell] + quiet + ["-c", line]
        // A stage's words are conversation; what `repro` itself prints is the product.
        guard case .labelled = output else {
            let process = try start(arguments, variables, output: 2)
            processes.append(process)
            return process.wait()
        }
        let pipe = try ChildProcess.pipe()
        defer { close(pipe.read) }
        let process: ChildProcess
        do {
            defer { close(pipe.write) }
            process = try start(arguments, variables, output: pipe.write, errors: pipe.write)
        }
        processes.append(process)
        try copyLines(pipe.read, process)
        return process.wait()
    }

    /// A program may write without an end and without a line break; the log has all of it.
    private static let longestLine = 1 << 16

    private func copyLines(_ descriptor: Int32, _ process: ChildProcess) throws {
        guard case .labelled(let name, let path) = output else { return }
        try Paths.makeDirectory(Paths.parent(path))
        let log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o644)
        defer { if log >= 0 { close(log) } }
        var buffer = [UInt8](repeating: 0, count: 1 << 16), line: [UInt8] = []
        // What the pipe still holds when the command ends is its own; what comes after that is of somebody else.
        var rest: Int?
        while rest ?? 1 > 0 {
            // A program that the command left running may hold the pipe for ever; the command's own end is what counts.
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&waiting, 1, 100)
            if rest == nil, !process.isRunning {
                var held: Int32 = 0
                rest = ioctl(descriptor, UInt(FIONREAD), &held) == 0 ? Int(held) : 0
                continue
            }
            if ready == 0 { continue }
            let count = read(descriptor, &buffer, min(buffer.count, rest ?? buffer.count))
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            rest = rest.map { $0 - count }
            if log >= 0 { _ = write(log, buffer, count) }
            for byte in buffer[..<count] {
                // A carriage return redraws a progress line; only what stays is a line.
                if byte == UInt8(ascii: "\n") {
                    label("\(name) │ \(String(decoding: line, as: UTF8.self))")
                    line.removeAll(keepingCapacity: true)
                } else if byte == UInt8(ascii: "\r") {
                    line.removeAll(keepingCapacity: true)
                } else if line.count < StageProcess.longestLine {
                    line.append(byte)
                }
            }
        }
        if !line.isEmpty { label("\(name) │ \(String(decoding: line, as: UTF8.self))") }
    }
}
