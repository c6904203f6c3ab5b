import Basics
import Foundation
import Identity
import Registry

/// Whether an account runs the command of a hook. A registry that several accounts write would otherwise be a way to
/// run anything with the rights and the keys of whoever types the next command.
///
/// In a registry that its owner alone can write, what is in it came from that account. Elsewhere a command runs for the
/// account that added it, which keeps word of it beside its private keys.
struct HookConsent {
    private let file: String
    private let registry: String

    /// - Throws: ``Failure`` with code `key.directory`.
    init(_ session: Session) throws {
        file = try KeyDirectory(environment: session.caller.environment).path + "/hooks.json"
        registry = session.registryPath
    }

    /// Whether the command of a hook may run under this account.
    func isGiven(_ subscription: Subscription) -> Bool {
        subscription.kind != .command || isOwnersAlone || given.contains(mark(subscription))
    }

    /// Keeps word of a command that this account has just added.
    func give(_ subscription: Subscription) throws {
        guard subscription.kind == .command, !isOwnersAlone else { return }
        let marks = Set(given).union([mark(subscription)]).sorted()
        let node = JSONValue.map(["schemaVersion": .int(1), "commands": .strings(marks)])
        try AtomicFile.write(node.text(.pretty) + "\n", to: file, mode: 0o600)
    }

    private var given: [String] {
        guard let bytes = try? FileChunks.bytes(file), let node = try? JSONParser.parse(bytes, file: file) else {
            return []
        }
        return (node[key: "commands"]?.listValue ?? []).compactMap(\.stringValue)
    }

    /// Another registry, another name or another command is another consent.
    private func mark(_ subscription: Subscription) -> String {
        Digest.sha256(JSONValue.strings([registry, subscription.name, subscription.target]).text(.compact))
    }

    /// Whether nobody but this account can write the registry or put another in its place.
    private var isOwnersAlone: Bool {
        [registry, Paths.parent(registry)].allSatisfy { path in
            var status = stat()
            return stat(path, &status) == 0 && status.st_uid == geteuid() && status.st_mode & 0o022 == 0
        }
    }
}
