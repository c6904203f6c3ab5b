import Basics
import Foundation

/// Bytes to and from a program that speaks for a remote, over its standard streams.
///
/// Every wait has a deadline, and what the program says on standard error is taken at once, whatever is waited for: a
/// program that talks much never stands still because nobody listens, and the end of its words explains a failure.
/// For one thread at a time.
final class ProgramChannel: @unchecked Sendable {
    /// Kept of standard error, from its end.
    private static let keptWords = 4096

    private let process: ChildProcess
    /// Our ends of the child's standard streams; they never block.
    private let input: Int32, output: Int32, errors: Int32
    private let url: String
    /// How long an answer may take, in seconds.
    let patience: Int
    private var words: [UInt8] = []
    private var hasMoreWords = true
    private var received: [UInt8] = [], taken = 0

    /// Starts the program.
    ///
    /// - Parameters:
    ///   - url: the remote, for messages.
    ///   - patience: seconds that a whole answer, and taking a packet, may take.
    /// - Throws: ``RemoteError`` with code `remote.ssh`.
    init(_ arguments: [String], environment: [String: String], url: String, patience: Int) throws {
        self.url = url
        self.patience = patience
        let toChild = try ChildProcess.pipe(), fromChild = try ChildProcess.pipe(), said = try ChildProcess.pipe()
        (input, output, errors) = (toChild.write, fromChild.read, said.read)
        do {
            // Closed before the first answer is awaited: as long as our own copies were open, a child that dies would
            // not be noticed.
            defer { for descriptor in [toChild.read, fromChild.write, said.write] { close(descriptor) } }
            process = try ChildProcess(
                arguments, environment: environment, input: toChild.read, output: fromChild.write, errors: said.write)
        } catch {
            for descriptor in [input, output, errors] { close(descriptor) }
            throw RemoteError(
                "remote.ssh", "cannot start '\(arguments.first ?? "")': \(error)", hint: "install the OpenSSH client")
        }
        for descriptor in [input, output, errors] {
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        }
    }

    deinit {
        close(input)
        end()
        close(output)
        close(errors)
    }

    /// Ends the program: by the end of its input first, then politely, and after a second for good.
    private func end() {
        for _ in 0..<250 where process.isRunning { usleep(2_000) }
        process.signal(SIGTERM)
        for _ in 0..<100 where process.isRunning { usleep(10_000) }
        process.signal(SIGKILL)
        process.wait()
    }

    // MARK: Bytes

    /// - Throws: ``RemoteError`` with code `remote.timeout` or `remote.unreachable`.
    func send(_ bytes: [UInt8]) throws {
        let deadline = self.deadline
        var at = 0
        while at < bytes.count {
            try wait(for: input, Int16(POLLOUT), until: deadline)
            let count = bytes.withUnsafeBytes { buffer in
                DescriptorWriting.withoutBrokenPipeSignal {
                    write(input, buffer.baseAddress.map { $0 + at }, buffer.count - at)
                }
            }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { throw lost() }
            at += count
        }
    }

    /// - Throws: ``RemoteError`` with code `remote.timeout` or `remote.unreachable`.
    func receive(_ count: Int, until deadline: Nanoseconds) throws -> ArraySlice<UInt8> {
        while received.count - taken < count {
            if taken > 0 {
                received.removeFirst(taken)
                taken = 0
            }
            try wait(for: output, Int16(POLLIN), until: deadline)
            let got = take(from: output, into: &received)
            if got == 0 { throw lost() }
        }
        defer { taken += count }
        return received[taken..<taken + count]
    }

    /// When an answer that is awaited from now on must be there whole.
    var deadline: Nanoseconds { Clock.monotonic() + Nanoseconds(patience) * 1_000_000_000 }

    /// Returns when the descriptor is ready, or its other end gone; takes the program's words meanwhile.
    private func wait(for descriptor: Int32, _ events: Int16, until deadline: Nanoseconds) throws {
        while true {
            let left = deadline - Clock.monotonic()
            if left <= 0 { throw timedOut() }
            var waiting = [
                pollfd(fd: descriptor, events: events, revents: 0),
                pollfd(fd: hasMoreWords ? errors : -1, events: Int16(POLLIN), revents: 0),
            ]
            // Rounded up, so that the last wait is not a busy one.
            let ready = poll(&waiting, 2, Int32(clamping: left / 1_000_000 + 1))
            if ready < 0, errno != EINTR { throw lost() }
            if ready <= 0 { continue }
            if waiting[1].revents != 0 { takeWords() }
            if waiting[0].revents != 0 { return }
        }
    }

    /// Reads what is there.
    ///
    /// - Returns: how much; 0 at the end, -1 when there is nothing now.
    private func take(from descriptor: Int32, into bytes: inout [UInt8]) -> Int {
        withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
            while true {
                let count = read(descriptor, buffer.baseAddress, buffer.count)
                if count < 0, errno == EINTR { continue }
                if count > 0 { bytes += UnsafeRawBufferPointer(rebasing: buffer[..<count]) }
                return count < 0 && errno != EAGAIN ? 0 : count
            }
        }
    }

    private func takeWords() {
        if take(from: errors, into: &words) == 0 { hasMoreWords = false }
        if words.count > ProgramChannel.keptWords { words.removeFirst(words.count - ProgramChannel.keptWords) }
    }

    // MARK: Failure

    /// The error for a connection that is of no use any more; the program is ended.
    func lost() -> RemoteError {
        RemoteError(
            "remote.unreachable", "lost the connection to '\(url)'\(lastWords())",
            hint: "check that 'ssh HOST true' works without a password, and run the command again; "
                + "an interrupted transfer resumes",
            isTransient: true)
    }

    private func timedOut() -> RemoteError {
        RemoteError(
            "remote.timeout", "found no answer from '\(url)' within \(patience) s\(lastWords())",
            hint: "check the network, or allow more time, in seconds: hftml remote modify NAME timeout 300",
            isTransient: true)
    }

    /// Ends the program, and gives the last line that it said, with a colon before it.
    private func lastWords() -> String {
        // What ended has said all; give what is on its way a moment.
        for _ in 0..<20 where hasMoreWords {
            var waiting = pollfd(fd: errors, events: Int16(POLLIN), revents: 0)
            if poll(&waiting, 1, 10) > 0 { takeWords() }
        }
        end()
        while hasMoreWords {
            let before = words
            takeWords()
            if words == before { break }
        }
        let text = String(decoding: words, as: UTF8.self)
        guard let line = text.split(whereSeparator: \.isNewline).last.map({ String($0).trimmed }), !line.isEmpty else {
            return ""
        }
        return ": " + (line.count > 200 ? "…" + line.suffix(200) : line)
    }
}
