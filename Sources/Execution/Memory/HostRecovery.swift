package import Basics
import Deployment
import Foundation
import ModelBundles

/// Puts the memory of a host together again from what it has signed and kept, where a file of it is gone, damaged, or
/// an older copy: its own receipts say which revisions came in force and which orders were answered, and the bundles of
/// the revisions lie in `installed/history`. Nothing else is believed: nothing comes in force by it that never was.
///
/// A person asks for it. A look does not do so by itself: why a memory is older than its host is worth a thought.
package struct HostRecovery: Sendable, Equatable {
    /// The newest revision, which the next look puts back in force.
    package private(set) var revision = 0
    /// Numbers of revisions that the memory did not have.
    package private(set) var putBack: [Int] = []
    /// Numbers of revisions that are signed, older than the newest, and whose bundles are gone: no rollback reaches
    /// them.
    package private(set) var lost: [Int] = []
    /// Up to this number orders are answered.
    package private(set) var spent = 0
    /// Where damaged files lie now.
    package private(set) var aside: [String] = []

    /// - Parameter installer: has the right to put bundles in force.
    /// - Throws: ``Failure`` with code `runtime.state` where what is needed is gone as well, ``FileError``.
    package init(_ installer: BundleInstaller) throws {
        let host = installer.host, view = host.view, directory = view.directory
        // What is gone is an empty one, or damaged where there was one.
        let known = try? view.revisions()
        let keys = TrustedKeys(try view.trail(try view.authority(at: installer.clock.now()).newest).keys)
        var history = known ?? RevisionHistory()
        let answers = try HostRecovery.answers(host)
        for (counter, receipts) in answers.inForce.sorted(by: { $0.key < $1.key }) where history[counter] == nil {
            guard let found = HostRecovery.revision(counter, receipts, host, keys) else {
                lost.append(counter)
                continue
            }
            history.append(found.revision)
            if let time = found.ordered { history.note(ordered: time, at: found.revision.time) }
            putBack.append(counter)
        }
        if let counter = lost.last, counter > history.lastCounter {
            throw view.damaged(
                "found a receipt of revision \(counter), and not its bundle in installed/history",
                next: "bring it back from a backup: cp BACKUP/\(Paths.name(directory.revision(counter))) "
                    + "\(directory.history)/")
        }
        if let highest = answers.spent { history.spend(highest) }
        let kept = try HostRecovery.kept(host, keys)
        guard known != nil || !history.revisions.isEmpty || (history.spentCounter > 0 && kept.isEmpty) else {
            throw view.damaged(
                "found neither a history nor a receipt of a revision",
                next: "bring installed/ back from a backup: cp -a BACKUP/installed/. \(directory.installed)/")
        }
        // Where all is lost nobody knows whether the newest of them came in force; none of them does a second time.
        if known == nil { for number in kept { history.spend(number) } }
        (revision, spent) = (history.lastCounter, history.spentCounter)
        if history != known { try replace(directory.stateFile, by: history.json, isDamaged: known == nil, installer) }
    }

    private mutating func replace(
        _ path: String, by node: JSONValue, isDamaged: Bool, _ installer: BundleInstaller
    ) throws {
        var info = stat()
        if isDamaged, lstat(path, &info) == 0 {
            let other = "\(path).\(installer.clock.now()).aside"
            guard rename(path, other) == 0 else { throw FileError("move", path) }
            aside.append(other)
        }
        try AtomicFile.write(node.text(.pretty) + "\n", to: path)
    }

    // MARK: What is believed

    /// What this host has signed of orders: what came in force by them, and the highest that was refused or withdrawn.
    private static func answers(_ host: TradingHost) throws -> (inForce: [Int: [Receipt]], spent: Int?) {
        var inForce: [Int: [Receipt]] = [:], spent: Int?
        guard Paths.isDirectory(host.directory.receipts) else { return ([:], nil) }
        for name in try Paths.entries(host.directory.receipts, isLenient: true) where name.hasSuffix(".json") {
            let words = name.split(separator: "-")
            guard words.count > 2, ["revision", "refused", "withdrawn"].contains(words[0]),
                let number = Int(words[1]), let receipt = host.receipt(name), receipt.counter == number
            else { continue }
            switch receipt.outcome {
            case .installed, .rolledBack: inForce[number, default: []].append(receipt)
            case .refused, .withdrawn: spent = max(spent ?? 0, number)
            case .halted, .resumed: continue
            }
        }
        return (inForce, spent)
    }

    /// Numbers of the bundles that are kept here, each with an order of that number.
    private static func kept(_ host: TradingHost, _ keys: TrustedKeys) throws -> [Int] {
        let directory = host.directory
        guard Paths.isDirectory(directory.history) else { return [] }
        return try Paths.entries(directory.history, isLenient: true).compactMap { name in
            guard name.hasSuffix(".hftbundle"), let number = Int(name.dropLast(".hftbundle".count)),
                let file = try? HostFile.read(Paths.join(directory.history, name), most: ModelBundle.mostBytes),
                let terms = try? ModelBundle.verify(file.bytes, trusted: keys).terms,
                let order = try? DeploymentOrder(terms.deployment), order.counter == number,
                order.environment == directory.name
            else { return nil }
            return number
        }
    }

    /// A revision by its receipt and its kept bundle, and when somebody else than this host ordered it.
    private static func revision(_ counter: Int, _ receipts: [Receipt], _ host: TradingHost, _ keys: TrustedKeys) -> (
        revision: RevisionHistory.Revision, ordered: Nanoseconds?
    )? {
        guard let file = try? HostFile.read(host.directory.revision(counter), most: ModelBundle.mostBytes),
            let receipt = receipts.first(where: { $0.bundle == Digest.sha256(file.bytes) }),
            let terms = try? ModelBundle.verify(file.bytes, trusted: keys).terms,
            let order = try? DeploymentOrder(terms.deployment), order.counter == counter
        else { return nil }
        let isOwn = !terms.deployment.signers(among: [host.key.publicKey]).isEmpty
        return (
            RevisionHistory.Revision(
                counter: counter, action: order.action, bundle: receipt.bundle, manifest: terms.manifestDigest,
                weights: terms.weightsDigest, strategy: terms.strategy.digest, share: order.share, time: receipt.time),
            isOwn ? nil : order.time
        )
    }

    // MARK: Told

    /// For people.
    package var lines: [String] {
        func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ", ") }
        var lines = ["newest revision: \(revision); orders up to \(spent) are answered"]
        if !putBack.isEmpty { lines.append("put back: revisions \(list(putBack))") }
        if !lost.isEmpty { lines.append("out of a rollback's reach, their bundles are gone: revisions \(list(lost))") }
        lines += aside.map { "moved away: \($0)" }
        if putBack.isEmpty, aside.isEmpty { lines.append("found nothing to put back") }
        return lines
    }

    /// What `recover --json` prints.
    package var json: JSONValue {
        .map([
            "schemaVersion": .int(1), "revision": .int(revision), "spent": .int(spent),
            "putBack": .list(putBack.map { .int($0) }), "lost": .list(lost.map { .int($0) }),
            "aside": .strings(aside),
        ])
    }
}
