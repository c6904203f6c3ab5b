import Basics
import Deployment
import Foundation
import ModelBundles

/// What lies in the inbox, which belongs to others: read once, answered once, and taken away where this host may.
extension BundleInstaller {
    /// Names in the inbox that end so, in order. Whatever else lies there is nobody's mail.
    func entries(_ suffix: String) throws -> [String] {
        try inbox { $0.hasSuffix(suffix) }
    }

    private func inbox(_ isMail: (String) -> Bool) throws -> [String] {
        guard Paths.isDirectory(directory.inbox) else { return [] }
        return try Paths.entries(directory.inbox, isLenient: true).filter { isMail($0) && !$0.hasPrefix(".") }
    }

    /// Works through mail of one kind. What does not count is refused with a receipt, and holds up no other.
    ///
    /// So much is answered by one look: a flood waits for the next, and what makes safe does not wait for it.
    ///
    /// - Parameters:
    ///   - names: of the inbox, in the order in which they are taken.
    ///   - look: gets the receipts, and how much waits.
    ///   - take: does what a file says, at a time; its receipts.
    func work(
        through suffix: String, _ names: [String], most: Int, _ look: inout Look,
        _ take: (HostFile, Nanoseconds) throws -> [Receipt]
    ) throws {
        var answers = 0, bytes = 0
        for (index, name) in names.enumerated() {
            guard answers < Self.most.answers, bytes < Self.most.mailBytes else {
                look.mailWaiting += names.count - index
                return
            }
            switch try read(name, most: most) {
            case .nothing: continue
            case .told(let receipt): look.receipts.append(receipt)
            case .file(let file):
                bytes += file.bytes.count
                look.receipts += try answer(file, name, suffix, take)
            }
            answers += 1
        }
    }

    private func answer(
        _ file: HostFile, _ name: String, _ suffix: String, _ take: (HostFile, Nanoseconds) throws -> [Receipt]
    ) throws -> [Receipt] {
        let time = clock.now()
        do {
            let receipts = try take(file, time)
            return receipts + (try clear(file, name))
        } catch let refusal as any UserFacingError where !(refusal is FileError) && refusal.code != "runtime.state" {
            let digest = Digest.sha256(file.bytes)
            let told = try reject(file, name, as: "\(digest.prefix(16))\(suffix)")
            let receipt = Receipt(
                environment: directory.name, outcome: .refused, bundle: digest,
                reason: BundleInstaller.reason(refusal), time: time)
            return told + [try host.write(receipt, as: TradingHost.strayName(receipt))]
        }
    }

    /// What a name gave.
    enum Mail {
        case file(HostFile)
        /// It is no file, which is told of now.
        case told(Receipt)
        /// It was taken away meanwhile, or was told of or answered before.
        case nothing
    }

    func read(_ name: String, most: Int) throws -> Mail {
        let path = Paths.join(directory.inbox, name)
        switch Result(catching: { () throws(HostFile.Problem) in try HostFile.read(path, most: most) }) {
        case .success(let file):
            let isAnswered = host.hasReceipt(Self.entryReceipt(name), of: Self.mark(file, name))
            return isAnswered ? .nothing : .file(file)
        case .failure(.missing): return .nothing
        case .failure(let problem):
            let digest = Digest.sha256("inbox/\(name)")
            return try tell(name, digest, problem.words).map { .told($0) } ?? .nothing
        }
    }

    /// Keeps what was refused, for whoever asks why.
    ///
    /// - Returns: as ``clear(_:_:)``.
    func reject(_ file: HostFile, _ name: String, as kept: String) throws -> [Receipt] {
        try AtomicFile.write(file.bytes, to: Paths.join(directory.rejected, kept))
        let told = try clear(file, name)
        try boundRejected()
        return told
    }

    /// Takes the name of what was answered away.
    ///
    /// - Returns: that this host may not, told once; the entry is passed over from then on.
    func clear(_ file: HostFile, _ name: String) throws -> [Receipt] {
        guard try !file.remove(Paths.join(directory.inbox, name)) else { return [] }
        let words = "it was answered, and this host may not take it away"
        return try tell(name, Self.mark(file, name), words).map { [$0] } ?? []
    }

    /// How names of receipts begin that tell of entries.
    static let entryMark = "entry-"

    /// The name of the receipt that tells of an entry once.
    static func entryReceipt(_ name: String) -> String {
        "\(entryMark)\(Digest.sha256("inbox/\(name)").prefix(12)).json"
    }

    /// Stands for a file under a name, and for no bundle.
    private static func mark(_ file: HostFile, _ name: String) -> String {
        Digest.sha256("inbox/\(name) \(Digest.sha256(file.bytes))")
    }

    /// - Returns: nil where it was told before.
    private func tell(_ name: String, _ digest: String, _ words: String) throws -> Receipt? {
        let file = Self.entryReceipt(name)
        guard !host.hasReceipt(file, of: digest) else { return nil }
        let code = "inbox.entry"
        return try host.write(
            Receipt(
                environment: directory.name, outcome: .refused, bundle: digest,
                reason: "\(code): 'inbox/\(name)': \(words); next: take it out of the inbox", time: clock.now()),
            as: file)
    }

    /// What lies in the inbox and beside it, as far as a look depends on it: where this is as it was before the last
    /// look, another gives nothing new. Costs one listing and a few `stat`.
    package func marks() -> [String] {
        let suffixes = [".hftbundle", ".authority.json", Withdrawal.suffix, ReceiptsTaken.suffix]
        let names = (try? inbox { name in suffixes.contains { name.hasSuffix($0) } }) ?? ["?"]
        return
            (names.map { Paths.join(directory.inbox, $0) } + [
                directory.authorityFile, directory.acceptedAuthority, directory.haltFile,
            ])
            .map { path in
                var info = stat()
                guard lstat(path, &info) == 0 else { return path }
                return "\(path) \(info.st_ino) \(info.st_size) \(info.st_mtim.tv_sec).\(info.st_mtim.tv_nsec)"
            } + TrackedByGit.marks(directory)
    }
}
