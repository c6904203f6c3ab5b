import Basics
import Foundation

/// A place where trials run, one after another: a worker process, near or far.
protocol TrialSlot: AnyObject {
    /// Hands over a trial; the slot is free.
    func start(_ request: TrialRequest) throws
    /// What the worker has said since the last call.
    func events() throws -> [TrialEvent]
    /// Answers a report, where the worker waits for it or looks for it.
    func answer(number: Int, isPruned: Bool) throws
    /// Nil while the worker lives or is still to come; otherwise why it does not.
    var lossReason: String? { get }
    /// Ends the worker; its trial is not finished.
    func stop()
}

/// A worker that is a child of this process; requests go to its standard input, events come from its standard output.
final class LocalTrialSlot: TrialSlot {
    private let child: ChildProcess
    private let input: Int32
    private let output: Int32
    private let log: String
    private var pending: [UInt8] = []

    /// - Parameters:
    ///   - program: hftml itself.
    ///   - log: file that takes what the worker says on standard error.
    ///   - environment: the worker's.
    init(program: String, log: String, environment: [String: String]) throws {
        self.log = log
        let errors = Foundation.open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard errors >= 0 else { throw FileError("open", log) }
        var theirs = [errors], ours: [Int32] = []
        defer { for descriptor in theirs + ours { close(descriptor) } }
        for _ in 0..<2 {
            let pipe = try ChildProcess.pipe()
            theirs += [pipe.read]
            ours += [pipe.write]
        }
        // The second pipe runs the other way.
        swap(&theirs[2], &ours[1])
        child = try ChildProcess(
            [program, "search-worker"], environment: environment, input: theirs[1], output: theirs[2], errors: errors)
        (input, output) = (ours[0], ours[1])
        ours = []
        _ = fcntl(output, F_SETFL, fcntl(output, F_GETFL) | O_NONBLOCK)
    }

    deinit {
        close(input)
        close(output)
    }

    /// A worker that is gone shows as lost, not as an error here.
    private func send(_ node: JSONValue) { LineChannel.send(node.text(.compact), to: input) }

    func start(_ request: TrialRequest) throws { send(request.json) }
    func answer(number: Int, isPruned: Bool) throws { send(.map(["number": .int(number), "prune": .bool(isPruned)])) }

    func events() throws -> [TrialEvent] {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(output, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            pending += chunk[..<count]
        }
        return LineChannel.takeLines(from: &pending).compactMap { TrialEvent($0) }
    }

    var lossReason: String? {
        if child.isRunning { return nil }
        let status = child.wait()
        return status > 128
            ? "its process was ended by signal \(status - 128)"
            : "its process ended with status \(status), see '\(log)'"
    }

    func stop() {
        child.signal(SIGKILL)
        child.wait()
    }

    /// For `poll`.
    var descriptor: Int32 { output }
}
