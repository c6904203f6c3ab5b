import Basics
import Deployment
import Foundation
import ModelBundles

/// Writes when trading was halted: canaries earn no hours then. Whoever halts does not need the right to put bundles in
/// force, so the memory has a lock of its own.
struct HaltBook {
    let view: HostView

    func halt(at time: Nanoseconds) throws { try change { $0.halt(at: time) } }
    func resume(at time: Nanoseconds) throws { try change { $0.resume(at: time) } }

    /// Takes over what somebody did to the halt file by hand, or a process that was stopped half-way.
    ///
    /// A halt that this host has signed ends by a signed resume alone: its file is put back. One that a file by hand
    /// began ends with that file.
    ///
    /// - Returns: what an operator should look at.
    func takeOver(at time: Nanoseconds, by host: PublicKey) throws -> String? {
        let path = view.directory.haltFile, isHalted = Paths.exists(path)
        guard try view.halts().isHalted != isHalted else { return nil }
        guard isHalted else {
            guard let halt = try standing(host) else {
                try resume(at: time)
                return nil
            }
            let words = "\(halt.person ?? ""): \(halt.reason ?? "")"
            try AtomicFile.write("\(TimeText.utc(halt.time)) \(words)\n", to: path)
            return
                "the halt file was taken away, and nobody signed a resume: trading stays halted (\(words)); end "
                + "it with hftml-runtime resume \(view.directory.directory) --by PERSON --reason TEXT"
        }
        var info = stat()
        let written = stat(path, &info) == 0 ? Int64(saturating: Double(info.st_mtim.tv_sec) * 1e9) : time
        try halt(at: max(0, min(time, written)))
        return nil
    }

    /// The halt by this host's own hand that no later resume has ended.
    private func standing(_ host: PublicKey) throws -> Receipt? {
        let directory = view.directory
        guard Paths.isDirectory(directory.receipts) else { return nil }
        var newest: Receipt?
        for name in try Paths.entries(directory.receipts, isLenient: true) where name.hasSuffix(".json") {
            let path = Paths.join(directory.receipts, name)
            guard let file = try? HostFile.read(path, most: ReceiptsTaken.mostBytes),
                let found = try? Receipt.read(file.bytes, hosts: [host], in: path), found.host != nil,
                found.receipt.environment == directory.name
            else { continue }
            let receipt = found.receipt, time = newest?.time ?? .min
            switch receipt.outcome {
            case .halted where receipt.time > time, .resumed where receipt.time >= time: newest = receipt
            default: continue
            }
        }
        return newest?.outcome == .halted ? newest : nil
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
