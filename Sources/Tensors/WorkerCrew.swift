import Basics
import CKernels

/// Threads that stay ready between steps, for work that is too short to start threads for. See `CWorkers.h`.
package final class WorkerCrew {
    private let crew: OpaquePointer

    /// - Throws: ``Failure`` when the threads cannot be started.
    package init(threads: Int) throws {
        guard let crew = ck_workers_create(Int32(threads)) else {
            throw Failure("threads.start", "cannot start \(threads) threads", hint: "give fewer with --threads")
        }
        self.crew = crew
    }

    deinit { ck_workers_destroy(crew) }

    /// Calls `work(context, item)` for every item and returns when all are done; allocates nothing.
    package func run(
        items: Int, context: UnsafeMutableRawPointer, _ work: @convention(c) (UnsafeMutableRawPointer?, Int32) -> Void
    ) {
        ck_workers_run(crew, Int32(items), work, context)
    }
}
