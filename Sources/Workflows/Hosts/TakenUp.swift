import Basics
import Deployment
import Registry

/// When the log took up what hosts signed. A receipt that lies in two places, as after the directory of its host was
/// moved, was taken up when the first of them was.
struct TakenUp {
    /// By ``key(_:_:_:)``.
    private var entries: [String: AuditEntry] = [:]

    /// - Complexity: linear in the receipts on record.
    init(_ registry: RegistryDatabase) throws {
        var found: [String: AuditEntry] = [:]
        for entry in try registry.auditEntries(actionPrefix: "deployment.") {
            guard let bundle = (try? JSONParser.parse(entry.detail))?[key: "bundle"]?.stringValue else { continue }
            let name = "\(entry.actor) \(entry.action) \(bundle)"
            if found[name].map({ entry.sequence < $0.sequence }) ?? true { found[name] = entry }
        }
        for record in try registry.deployments() {
            guard let entry = found["runtime:\(record.environment) deployment.\(record.outcome) \(record.bundle)"]
            else {
                continue
            }
            let key = TakenUp.key(record.outcome, record.bundle, record.time)
            if entries[key].map({ entry.sequence < $0.sequence }) ?? true { entries[key] = entry }
        }
    }

    private static func key(_ outcome: String, _ bundle: String, _ time: Nanoseconds) -> String {
        "\(outcome) \(bundle) \(time)"
    }

    /// The entry of the log that took it up: what was judged before it has not seen it. Nil where none has yet.
    func entry(_ receipt: Receipt) -> AuditEntry? {
        entries[TakenUp.key(receipt.outcome.rawValue, receipt.bundle, receipt.time)]
    }

    /// When it happened, by the log: hosts have clocks of their own, and none is much ahead of the log. Nil where
    /// nothing took it up yet, or somebody did long after: then nobody here saw when, and the host's clock says. A host
    /// whose clock is further behind than that takes no orders.
    func time(_ receipt: Receipt) -> Nanoseconds? {
        entry(receipt).flatMap { entry in
            entry.time <= receipt.time.saturatingPlus(Admission.clockTolerance) ? entry.time : nil
        }
    }
}
