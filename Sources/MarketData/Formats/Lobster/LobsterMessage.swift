import Basics
import Tables

/// A row of a LOBSTER message file.
struct LobsterMessage {
    /// Nanoseconds after midnight in New York.
    var time: Nanoseconds = 0
    var code = Code.submission
    var orderID: Int64 = 0
    var size: Int64 = 0
    /// Dollars × 10,000; of a halt its state: −1 halted, 0 quoting resumes, 1 trading resumes.
    var price: Int64 = 0
    /// Of the order: 1 buy, −1 sell.
    var side: Int64 = 0

    /// Why a line is no message, and at which byte of it, from 1.
    struct Fault: Error {
        let column: Int
        let reason: String
    }

    /// LOBSTER's event types.
    enum Code: Int64 {
        case submission = 1
        case cancellation = 2
        case deletion = 3
        case execution = 4
        case hiddenExecution = 5
        case cross = 6
        case halt = 7

        var kind: BookEvent.Kind {
            switch self {
            case .submission: .submission
            case .cancellation: .cancellation
            case .deletion: .deletion
            case .execution: .execution
            case .hiddenExecution: .hiddenExecution
            case .cross: .cross
            case .halt: .halt
            }
        }

        /// In a table of book changes; a halt's depends on its state.
        func action(state: Int64) -> BookAction {
            switch self {
            case .submission: .add
            case .cancellation: .reduce
            case .deletion: .delete
            case .execution: .execute
            case .hiddenExecution: .hidden
            case .cross: .cross
            case .halt: state < 0 ? .halt : state == 0 ? .quote : .trade
            }
        }
    }

    init() {}

    /// Reads a line of six columns, or seven: the last names a participant and is left out.
    init(_ line: UnsafeBufferPointer<UInt8>) throws(Fault) {
        var starts: (Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0)
        var ends = starts, count = 1
        // Where columns start and end; tuples, so that no line allocates.
        withUnsafeMutableBytes(of: &starts) { starts in
            let starts = starts.assumingMemoryBound(to: Int.self)
            withUnsafeMutableBytes(of: &ends) { ends in
                let ends = ends.assumingMemoryBound(to: Int.self)
                for index in line.indices where line[index] == UInt8(ascii: ",") {
                    if count <= 6 { ends[count - 1] = index }
                    if count < 6 { starts[count] = index + 1 }
                    count += 1
                }
                if count <= 6 { ends[count - 1] = line.count }
            }
        }
        guard count == 6 || count == 7 else {
            throw Fault(
                column: 1,
                reason: "found \(count) columns, expected 6: time, type, order id, size, price, direction")
        }
        func number(_ start: Int, _ end: Int, decimals: Int = 0, rounds: Bool = false) throws(Fault) -> Int64 {
            let bytes = UnsafeBufferPointer(rebasing: line[start..<end])
            do { return try FixedPoint.parse(bytes, decimals: decimals, rounds: rounds) } catch {
                let text = String(decoding: bytes.prefix(40), as: UTF8.self)
                throw Fault(
                    column: start + 1, reason: "found '\(text)', expected a number of at most \(decimals) decimals")
            }
        }
        // Some times are printed doubles: digits below a nanosecond are that number's rounding.
        time = try number(starts.0, ends.0, decimals: 9, rounds: true)
        guard (0..<172_800_000_000_000).contains(time) else {
            let text = String(decoding: line[..<min(ends.0, 40)], as: UTF8.self)
            throw Fault(column: 1, reason: "found the time '\(text)', expected seconds after midnight")
        }
        let type = try number(starts.1, ends.1)
        guard let code = Code(rawValue: type) else {
            throw Fault(column: starts.1 + 1, reason: "found the event type \(type), expected 1 to 7")
        }
        self.code = code
        orderID = try number(starts.2, ends.2)
        size = try number(starts.3, ends.3)
        price = try number(starts.4, ends.4)
        side = try number(starts.5, ends.5)
        guard side == 1 || side == -1 else {
            throw Fault(column: starts.5 + 1, reason: "found the direction \(side), expected 1 or -1")
        }
        guard size >= 0 else {
            throw Fault(column: starts.3 + 1, reason: "found the size \(size), expected none below 0")
        }
        if code == .halt, !(-1...1).contains(price) {
            throw Fault(
                column: starts.4 + 1,
                reason: "found the state \(price) of a halt, expected -1 (halted), 0 (quoting) or 1 (trading)")
        }
    }
}

/// The messages of a file one after another.
final class LobsterMessages {
    let path: String
    private let lines: FeedLines
    private var lastTime = Nanoseconds.min

    /// - Throws: ``FileError``, ``Failure``.
    init(_ path: String) throws {
        self.path = path
        lines = try FeedLines(path, largest: 1 << 20)
    }

    /// Of the message that was handed out last, from 1.
    var line: Int { lines.number }

    /// - Returns: nil at the end of the file.
    /// - Throws: ``MarketDataError`` naming line and column of a malformed row or one that goes back in time;
    ///   ``FileError``, ``Failure``.
    func next() throws -> LobsterMessage? {
        var message: LobsterMessage?
        while message == nil {
            let isThere = try lines.next { line in
                var line = line
                if lines.number == 1, line.starts(with: [0xEF, 0xBB, 0xBF]) {
                    line = UnsafeBufferPointer(rebasing: line[3...])
                }
                guard !line.isEmpty else { return }
                do throws(LobsterMessage.Fault) { message = try LobsterMessage(line) } catch {
                    throw fault(error.column, error.reason)
                }
            }
            guard isThere else { return nil }
        }
        guard let message else { return nil }
        guard message.time >= lastTime else {
            throw fault(1, "found a time before the one of the row above", kind: .order)
        }
        lastTime = message.time
        return message
    }

    private func fault(_ column: Int, _ reason: String, kind: RowIssue.Kind = .value) -> MarketDataError {
        let mark = SourceMark(file: path, line: line, column: column)
        return MarketDataError(
            file: path, issues: [RowIssue(kind, mark: mark, reason: reason, action: "")], total: 1)
    }
}
