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
    /// Nothing in force and no memory, beside receipts of its own: it takes nothing before it has put its memory
    /// together. With copies of the bundles that came in force there, as far as they lie here and the host needs them.
    case forgetful([Copy])
    /// Nothing in force, and a memory that was put together again: its next look puts the newest back.
    case recovered
    /// Another bundle under the number that the record has; with a revision before that both have, if there is one.
    case forked(DeployedBundles.Terms, back: Int?)
    /// A file that no key of the environment has signed.
    case foreign

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
        guard Digest.sha256(bytes) != newest.bundle else { return }
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
    private static func isGone(_ path: String) -> Bool {
        var info = stat()
        return lstat(path, &info) != 0 && (errno == ENOENT || errno == ENOTDIR)
    }

    /// A host that has answered orders and has neither a memory nor something in force looks into no inbox.
    private static func isForgetful(_ host: DeploymentDirectory) -> Bool {
        let names = (try? Paths.entries(host.receipts, isLenient: true)) ?? []
        return isGone(host.stateFile) && names.contains { $0.hasPrefix("revision-") }
    }

    /// A memory, and the newest bundle among the revisions: all that the next look needs.
    private static func isRecovered(_ host: DeploymentDirectory, _ newest: Receipt, _ counter: Int) -> Bool {
        !isGone(host.stateFile) && (try? Digest.sha256(file: host.revision(counter))) == newest.bundle
    }

    /// Of all that came in force, so that rollbacks reach what they reached before: the newest alone would leave holes.
    private static func copies(
        _ host: DeploymentDirectory, _ receipts: EnvironmentReceipts, _ bundles: DeployedBundles
    ) -> [Copy] {
        receipts.inForce.compactMap { receipt in
            guard let to = receipt.counter.map(host.revision), !Paths.exists(to),
                let from = bundles.storedPath(receipt.bundle)
            else { return nil }
            return Copy(from: from, to: to)
        }
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

    /// For people; nil where there is nothing to tell.
    func problem(_ files: EnvironmentFiles, newest: Receipt) -> Failure? {
        let record = "revision \(newest.counter ?? 0)" + (newest.reference.map { " (\($0))" } ?? "")
        let place = files.host.directory
        func older(_ found: String, _ other: String = "", first: String = "") -> Failure {
            Failure(
                "host.behind",
                "found \(found), and \(record) on record: it came back from an older copy\(other)",
                hint:
                    "\(first)put in force again what the record has: hftml rollback \(files.name) --reason TEXT --key "
                    + "KEY; where the host does not know it any more: hftml promote "
                    + "\(newest.reference ?? "NAME/VERSION") --to \(files.name) …",
                exitStatus: .refused)
        }
        switch self {
        case .asRecorded: return nil
        case .behind(let terms):
            let found = terms.map { "revision \($0.counter) (\($0.reference)) in force" } ?? "nothing in force"
            return older("\(found) at the host of '\(files.name)'")
        case .reports(let counter, let time):
            return older(
                "revision \(counter) in force at the host of '\(files.name)' by its health report of "
                    + TimeText.utc(time), ", or its loop could not take up what is in force",
                first: "see what is in force there: hftml-runtime status DIRECTORY; where that is what the record has, "
                    + "start the loop anew, which reports it: hftml-runtime replay DIRECTORY DATA; else ")
        case .forgetful(let copies):
            let back = copies.map { "cp '\($0.from)' '\($0.to)' && " }.joined()
            return Failure(
                "host.behind",
                "found neither something in force nor a memory at the host of '\(files.name)', beside receipts of its "
                    + "own, and \(record) on record: it takes nothing like this",
                hint: "put its memory together, as its account: "
                    + (copies.isEmpty ? "" : "mkdir -p '\(files.host.history)' && \(back)")
                    + "hftml-runtime recover \(place)", exitStatus: .refused)
        case .recovered:
            return Failure(
                "host.behind",
                "found nothing in force at the host of '\(files.name)', its memory put together again, and \(record) "
                    + "on record", hint: "let the host look, which puts it back: hftml-runtime accept \(place)",
                exitStatus: .refused)
        case .foreign:
            return Failure(
                "host.foreign",
                "found a file in force at the host of '\(files.name)' that no key of the environment has signed, and "
                    + "\(record) on record",
                hint: "let the host look, which puts its own back: hftml-runtime accept \(place)", exitStatus: .refused)
        case .forked(_, let back):
            return Failure(
                "host.forked",
                "found another bundle in force at the host of '\(files.name)' than \(record) on record, under the same "
                    + "number",
                hint: "see what runs there: hftml-runtime status \(place); then "
                    + (back.map {
                        "go back to what both have: hftml rollback \(files.name) --to \($0) --reason TEXT "
                            + "--key KEY; or "
                    } ?? "")
                    + "put in force what the record has: hftml promote \(newest.reference ?? "NAME/VERSION") --to "
                    + "\(files.name) …",
                exitStatus: .refused)
        }
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
