package import Basics
import GRDB

/// Somebody who wants to hear of changes: a command on this machine, or a web address.
package struct Subscription: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case command, webhook
    }

    package var id: Int64
    package var name: String
    package var kind: Kind
    /// The command line, or the URL.
    package var target: String
    /// File that holds the secret for signatures; the secret itself is never in the registry, whose copies travel.
    package var secretPath: String?
    /// Patterns such as `alias.*`; an event is sent if one of them fits its action.
    package var actions: [String]
    /// The last entry of the audit log that was delivered, or passed over because no pattern fits.
    package var deliveredThrough: Int

    fileprivate init(_ row: StoredRow) throws {
        id = try row["id"]
        name = try row["name"]
        let text: String = try row["kind"]
        guard let known = Kind(rawValue: text) else {
            // What it names must not become a command.
            throw Failure(
                "registry.damaged", "found the kind '\(text)' of a hook, expected command or webhook",
                hint: "check the registry: hftml registry verify")
        }
        kind = known
        target = try row["target"]
        secretPath = try row["secret"]
        actions = try (row["actions"] as String).split(separator: " ").map(String.init)
        deliveredThrough = try row["delivered_through"]
    }

    /// The target as it may be shown: of an address only the host, since what follows is often the key to it.
    package var shownTarget: String { Subscription.shown(target, kind) }

    fileprivate static func shown(_ target: String, _ kind: Kind) -> String {
        guard kind == .webhook, let scheme = target.firstRange(of: "://") else { return target }
        let host = target[scheme.upperBound...].prefix { !"/?#".contains($0) }
        let isWhole = host.endIndex == target.endIndex
        return target[..<scheme.upperBound] + (host.split(separator: "@").last ?? host) + (isWhole ? "" : "/…")
    }

    package func wants(_ action: String) -> Bool {
        actions.contains { pattern in
            guard let star = pattern.firstIndex(of: "*") else { return pattern == action }
            let head = pattern[..<star], tail = pattern[pattern.index(after: star)...]
            return action.count >= head.count + tail.count && action.hasPrefix(head) && action.hasSuffix(tail)
        }
    }
}

/// One attempt to deliver an event.
package struct DeliveryRecord: Sendable, Equatable {
    package var subscription: String
    package var event: Int
    package var isSucceeded: Bool
    package var detail: String
    package var time: Nanoseconds
}

/// The audit log is the outbox: an event is an entry, so none can be lost between a change and its announcement, and
/// delivering it again is reading it again.
extension RegistryDatabase {
    /// - Throws: ``Failure`` with code `hooks.exists` for a name that is taken.
    package func subscribe(
        _ name: String, kind: Subscription.Kind, target: String, secretPath: String?, actions: [String]
    ) throws -> Subscription {
        guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) }) else {
            throw Failure(
                "hooks.name", "found the name '\(name)', expected letters, digits, '-', '_' and '.'", exitStatus: .usage
            )
        }
        for action in actions
        where action.isEmpty || action.contains(where: \.isWhitespace) || action.count(where: { $0 == "*" }) > 1 {
            throw Failure(
                "hooks.actions",
                "found the pattern '\(action)', expected an action such as alias.set, with at most one *",
                exitStatus: .usage)
        }
        return try write { db in
            guard try Int.fetchOne(db, sql: "SELECT 1 FROM subscription WHERE name = ?", arguments: [name]) == nil
            else {
                throw Failure(
                    "hooks.exists", "found a hook named '\(name)' already",
                    hint: "remove it first: hftml hooks remove \(name)")
            }
            try appendAudit(
                db, actor: actor, action: "hook.add", subject: .hook(name),
                detail: .map([
                    "kind": .string(kind.rawValue), "target": .string(Subscription.shown(target, kind)),
                    "actions": .strings(actions),
                ]))
            // It hears of what happens from now on.
            let last = try Int.fetchOne(db, sql: "SELECT max(sequence) FROM audit_entry") ?? 0,
                tip = last.saturatingPlus(changes.pendingCount)
            try db.execute(
                sql:
                    "INSERT INTO subscription(name, kind, target, secret, actions, delivered_through, created_at) "
                    + "VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [name, kind.rawValue, target, secretPath, actions.joined(separator: " "), tip, now()])
            return try subscription(name, db)
        }
    }

    package func unsubscribe(_ name: String) throws {
        try write { db in
            let known = try subscription(name, db)
            try db.execute(sql: "DELETE FROM subscription WHERE id = ?", arguments: [known.id])
            try appendAudit(
                db, actor: actor, action: "hook.remove", subject: .hook(name),
                detail: .map(["target": .string(known.shownTarget)]))
        }
    }

    private func subscription(_ name: String, _ db: Database) throws -> Subscription {
        if let row = try StoredRow.fetchOne(db, sql: "SELECT * FROM subscription WHERE name = ?", arguments: [name]) {
            return try Subscription(row)
        }
        throw try UnknownNames.hook(name, db)
    }

    package func subscription(_ name: String) throws -> Subscription { try read { try subscription(name, $0) } }

    package func subscriptions() throws -> [Subscription] {
        try read { try StoredRow.fetchAll($0, sql: "SELECT * FROM subscription ORDER BY name").map(Subscription.init) }
    }

    /// Entries after the last delivered one, oldest first, at most so many.
    package func undelivered(_ subscription: Subscription, limit: Int) throws -> [AuditEntry] {
        try read {
            try StoredRow.fetchAll(
                $0,
                sql:
                    "SELECT * FROM audit_entry WHERE sequence > (SELECT delivered_through FROM subscription WHERE id = "
                    + "?) ORDER BY sequence LIMIT ?",
                arguments: [subscription.id, limit]
            ).map(AuditEntry.init)
        }
    }

    /// Records an attempt; a successful one moves the subscription forward in the same transaction.
    package func recordDelivery(_ subscription: Subscription, event: Int, isSucceeded: Bool, detail: String) throws {
        try write { db in
            guard
                try Int.fetchOne(db, sql: "SELECT 1 FROM subscription WHERE id = ?", arguments: [subscription.id])
                    != nil
            else { return }
            try db.execute(
                sql: "INSERT INTO delivery(subscription, event, succeeded, detail, time) VALUES (?, ?, ?, ?, ?)",
                arguments: [subscription.id, event, isSucceeded ? 1 : 0, String(detail.prefix(500)), now()])
            if isSucceeded { try advance(subscription, through: event, db) }
        }
    }

    /// Whether a hook may be tried now: after n failures without a success it rests for 2^(n − 1) seconds, an hour at
    /// most. O(failures since the last success), of which 32 are looked at.
    package func isDue(_ subscription: Subscription) throws -> Bool {
        let latest = try read {
            try StoredRow.fetchAll(
                $0, sql: "SELECT succeeded, time FROM delivery WHERE subscription = ? ORDER BY id DESC LIMIT 32",
                arguments: [subscription.id]
            ).map { (isSucceeded: (try $0[0] as Int) == 1, time: try $0[1] as Nanoseconds) }
        }
        let failures = latest.prefix { !$0.isSucceeded }
        guard let last = failures.first else { return true }
        let pause = min(1 << (failures.count - 1), 3600)
        return now() >= last.time.saturatingPlus(Nanoseconds(pause) * 1_000_000_000)
    }

    /// Whether anybody wants to hear of anything.
    package func hasSubscriptions() throws -> Bool {
        try read { try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM subscription)") ?? false }
    }

    /// Passes over entries that no pattern of the subscription fits.
    package func skip(_ subscription: Subscription, through event: Int) throws {
        try write { try advance(subscription, through: event, $0) }
    }

    private func advance(_ subscription: Subscription, through event: Int, _ db: Database) throws {
        try db.execute(
            sql: "UPDATE subscription SET delivered_through = max(delivered_through, ?) WHERE id = ?",
            arguments: [event, subscription.id])
    }

    /// Lets a subscription hear again what followed an entry.
    package func rewind(_ name: String, to sequence: Int) throws {
        try write { db in
            let known = try subscription(name, db)
            try db.execute(
                sql: "UPDATE subscription SET delivered_through = ? WHERE id = ?",
                arguments: [max(sequence, 0), known.id])
            try appendAudit(
                db, actor: actor, action: "hook.replay", subject: .hook(name),
                detail: .map(["old": .int(known.deliveredThrough), "new": .int(max(sequence, 0))]))
        }
    }

    /// Newest first.
    package func deliveries(of name: String?, limit: Int) throws -> [DeliveryRecord] {
        try read {
            try StoredRow.fetchAll(
                $0,
                sql: """
                    SELECT s.name, d.event, d.succeeded, d.detail, d.time FROM delivery d JOIN subscription s ON s.id \
                    = d.subscription
                    WHERE ?1 IS NULL OR s.name = ?1 ORDER BY d.id DESC LIMIT ?2
                    """, arguments: [name, limit]
            ).map {
                DeliveryRecord(
                    subscription: try $0[0], event: try $0[1], isSucceeded: (try $0[2] as Int) == 1, detail: try $0[3],
                    time: try $0[4])
            }
        }
    }
}
