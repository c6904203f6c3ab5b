import Basics
import Deployment
import ModelBundles

/// What lies in force at a host, beside what its receipts on record say. The two differ where a host came back from an
/// older copy, or lost what it had; they are compared wherever the host's things lie on this machine.
enum HostStanding {
    /// As the record says, or nobody can tell here.
    case asRecorded
    /// Something older; nil where nothing is in force there any more.
    case behind(DeployedBundles.Terms?)
    /// Another bundle under the number that the record has.
    case forked
    /// A file that no key of the environment has signed.
    case foreign

    /// - Parameter receipts: read before; what the host did since is no older.
    init(_ files: EnvironmentFiles, _ receipts: EnvironmentReceipts, _ bundles: DeployedBundles) {
        let host = files.host
        self = .asRecorded
        guard let newest = receipts.inForce.last, let counter = newest.counter else { return }
        guard Paths.exists(host.current) else {
            // Only where a host lies here: elsewhere its receipts alone are brought.
            if Paths.exists(host.hostKey) || Paths.exists(host.hostPublicKey) { self = .behind(nil) }
            return
        }
        // Which another account may keep to itself.
        guard let bytes = try? SmallFile.bytes(host.current, most: ModelBundle.mostBytes),
            Digest.sha256(bytes) != newest.bundle
        else { return }
        guard let terms = bundles.terms(bytes) else {
            self = .foreign
            return
        }
        if terms.counter < counter { self = .behind(terms) } else if terms.counter == counter { self = .forked }
    }

    /// For people; nil where there is nothing to tell.
    func problem(_ files: EnvironmentFiles, newest: Receipt) -> Failure? {
        let record = "revision \(newest.counter ?? 0)" + (newest.reference.map { " (\($0))" } ?? "")
        switch self {
        case .asRecorded: return nil
        case .behind(let terms):
            let found = terms.map { "revision \($0.counter) (\($0.reference)) in force" } ?? "nothing in force"
            return Failure(
                "host.behind",
                "found \(found) at the host of '\(files.name)', and \(record) on record: "
                    + "it came back from an older copy",
                hint:
                    "put in force again what the record has: hftml rollback \(files.name) --reason TEXT --key KEY; where "
                    + "the host does not know it any more: hftml promote \(newest.reference ?? "NAME/VERSION") --to "
                    + "\(files.name) …",
                exitStatus: .refused)
        case .foreign:
            return Failure(
                "host.foreign",
                "found a file in force at the host of '\(files.name)' that no key of the environment has signed, and "
                    + "\(record) on record",
                hint: "let the host look, which puts its own back: hftml-runtime accept \(files.host.directory)",
                exitStatus: .refused)
        case .forked:
            return Failure(
                "host.forked",
                "found another bundle in force at the host of '\(files.name)' than \(record) on record, under the same "
                    + "number",
                hint: "see what runs there: hftml-runtime status \(files.host.directory); then promote what is to run",
                exitStatus: .refused)
        }
    }
}
