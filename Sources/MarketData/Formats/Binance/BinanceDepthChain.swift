import Basics

/// Decides which depth updates make up a book, by the numbers that chain them.
///
/// Updates are kept from the first line on, because the one that covers the snapshot may have come before it. Futures:
/// updates with `u` < the snapshot's number are dropped, the first that holds has `U` ≤ number ≤ `u`, then `pu` is the
/// `u` before. Spot: `u` ≤ number are dropped, the first has `U` ≤ number + 1 ≤ `u`, then `U` is the `u` before + 1. A
/// snapshot while the chain holds is left out where the book has it already, else the book begins anew with it.
package struct BinanceDepthChain {
    /// What to do with an update that does not follow the one before it.
    package enum BreakRule: Sendable {
        /// Refuse the file at the update.
        case refuse
        /// Say that the book is lost and wait for another snapshot; refuse the file if none comes.
        case resync
    }

    /// What happens to the book.
    package enum Step: Equatable {
        /// It is what the snapshot says.
        case begin(BinanceDepth)
        case apply(BinanceDepth)
        /// What was known no longer holds, from this update on.
        case lost(BinanceDepth)
    }

    private enum State: Equatable {
        case waiting
        /// A snapshot is there, the update that covers it not yet.
        case begun(Int64)
        case running(Int64)
    }

    private let file: String
    private let rule: BreakRule
    private var state = State.waiting
    private var kept: [BinanceDepth] = []
    private var keptLevels = 0
    /// The update that broke the chain, while no snapshot has mended it.
    private var unmended: (line: Int, reason: String)?

    /// Updates that a snapshot or the book held already.
    package private(set) var droppedCount = 0
    /// Events that changed the book.
    package private(set) var appliedCount = 0
    /// Line of the first update that was applied.
    package private(set) var firstAppliedLine: Int?
    /// Lines at which the chain broke.
    package private(set) var breaks: [Int] = []
    /// Snapshots that said nothing new.
    package private(set) var idleSnapshotCount = 0

    /// Levels that are kept for a snapshot at most: about a day of one busy instrument.
    private static let mostKeptLevels = 8_000_000

    /// - Parameter file: for messages.
    package init(file: String, rule: BreakRule) { (self.file, self.rule) = (file, rule) }

    /// Takes the next update or snapshot of the file.
    ///
    /// - Returns: what happens to the book now, in order.
    /// - Throws: ``Failure`` with code `data.book-chain` for a broken chain, as the rule says, and where too much
    ///   precedes the first snapshot.
    package mutating func add(_ depth: BinanceDepth, isSnapshot: Bool) throws -> [Step] {
        if isSnapshot { return try begin(depth) }
        if state == .waiting {
            try keep(depth)
            return []
        }
        return try follow(depth)
    }

    private mutating func begin(_ snapshot: BinanceDepth) throws -> [Step] {
        switch state {
        case .running(let last) where snapshot.last <= last, .begun(let last) where snapshot.last <= last:
            idleSnapshotCount += 1
            return []
        default: break
        }
        state = .begun(snapshot.last)
        unmended = nil
        var steps: [Step] = [.begin(snapshot)]
        let early = kept
        (kept, keptLevels) = ([], 0)
        for depth in early {
            if state == .waiting { try keep(depth) } else { steps += try follow(depth) }
        }
        return steps
    }

    private mutating func follow(_ depth: BinanceDepth) throws -> [Step] {
        let isFutures = depth.previous != nil
        switch state {
        case .waiting: return []
        case .begun(let number):
            if isFutures ? depth.last < number : depth.last <= number {
                droppedCount += 1
                return []
            }
            // A number of 2^63 − 1 has none behind it.
            guard depth.first <= (isFutures ? number : number.saturatingPlus(1)) else {
                return try lose(depth, "begins at \(depth.first), the snapshot before it ends at \(number)")
            }
        case .running(let last):
            if depth.last <= last {
                droppedCount += 1
                return []
            }
            guard isFutures ? depth.previous == last : depth.first == last.saturatingPlus(1) else {
                let begins = depth.previous.map { "follows \($0)" } ?? "begins at \(depth.first)"
                return try lose(depth, "\(begins), the update before it ends at \(last)")
            }
        }
        state = .running(depth.last)
        appliedCount += 1
        if firstAppliedLine == nil { firstAppliedLine = depth.line }
        return [.apply(depth)]
    }

    private mutating func lose(_ depth: BinanceDepth, _ reason: String) throws -> [Step] {
        breaks.append(depth.line)
        if rule == .refuse { throw broken(depth.line, reason) }
        unmended = (depth.line, reason)
        state = .waiting
        try keep(depth)
        return [.lost(depth)]
    }

    private mutating func keep(_ depth: BinanceDepth) throws {
        kept.append(depth)
        keptLevels += depth.levels.count
        guard keptLevels <= BinanceDepthChain.mostKeptLevels else {
            throw Failure(
                "data.book-chain",
                "\(file):\(depth.line): found \(keptLevels) changed levels and no snapshot of the book to begin with",
                hint: "record the answer of the exchange's depth request beside the stream")
        }
    }

    private func broken(_ line: Int, _ reason: String) -> Failure {
        Failure(
            "data.book-chain", "\(file):\(line): found a depth update that \(reason): updates in between are missing",
            hint: "cut the recording there, or record a snapshot behind the gap")
    }

    /// Says that the file has ended.
    ///
    /// - Throws: ``Failure`` with code `data.book-chain` where updates have no snapshot, or none behind a break.
    package func finish() throws {
        if let unmended { throw broken(unmended.line, unmended.reason) }
        if state == .waiting, let first = kept.first {
            throw Failure(
                "data.book-chain",
                "\(file):\(first.line): found \(kept.count) depth updates and no snapshot of the book to begin with",
                hint: "record the answer of the exchange's depth request beside the stream; trades and quotes can be "
                    + "read without")
        }
    }
}
