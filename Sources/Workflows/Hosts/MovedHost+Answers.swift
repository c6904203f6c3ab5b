import Basics
import Deployment
import ModelBundles
import Registry

/// What a host said at the place to which it was moved, with all that lay in its inbox.
extension MovedHost {
    /// Answers of a host, on record at other places, to an order that was handed over at one, or to what was ordered
    /// after it.
    ///
    /// - Parameters:
    ///   - bundle: SHA-256 of the one that carries the order.
    ///   - counter: of the order.
    ///   - place: where it was handed over, as the record calls it.
    ///   - host: id of the key that the order is for; nil for any, whose words tell of this order alone.
    static func answers(to bundle: String, _ counter: Int, from place: String, by host: String?, session: Session)
        throws -> [DeploymentRecord]
    {
        try session.registry().deployments().filter { record in
            guard record.environment != place, record.isAnswer,
                record.bundle == bundle || host != nil && record.isInForce && record.counter ?? 0 >= counter,
                let text = record.envelope, host.map(text.contains) ?? true,
                let files = try documents(record, text, session)
            else { return false }
            guard let found = try? files.hosts().read(Array(text.utf8), in: "the registry"), let signer = found.host,
                found.receipt.environment == files.host.name, found.receipt.bundle == record.bundle,
                found.receipt.outcome.rawValue == record.outcome, found.receipt.counter == record.counter
            else { return false }
            return host.map { $0 == signer.id } ?? true
        }
    }

    /// Whose documents say who signs there: those that lie at the place; where its directory is gone, those of the
    /// environment that the receipt names.
    private static func documents(_ record: DeploymentRecord, _ text: String, _ session: Session) throws
        -> EnvironmentFiles?
    {
        if let files = (try? EnvironmentFiles.made(record.environment, session: session)).flatMap({ $0 }) {
            return files
        }
        guard let said = try? Receipt.read(Array(text.utf8), hosts: [], in: "the registry").receipt else { return nil }
        return (try? EnvironmentFiles.made(said.environment, session: session)).flatMap { $0 }
    }
}
