package import Basics
import Deployment
import Foundation
import ModelBundles

/// Puts the memory of a host together again from what it has signed and kept, where a file of it is gone, damaged, or
/// an older copy: its own receipts say which revisions came in force and which orders were answered, and the bundles of
/// the revisions lie in `installed/history`. The bundle in force is evidence as well, where keys of the environment
/// ordered it for this host. Nothing else is believed: nothing comes in force by it that never was.
/// What is missing in the middle stays a hole, which no rollback crosses by itself.
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
    /// Numbers of orders of which nobody can tell what came in force by them. No rollback crosses them by itself.
    package private(set) var unknown: [ClosedRange<Int>] = []
    /// Why a rollback that names no revision would be refused.
    package private(set) var problem: String?
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
        let evidence = try RevisionEvidence(host, keys, beside: history, at: installer.clock.now())
        let numbers = evidence.numbers
        for (revision, ordered) in evidence.revisions(beside: history) {
            history.append(revision)
            if let ordered { history.note(ordered: ordered, at: revision.time) }
            putBack.append(revision.counter)
        }
        lost = evidence.signed.filter { history[$0] == nil }
        if let counter = lost.last, counter > history.lastCounter {
            throw bundleIsGone(counter, evidence.former[counter], view)
        }
        history.unknown = evidence.holes(in: history, known: known)
        unknown = history.unknown
        if let highest = numbers.refused.max() { history.spend(highest) }
        guard known != nil || !history.revisions.isEmpty || (history.spentCounter > 0 && numbers.kept.isEmpty) else {
            throw view.damaged(
                "found neither a history nor a receipt of a revision",
                next: "bring installed/ back from a backup: mkdir -p \(directory.installed) && "
                    + "cp -a BACKUP/installed/. \(directory.installed)/; \(view.wayOn)")
        }
        // Where all is lost nobody knows whether the newest of them came in force; none of them does a second time.
        if known == nil { for number in numbers.kept { history.spend(number) } }
        (revision, spent) = (history.lastCounter, history.spentCounter)
        problem = history.holeProblem
        // The bundle in force may be the only copy of the newest one.
        if let ahead = evidence.ahead, history.current?.bundle == ahead.digest,
            !Paths.exists(directory.revision(revision))
        {
            try AtomicFile.write(ahead.bytes, to: directory.revision(revision))
        }
        if history != known { try replace(directory.stateFile, by: history.json, isDamaged: known == nil, installer) }
    }

    private func bundleIsGone(
        _ counter: Int, _ former: (signed: String, away: String)?, _ view: HostView
    ) -> Failure {
        let directory = view.directory
        return view.damaged(
            "found a receipt of revision \(counter)\(former?.signed ?? ""), and not its bundle in installed/history",
            next: (former?.away ?? "") + "bring it back from a backup: mkdir -p \(directory.history) && "
                + "cp BACKUP/\(Paths.name(directory.revision(counter))) \(directory.history)/; then: hftml-runtime "
                + "recover \(directory.directory); \(view.wayOn)")
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

    // MARK: Told

    /// For people.
    package var lines: [String] {
        func list(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: ", ") }
        var lines = ["newest revision: \(revision); orders up to \(spent) are answered"]
        if !putBack.isEmpty { lines.append("put back: revisions \(list(putBack))") }
        if !lost.isEmpty { lines.append("out of a rollback's reach, their bundles are gone: revisions \(list(lost))") }
        lines += unknown.map {
            let from = $0.lowerBound, to = $0.upperBound
            return "not known what came in force by " + (from == to ? "order \(from)" : "orders \(from) to \(to)")
        }
        if let problem { lines.append("to mend: \(problem)") }
        lines += aside.map { "moved away: \($0)" }
        if putBack.isEmpty, aside.isEmpty { lines.append("found nothing to put back") }
        return lines
    }

    /// What `recover --json` prints.
    package var json: JSONValue {
        .map([
            "schemaVersion": .int(1), "revision": .int(revision), "spent": .int(spent),
            "putBack": .list(putBack.map { .int($0) }), "lost": .list(lost.map { .int($0) }),
            "aside": .strings(aside), "problem": .string(problem),
            "unknown": .list(unknown.map { .map(["from": .int($0.lowerBound), "to": .int($0.upperBound)]) }),
        ])
    }
}
