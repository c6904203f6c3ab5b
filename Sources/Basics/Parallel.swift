import Foundation
import Synchronization

/// Splits work over the cores.
package enum Parallel {
    package static let threads = max(1, min(ProcessInfo.processInfo.activeProcessorCount, 16))

    /// Calls `body` with ranges that cover `0..<count`, one per core, and waits. Fewer ranges when each would be
    /// shorter than `minimum`.
    package static func ranges(_ count: Int, minimum: Int = 1, _ body: @Sendable (Range<Int>) -> Void) {
        let parts = max(1, min(threads, count / max(minimum, 1)))
        if parts == 1 { return body(0..<count) }
        DispatchQueue.concurrentPerform(iterations: parts) { part in
            body(count * part / parts..<count * (part + 1) / parts)
        }
    }
}

extension Parallel {
    /// What `body` makes of each of `0..<count`, on all cores.
    package static func map<Result: Sendable>(_ count: Int, _ body: @Sendable (Int) -> Result) -> [Result] {
        if count < 2 || threads == 1 { return (0..<count).map(body) }
        var out = [Result?](repeating: nil, count: count)
        out.withUnsafeMutableBufferPointer { buffer in
            let places = SendablePointer(buffer)
            DispatchQueue.concurrentPerform(iterations: count) { places.value[$0] = body($0) }
        }
        return out.compactMap { $0 }
    }
}

/// A value behind a lock.
package final class Guarded<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    package init(_ value: Value) { mutex = Mutex(value) }

    package var value: Value { mutex.withLock { $0 } }
    @discardableResult
    package func update<Result: Sendable>(_ body: @Sendable (inout Value) throws -> Result) rethrows -> Result {
        try mutex.withLock { try body(&$0) }
    }
}

/// A pointer whose parts go to different threads; the caller sees to it that no two write the same element.
package struct SendablePointer<Element>: @unchecked Sendable {
    package let value: UnsafeMutableBufferPointer<Element>
    package init(_ value: UnsafeMutableBufferPointer<Element>) { self.value = value }
}
