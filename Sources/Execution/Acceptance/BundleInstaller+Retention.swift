import Basics
import Deployment
import Foundation
import ModelBundles

/// What a host drops: receipts that the audit log has, and the oldest refused files.
extension BundleInstaller {
    /// Takes lists of receipts that the log has from the inbox, and drops the oldest of those. A list that does not
    /// count is refused with a receipt.
    func takeLists(_ authority: AuthorityEnvelope, _ look: inout Look) throws {
        let suffix = ReceiptsTaken.suffix, now = look.time
        try work(through: suffix, try entries(suffix), most: ReceiptsTaken.mostBytes, &look) { file, _ in
            try drop(try list(file.bytes, authority, at: now))
            return []
        }
    }

    private func list(_ bytes: [UInt8], _ authority: AuthorityEnvelope, at now: Nanoseconds) throws -> ReceiptsTaken {
        let envelope = try Envelope(String(decoding: bytes, as: UTF8.self)), document = authority.authority
        let role = EnvironmentAuthority.Role.log
        if let objection = document.objection(to: envelope, role: role, at: now) {
            throw Failure(
                "receipts.key", "found a list of receipts that does not count: \(objection)",
                hint: "let a key with the role log sign the head: hftml audit anchor --as KEY")
        }
        let list = try ReceiptsTaken(envelope)
        guard list.environment == directory.name else {
            throw Failure(
                "receipts.environment",
                "found a list of receipts of '\(list.environment)', this is '\(directory.name)'")
        }
        return list
    }

    /// Drops receipts of this host's own hand that are in the log, but for the newest. A file that cannot be read, or
    /// that is nobody's receipt, is left alone and holds up no other. What is told of entries and of what nobody had
    /// ordered here counts for itself: however much of it there is, it pushes no answer to an order out, and no halt.
    private func drop(_ list: ReceiptsTaken) throws {
        guard Paths.isDirectory(directory.receipts) else { return }
        let taken = Set(list.receipts), needed = try neededReceipts()
        typealias Own = (path: String, time: Nanoseconds, isTaken: Bool)
        var answers: [Own] = [], others: [Own] = []
        for name in try Paths.entries(directory.receipts, isLenient: true)
        where name.hasSuffix(".json") && !name.hasPrefix(TradingHost.strayMark) {
            let path = Paths.join(directory.receipts, name)
            guard let file = try? HostFile.read(path, most: ReceiptsTaken.mostBytes),
                let found = try? Receipt.read(file.bytes, hosts: [host.key.publicKey], in: path), found.host != nil
            else { continue }
            let isTaken = taken.contains(Digest.sha256(file.bytes)) && !needed.contains(name)
            if name.hasPrefix(BundleInstaller.entryMark) {
                if isTaken { try Paths.remove(path) }
                continue
            }
            let receipt = (path, found.receipt.time, isTaken)
            if name.hasPrefix(TradingHost.elsewhereMark) { others.append(receipt) } else { answers.append(receipt) }
        }
        for receipts in [answers, others] {
            let sorted = receipts.sorted { ($0.time, $0.path) < ($1.time, $1.path) }
            for receipt in sorted.dropLast(retention.receipts) where receipt.isTaken { try Paths.remove(receipt.path) }
        }
    }

    /// Names of receipts that the next look would write anew: of what is in force, and of what still lies in the inbox
    /// and is no file. And of the last halt or resume, which says whether trading is halted; of the order that was
    /// refused or withdrawn last, which an older copy of the memory would take; and of the way that led here and of
    /// every rollback, by which a memory is put together again.
    private func neededReceipts() throws -> Set<String> {
        var names: Set<String> = []
        if let act = try HostActs(host).newest() { names.insert(act.file) }
        let history = try host.view.history()
        for revision in history.path + history.revisions.filter({ $0.action == .rollback })
            + history.revisions.suffix(1)
        {
            names.insert(TradingHost.receiptName(revision.counter, bundle: revision.bundle))
        }
        if let answer = try lastAnswer(history) { names.insert(answer) }
        guard Paths.isDirectory(directory.inbox) else { return names }
        for entry in try Paths.entries(directory.inbox, isLenient: true) {
            names.insert(BundleInstaller.entryReceipt(entry))
        }
        return names
    }

    /// The receipt of the highest order that was answered without coming in force; lower ones are spent by it.
    private func lastAnswer(_ history: RevisionHistory) throws -> String? {
        let own = OwnReceipts(host), reach = FormerReach(host.view, history)
        let answers = try own.answers().filter { !$0.isRevision && $0.number > history.lastCounter }
        return try answers.last { try own.receipt($0, reach) != nil }?.file
    }

    /// The oldest receipts of what nobody had ordered go where there are too many.
    func boundStrays() throws {
        let strays = try Paths.entries(directory.receipts, isLenient: true).compactMap {
            name -> (time: Nanoseconds, name: String)? in
            let words = name.split(separator: "-")
            guard name.hasPrefix(TradingHost.strayMark), words.count == 3, let time = Nanoseconds(words[1]) else {
                return nil
            }
            return (time, name)
        }
        for stray in strays.sorted(by: { $0 < $1 }).dropLast(retention.strays) {
            let path = Paths.join(directory.receipts, stray.name)
            if !Paths.isRealDirectory(path) { try Paths.remove(path) }
        }
    }

    /// The oldest refused files go where there are too many, or too many bytes of them.
    func boundRejected() throws {
        var files = try Paths.entries(directory.rejected, isLenient: true).compactMap {
            name -> (path: String, time: Int, nanos: Int, size: Int)? in
            let path = Paths.join(directory.rejected, name)
            var info = stat()
            guard lstat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
            return (path, info.st_mtim.tv_sec, info.st_mtim.tv_nsec, Int(clamping: info.st_size))
        }
        files.sort { ($0.time, $0.nanos, $0.path) < ($1.time, $1.nanos, $1.path) }
        var bytes = files.reduce(0) { $0.saturatingPlus($1.size) }, count = files.count
        // The one that was refused last stays, however large.
        for file in files.dropLast() where count > retention.rejected.files || bytes > retention.rejected.bytes {
            try Paths.remove(file.path)
            (count, bytes) = (count - 1, bytes - file.size)
        }
    }
}
