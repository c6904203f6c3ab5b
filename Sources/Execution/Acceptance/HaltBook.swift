import Basics
import Deployment
import Foundation

/// Writes when trading was halted: canaries earn no hours then. Whoever halts does not need the right to put bundles in
/// force, so the memory has a lock of its own.
struct HaltBook {
    let view: HostView

    func halt(at time: Nanoseconds) throws { try change { $0.halt(at: time) } }
    func resume(at time: Nanoseconds) throws { try change { $0.resume(at: time) } }

    /// Takes over what somebody did to the halt file by hand, or a process that was stopped half-way.
    func takeOver(at time: Nanoseconds) throws {
        let path = view.directory.haltFile, isHalted = Paths.exists(path)
        guard try view.halts().isHalted != isHalted else { return }
        guard isHalted else { return try resume(at: time) }
        var info = stat()
        let written = stat(path, &info) == 0 ? Int64(saturating: Double(info.st_mtim.tv_sec) * 1e9) : time
        try halt(at: max(0, min(time, written)))
    }

    private func change(_ body: (inout HaltMemory) -> Void) throws {
        let lock = try FileLock("\(view.directory.installed)/.halts.lock")
        defer { withExtendedLifetime(lock) {} }
        var memory = try view.halts()
        let before = memory
        body(&memory)
        guard memory != before else { return }
        try AtomicFile.write(memory.json.text(.pretty) + "\n", to: view.directory.haltMemory)
    }
}
