import Basics
import Deployment
import Foundation
import ModelBundles

/// What lies in force at a host, beside what its receipts on record say. The two differ where a host came back from an
/// older copy, or lost what it had; they are compared wherever the host's things lie on this machine, and elsewhere by
/// what the host has signed of its health since.
enum HostStanding {
    /// As the record says, or nobody can tell here.
    case asRecorded
    /// Something older; nil where nothing is in force there any more.
    case behind(DeployedBundles.Terms?)
    /// Something older by its own health report, which is later than its newest receipt: the revision's number, and
    /// when it said so.
    case reports(Int, at: Nanoseconds)
    /// Nothing in force and no memory, beside receipts of its own, or a memory that does not reach what is in force: it
    /// takes nothing before it has put its memory together. With copies of the bundles that came in force there, as far
    /// as they lie here and the host needs them.
    case forgetful([Copy])
    /// Nothing in force, and a memory that was put together again: its next look puts the newest back.
    case recovered
    /// Another bundle under the number that the record has; with a revision before that both have, if there is one.
    case forked(DeployedBundles.Terms, back: Int?)
    /// A file that no key of the environment has signed.
    case foreign

    /// Whether nothing is in force at the host, and nothing that it has puts anything back.
    var isEmpty: Bool {
        if case .behind(nil) = self { return true }
        return false
    }

    /// Whether the host has something else than the record, and goes on from there: what it is to run is ordered anew.
    var isBehind: Bool {
        switch self {
        case .behind, .reports, .forked: true
        case .asRecorded, .forgetful, .recovered, .foreign: false
        }
    }

    /// A bundle in the record's store, and where the host keeps it.
    struct Copy {
        let from: String
        let to: String
    }

    /// - Parameter receipts: read before; what the host did since is no older.
    init(_ files: EnvironmentFiles, _ receipts: EnvironmentReceipts, _ bundles: DeployedBundles) {
        let host = files.host
        self = .asRecorded
        guard let newest = receipts.inForce.last, let counter = newest.counter else { return }
        let isHere = Paths.exists(host.hostKey) || Paths.exists(host.hostPublicKey)
        // Only where a host lies here: elsewhere its receipts alone are brought.
        if HostStanding.isGone(host.current), isHere {
            if HostStanding.isForgetful(host) {
                self = .forgetful(HostStanding.copies(host, receipts, bundles))
            } else {
                self = HostStanding.isRecovered(host, newest, counter) ? .recovered : .behind(nil)
            }
            return
        }
        // Which another account may keep to itself.
        guard let bytes = try? SmallFile.bytes(host.current, most: ModelBundle.mostBytes) else {
            if let told = HostStanding.reported(files, newest, bundles.session) { self = told }
            return
        }
        guard Digest.sha256(bytes) != newest.bundle else {
            // What lies in force and is not remembered is opened by no loop.
            if isHere, !HostStanding.remembers(host, counter) {
                self = .forgetful(HostStanding.copies(host, receipts, bundles))
            }
            return
        }
        guard let terms = bundles.terms(bytes) else {
            self = .foreign
            return
        }
        if terms.counter < counter { self = .behind(terms) }
        if terms.counter == counter {
            self = .forked(terms, back: HostStanding.common(receipts, newest, terms, bundles))
        }
    }

    /// Whether there is no such file. What another account keeps to itself is not gone.
    static func isGone(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) != 0 && (errno == ENOENT || errno == ENOTDIR)
    }

    /// A host that has answered orders and has neither a memory nor something in force looks into no inbox.
    private static func isForgetful(_ host: DeploymentDirectory) -> Bool {
        let names = (try? Paths.entries(host.receipts, isLenient: true)) ?? []
        return isGone(host.stateFile) && names.contains { $0.hasPrefix("revision-") }
    }

    /// Whether a host's memory reaches a revision, as far as anybody can tell: what cannot be read here its status
    /// tells there, and so does kept bundles' having none.
    private static func remembers(_ host: DeploymentDirectory, _ counter: Int) -> Bool {
        if isGone(host.stateFile) { return !isGone(host.history) }
        guard let bytes = try? SmallFile.bytes(host.stateFile, most: 1 << 26),
            let node = try? JSONParser.parse(bytes, file: host.stateFile), let history = try? RevisionHistory(node)
        else { return true }
        return history.lastCounter >= counter
    }

    /// A memory, and the newest bundle among the revisions: all that the next look needs.
    private static func isRecovered(_ host: DeploymentDirectory, _ newest: Receipt, _ counter: Int) -> Bool {
        !isGone(host.stateFile) && (try? Digest.sha256(file: host.revision(counter))) == newest.bundle
    }

    /// Of all that came in force, so that rollbacks reach what they reached before: the newest alone would leave holes.
    private static func copies(
        _ host: DeploymentDirectory, _ receipts: EnvironmentReceipts, _ bundles: DeployedBundles
    ) -> [Copy] {
        var copies: [Int: Copy] = [:]
        for receipt in receipts.inForce {
            // Of two bundles under one number the later one came in force last.
            guard let counter = receipt.counter, !Paths.exists(host.revision(counter)),
                let from = bundles.session.storedBundlePath(receipt.bundle)
            else { continue }
            copies[counter] = Copy(from: from, to: host.revision(counter))
        }
        return copies.sorted { $0.key < $1.key }.map(\.value)
    }

    /// By what a host that lies elsewhere has signed since its newest receipt.
    private static func reported(_ files: EnvironmentFiles, _ newest: Receipt, _ session: Session) -> HostStanding? {
        guard let report = EnvironmentHealth(files, session: session).signed?.report,
            // A loop that has to be started anew closes with what it has, and signs what is in force beside that.
            let counter = report[key: "inForce"]?.intValue ?? report[key: "counter"]?.intValue,
            counter < newest.counter ?? 0,
            let time = report[key: "time"]?.stringValue.flatMap(TimeText.parseUTC), time > newest.time
        else { return nil }
        return .reports(counter, at: time)
    }

    /// The last revision before a fork on the way that led to what is in force, by the record and by the host itself.
    private static func common(
        _ receipts: EnvironmentReceipts, _ newest: Receipt, _ terms: DeployedBundles.Terms, _ bundles: DeployedBundles
    ) -> Int? {
        let kept = ((try? bundles.kept()) ?? []).filter { $0.terms.counter <= terms.counter }
        let own = RevisionHistory(kept.map { RevisionHistory.Revision($0.digest, $0.terms) })
        return RevisionHistory(receipts.inForce.compactMap(RevisionHistory.Revision.init)).path.last {
            $0.counter < newest.counter ?? 0 && $0.manifest != newest.manifest && own.leadsBack(to: $0.manifest)
        }?.counter
    }
}

extension RevisionHistory.Revision {
    /// As a receipt alone tells it: what it holds is told apart by its manifest; nil for what tells too little.
    init?(_ receipt: Receipt) {
        guard let counter = receipt.counter, let manifest = receipt.manifest else { return nil }
        self.init(
            counter: counter, action: receipt.outcome == .rolledBack ? .rollback : .promote, bundle: receipt.bundle,
            manifest: manifest, weights: manifest, strategy: manifest, share: 1, time: receipt.time)
    }

    /// As a bundle that a host keeps tells it.
    init(_ digest: String, _ terms: DeployedBundles.Terms) {
        self.init(
            counter: terms.counter, action: terms.isRollback ? .rollback : .promote, bundle: digest,
            manifest: terms.manifest, weights: terms.weights, strategy: terms.strategy, share: terms.share,
            time: terms.time)
    }
}
