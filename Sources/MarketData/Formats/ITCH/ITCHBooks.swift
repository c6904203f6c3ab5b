import Basics
import Foundation

/// The order books of all instruments of an ITCH feed, built by several threads at once: each takes the instruments
/// whose locate numbers fall to it, steps over the others, and has a table of orders of its own.
///
/// What breaks the rules of the feed is counted as by ``ITCHBookBuilder``, within each thread's instruments: an order
/// that belongs to an instrument of another thread is one that is not known, and times are compared with those of the
/// same thread's messages.
package final class ITCHBooks {
    private let builders: [ITCHBookBuilder]

    /// - Parameters:
    ///   - threads: rounded down to a power of two, at most 64.
    ///   - bits: of each thread's table of orders; see ``ITCHBookBuilder``.
    package init(threads: Int = 2, bits: Int = 16) {
        let wanted = min(max(threads, 1), 64), count = 1 << (Int.bitWidth - 1 - wanted.leadingZeroBitCount)
        builders = (0..<count).map { ITCHBookBuilder(bits: bits, share: $0, of: count) }
    }

    private func builder(_ locate: UInt16) -> ITCHBookBuilder { builders[Int(locate) & (builders.count - 1)] }

    /// Takes all whole messages at the front of a block, each behind its length.
    ///
    /// - Returns: the bytes that they had, and their number; what is left is no whole message.
    package func apply(_ block: UnsafeRawBufferPointer) -> (used: Int, messages: Int) {
        guard builders.count > 1 else { return builders[0].apply(block) }
        nonisolated(unsafe) let builders = builders, block = block
        nonisolated(unsafe) let taken = UnsafeMutableBufferPointer<(used: Int, messages: Int)>
            .allocate(capacity: builders.count)
        defer { taken.deallocate() }
        DispatchQueue.concurrentPerform(iterations: builders.count) { index in
            taken.initializeElement(at: index, to: builders[index].apply(block))
        }
        return taken[0]
    }

    /// Takes all messages of a file.
    ///
    /// - Throws: as ``ITCHStream/next()``.
    package func read(_ path: String) throws { try ITCHStream(path).blocks(apply) }

    /// Messages so far.
    package var messageCount: Int { builders[0].messageCount }
    /// Orders that live.
    package var orderCount: Int { builders.reduce(0) { $0 + $1.orderCount } }
    /// Messages that broke a rule; see ``ITCHBookBuilder/violationCount``.
    package var violationCount: Int { builders.reduce(0) { $0 + $1.violationCount } }

    /// How often a rule was broken.
    package func count(_ rule: ITCHBookBuilder.Violation) -> Int { builders.reduce(0) { $0 + $1.count(rule) } }

    /// The first message that broke a rule, from 1, and which.
    package var firstViolation: (message: Int, rule: ITCHBookBuilder.Violation)? {
        builders.compactMap(\.firstViolation).min { $0.message < $1.message }
    }

    /// Levels of a side.
    package func levelCount(_ locate: UInt16, isBuy: Bool) -> Int { builder(locate).levelCount(locate, isBuy: isBuy) }

    /// A level of a side, 0 the best; nil beyond the last.
    package func level(_ locate: UInt16, isBuy: Bool, _ depth: Int = 0) -> ITCHBookBuilder.Level? {
        builder(locate).level(locate, isBuy: isBuy, depth)
    }

    /// An order by its number.
    package func order(_ ref: UInt64) -> ITCHBookBuilder.Order? { builders.lazy.compactMap { $0.order(ref) }.first }
}
