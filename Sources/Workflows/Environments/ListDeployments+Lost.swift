import Basics
import Deployment
import Registry

/// Orders whose hosts are lost, as the log has them: no receipt will ever say what became of them.
extension ListDeployments {
    /// - Parameters:
    ///   - environment: as the record calls it; nil for all.
    ///   - known: that hosts signed; a host that was not lost after all may have said the same.
    static func withdrawn(from environment: String?, besides known: [DeploymentRecord], session: Session) throws
        -> [Outcome.Entry]
    {
        let registry = try session.registry()
        let said = Set(known.filter { $0.outcome == "withdrawn" }.map(\.bundle))
        let entries =
            try registry.auditEntries(actionPrefix: "promotion.withdrawn")
            + registry.auditEntries(actionPrefix: "rollback.withdrawn")
        return try entries.compactMap { entry in
            guard let detail = try? JSONParser.parse(entry.detail), detail[key: "hostIsLost"]?.boolValue == true,
                let bundle = detail[key: "bundle"]?.stringValue, !said.contains(bundle)
            else { return nil }
            let promotion = try registry.promotion(of: bundle)
            guard let place = promotion?.environment ?? AuditSubject(entry.subject, action: entry.action)?.environment,
                environment == nil || place == environment,
                // An entry alone is nobody's word.
                let promoters = try PromotersOnRecord(at: place, order: bundle, session: session),
                promoters.withdrawal(entry, detail)?.isHostLost == true
            else { return nil }
            var record = DeploymentRecord(
                environment: place, bundle: bundle, model: nil, version: nil, outcome: "withdrawn",
                reason: detail[key: "reason"]?.stringValue, signer: detail[key: "signer"]?.stringValue, replaced: nil,
                time: entry.time)
            record.counter = promotion?.counter ?? detail[key: "counter"]?.intValue
            let files = try? EnvironmentFiles.made(place, session: session)
            record = try named(record, files, session: session)
            return Outcome.Entry(record: record, host: nil, tookOut: nil, isHostLost: true)
        }
    }
}

extension AuditSubject {
    fileprivate var environment: String? {
        guard case .environment(let name) = self else { return nil }
        return name
    }
}
