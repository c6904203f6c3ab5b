import Basics
import Foundation
import Promotion
import Registry

/// An entry of the audit log as a subscriber hears it.
struct EventMessage {
    /// The same for every attempt to tell one subscriber of one event.
    let id: String
    let body: String

    init(_ entry: AuditEntry, for subscription: Subscription) {
        id = StableIdentifier.uuid(of: "\(subscription.name)\n\(entry.hash)")
        body = EventMessage.json(entry).text(.compact)
    }

    /// The event as MLflow's webhooks have it (`entity`, `action`, `timestamp`, `data`), with what those lack: who, the
    /// old value, why, and the entry's hash.
    static func json(_ entry: AuditEntry) -> JSONValue {
        let detail = (try? JSONParser.parse(entry.detail)) ?? .null
        let parts = entry.action.split(separator: ".", maxSplits: 1).map(String.init)
        return .map([
            "schemaVersion": .int(1), "entity": .string(parts[0]),
            "action": .string(parts.count > 1 ? parts[1] : parts[0]), "event": .string(entry.action),
            "timestamp": .string(TimeText.utc(entry.time)), "data": .map(data(entry, detail)),
            "actor": .string(entry.actor), "subject": .string(entry.subject),
            "old": detail[key: "old"] ?? .null, "new": detail[key: "new"] ?? .null,
            "reason": detail[key: "reason"] ?? .null, "detail": detail,
            "sequence": .int(entry.sequence), "hash": .string(entry.hash),
        ])
    }

    /// Name, version and alias, where the subject has them.
    private static func data(_ entry: AuditEntry, _ detail: JSONValue) -> [(String, JSONValue)] {
        switch entry.about {
        case .alias(let alias, let model):
            let version = detail[key: "new"]?.intValue.map { [("version", JSONValue.string(String($0)))] } ?? []
            return [("name", .string(model)), ("alias", .string(alias))] + version
        case .version(let model, let number):
            return [("name", .string(model)), ("version", .string(String(number)))]
        default: return [("name", .string(entry.subject))]
        }
    }

    /// `v1,` and the base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`, as MLflow and Standard Webhooks sign.
    func signature(secret: String, timestamp: String) -> String {
        "v1,\(Data(Digest.hmacSHA256(key: secret, "\(id).\(timestamp).\(body)")).base64EncodedString())"
    }
}
