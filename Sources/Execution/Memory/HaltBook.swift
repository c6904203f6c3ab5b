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
    func takeOver(at time: Nanoseconds, by host: TradingHost) throws -> [String] {
        let path = view.directory.haltFile, mended = try mend()
        let isHalted = Paths.exists(path), isKnown = try view.halts().isHalted
        guard !isHalted else {
            guard !isKnown else { return mended }
            var info = stat()
            let written = stat(path, &info) == 0 ? Int64(saturating: Double(info.st_mtim.tv_sec) * 1e9) : time
            try halt(at: max(0, min(time, written)))
            return mended
        }
        // Asked after the file: who resumes signs before it is taken away.
        guard let halt = try HostActs(host).standing() else {
            if isKnown { try resume(at: time) }
            return mended
        }
        let words = "\(halt.person ?? ""): \(halt.reason ?? "")"
        try AtomicFile.write("\(TimeText.utc(halt.time)) \(words)\n", to: path)
        try self.halt(at: halt.time)
        return mended + [
            "the halt file was taken away, and nobody signed a resume: trading stays halted (\(words)); end "
                + "it with hftml-runtime resume \(view.directory.directory) --by PERSON --reason TEXT"
        ]
    }

    /// Writes a damaged memory anew, as one that was halted until now.
    ///
    /// - Returns: what was done, for people.
    private func mend() throws -> [String] {
        guard let damage = try view.rememberedHalts().damage else { return [] }
        let aside = try change { _ in }
        return [
            "\(damage); all time until now counts as halted, and a canary's hours begin anew"
                + (aside.map { "; what lay there is in \($0)" } ?? "") + "; look for the cause"
        ]
    }

    /// - Returns: where a damaged memory was moved.
    @discardableResult
    private func change(_ body: (inout HaltMemory) -> Void) throws -> String? {
        // Whoever holds it for long, or made its file for themselves, stops no halt. Two who change the memory at once
        // lose no act: those have receipts.
        let lock = HaltLock.take(view.directory)
        defer { withExtendedLifetime(lock) {} }
        let (before, damage) = try view.rememberedHalts(), path = view.directory.haltMemory
        var memory = before
        body(&memory)
        guard memory != before || damage != nil else { return nil }
        var aside: String?
        if damage != nil {
            let other = "\(path).\(Clock.system.now()).aside"
            guard rename(path, other) == 0 else { throw FileError("move", path) }
            aside = other
        }
        try AtomicFile.write(memory.json.text(.pretty) + "\n", to: path)
        return aside
    }
}
