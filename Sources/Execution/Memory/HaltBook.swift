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
    ///
    /// A halt that this host has signed ends by a signed resume alone: its file is put back, also where the memory of
    /// it is gone. One that a file by hand began ends with that file.
    ///
    /// - Returns: what an operator should look at.
    func takeOver(at time: Nanoseconds, by host: TradingHost) throws -> String? {
        let path = view.directory.haltFile, isHalted = Paths.exists(path), isKnown = try view.halts().isHalted
        guard !isHalted else {
            guard !isKnown else { return nil }
            var info = stat()
            let written = stat(path, &info) == 0 ? Int64(saturating: Double(info.st_mtim.tv_sec) * 1e9) : time
            try halt(at: max(0, min(time, written)))
            return nil
        }
        // Asked after the file: who resumes signs before it is taken away.
        guard let halt = try HostActs(host).standing() else {
            if isKnown { try resume(at: time) }
            return nil
        }
        let words = "\(halt.person ?? ""): \(halt.reason ?? "")"
        try AtomicFile.write("\(TimeText.utc(halt.time)) \(words)\n", to: path)
        try self.halt(at: halt.time)
        return "the halt file was taken away, and nobody signed a resume: trading stays halted (\(words)); end "
            + "it with hftml-runtime resume \(view.directory.directory) --by PERSON --reason TEXT"
    }

    private func change(_ body: (inout HaltMemory) -> Void) throws {
        let lock = try FileLock(HostActs.lockFile(view.directory))
        defer { withExtendedLifetime(lock) {} }
        var memory = try view.halts()
        let before = memory
        body(&memory)
        guard memory != before else { return }
        try AtomicFile.write(memory.json.text(.pretty) + "\n", to: view.directory.haltMemory)
    }
}
