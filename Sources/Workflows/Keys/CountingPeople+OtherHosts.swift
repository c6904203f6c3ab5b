import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// What other hosts of an environment have taken out.
extension CountingPeople {
    /// What another host of the environment signed, where somebody was ever rolled back there, by what the record has
    /// of it: its directory need not be here.
    static func rolledBack(_ name: String, of environment: String, _ session: Session) throws
        -> [PromotionFacts.Event]?
    {
        let registry = try session.registry(), records = try registry.deployments(environment: name)
        guard records.contains(where: { $0.outcome == Receipt.Outcome.rolledBack.rawValue }) else { return nil }
        let own = records.filter { record in
            guard record.isInForce, let envelope = record.envelope.flatMap({ try? Envelope($0) }) else { return false }
            return (try? JSONParser.parse(envelope.payload))?[key: "environment"]?.stringValue == environment
        }
        let entries = try registry.deploymentEntries(environment: name)
        return own.map { record in
            let reference = record.model.flatMap { model in record.version.map { "\(model)/\($0)" } }
            let weights = reference.flatMap { try? registry.version($0).weights }
            var event = PromotionFacts.Event(
                kind: .inForce, counter: record.counter ?? 0, reference: reference ?? "an unknown version",
                weights: weights, strategy: nil, share: 1, authority: nil, time: record.time)
            event.isRollback = record.outcome == Receipt.Outcome.rolledBack.rawValue
            event.reason = record.reason ?? ""
            let taken = entries["\(record.outcome) \(record.bundle)"]
            (event.entry, event.entryTime) = (taken?.sequence, taken?.time)
            return event
        }
    }

    /// What a host signed, where somebody was ever rolled back there.
    static func rolledBack(_ files: EnvironmentFiles, _ session: Session) throws -> [PromotionFacts.Event]? {
        let receipts = try EnvironmentReceipts(files, session: session)
        guard receipts.proven.contains(where: { $0.outcome == .rolledBack }) else { return nil }
        return try DeployedBundles(files: files, session: session).events(receipts)
    }
}
