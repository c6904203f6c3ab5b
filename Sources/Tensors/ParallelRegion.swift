import CKernels
import Dispatch

/// Runs a fixed number of work items on a number of threads.
///
/// Which thread runs an item never influences a result: items write disjoint memory and their sums are taken afterwards
/// in item order. Subnormal numbers are flushed to zero inside, on every thread, and the caller's mode is restored.
package enum ParallelRegion {
    /// - Parameter threads: at most as many as items are used.
    package static func run(items: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
        if threads <= 1 || items <= 1 {
            let state = ck_float_enter()
            for item in 0..<items { body(item) }
            ck_float_restore(state)
            return
        }
        let workers = min(threads, items)
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            let state = ck_float_enter()
            for item in stride(from: worker, to: items, by: workers) { body(item) }
            ck_float_restore(state)
        }
    }

    /// Runs `body` on this thread with subnormal numbers flushed to zero, as every computation of a model does.
    @inline(__always)
    package static func flushingSubnormals<T>(_ body: () throws -> T) rethrows -> T {
        let state = ck_float_enter()
        defer { ck_float_restore(state) }
        return try body()
    }
}
