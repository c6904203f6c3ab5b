import Basics
import Foundation
package import Registry

/// Who hears of changes.
package enum ManageHooks {
    /// - Parameters:
    ///   - command: a line for the shell.
    ///   - url: a web address; without TLS only on this machine, since events name people and models.
    package static func add(
        _ name: String, command: String?, url: String?, secretPath: String?, actions: [String], session: Session
    ) throws -> Subscription {
        if let url {
            guard let parsed = URL(string: url), let scheme = parsed.scheme, let host = parsed.host, !host.isEmpty,
                ["http", "https"].contains(scheme)
            else {
                throw Failure("hooks.url", "found the address '\(url)', expected https://HOST/…", exitStatus: .usage)
            }
            guard parsed.user == nil, parsed.password == nil else {
                throw Failure(
                    "hooks.url", "found a name or a password in the address, expected https://HOST/…",
                    hint: "let the receiver check the signature instead: --secret-file FILE", exitStatus: .usage)
            }
            guard scheme == "https" || ["localhost", "127.0.0.1", "[::1]", "::1"].contains(host) else {
                throw Failure(
                    "hooks.plain", "found http:// to '\(host)', expected https://: events name people and models",
                    hint: "use TLS; plain HTTP is for this machine alone", exitStatus: .usage)
            }
        }
        if let secretPath { _ = try DeliverEvents.secret(secretPath) }
        let hook = try session.registry().subscribe(
            name, kind: url == nil ? .command : .webhook, target: url ?? command ?? "",
            secretPath: secretPath.map { session.shown($0) }, actions: actions)
        try HookConsent(session).give(hook)
        return hook
    }

    /// By name.
    package static func list(session: Session) throws -> [Subscription] { try session.registry().subscriptions() }

    /// Removes a hook and its log of deliveries.
    ///
    /// - Throws: ``Failure`` with code `hooks.none` and the nearest name.
    package static func remove(_ name: String, session: Session) throws { try session.registry().unsubscribe(name) }

    /// Attempts to deliver, newest first; of all hooks when `name` is nil.
    ///
    /// - Throws: ``Failure`` with code `hooks.none` and the nearest name.
    package static func log(_ name: String?, limit: Int, session: Session) throws -> [DeliveryRecord] {
        let registry = try session.registry()
        if let name { _ = try registry.subscription(name) }
        return try registry.deliveries(of: name, limit: max(limit, 0))
    }
}
