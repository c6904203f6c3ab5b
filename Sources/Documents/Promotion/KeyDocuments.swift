package import Basics
package import ModelBundles
import NeuralNetworks
import Trading
package import Workflows

/// A public key, and what was just done with it.
package struct KeyDocument: Document {
    package let key: PublicKey
    private let remark: String?

    /// - Parameter remark: what people read after name and id.
    package init(_ key: PublicKey, remark: String? = nil) { (self.key, self.remark) = (key, remark) }

    /// A key that signs bundles for an environment.
    package init(_ key: PublicKey, trustedIn environment: String?) {
        self.init(key, remark: environment.map { "trusted in \($0)" })
    }

    /// A person's key, with what it may sign and until when.
    package init(ofPerson key: PublicKey) {
        let end = key.expiresAt.map { " until \(TimeText.seconds($0))" } ?? ""
        self.init(key, remark: "may sign as \(key.roles.joined(separator: ", "))\(end)")
    }

    package var body: JSONValue {
        .map((key.json.mapValue ?? []).filter { $0.key != "schemaVersion" }.map { ($0.key, $0.value) })
    }
    package func text(_ style: TextStyle) -> String {
        style.wrapped("\(key.name)  \(key.id)" + (remark.map { "  \($0)" } ?? ""), indent: 2)
    }
}

/// Keys of a project and of its environments.
package struct KeysDocument: Document {
    package let keys: [ListKeys.Place]

    package init(_ keys: [ListKeys.Place]) { self.keys = keys }

    package var body: JSONValue {
        let keys = keys.map { item in
            JSONValue.map([
                "place": .string(item.place), "name": .string(item.key.name), "keyID": .string(item.key.id),
            ])
        }
        return .map([("keys", .list(keys))])
    }

    package func text(_ style: TextStyle) -> String {
        var table = TextTable(["key", "id", "where"])
        for item in keys { table.add([item.key.name, item.key.id, item.place]) }
        return table.text(style)
    }
}

/// Private keys that were moved out of a workspace.
package struct MovedKeysDocument: Document {
    private let names: [String]
    private let directory: String

    /// - Parameter directory: where they lie now.
    package init(_ names: [String], directory: String) { (self.names, self.directory) = (names, directory) }

    package var body: JSONValue { .map([("moved", .strings(names)), ("directory", .string(directory))]) }
    package func text(_ style: TextStyle) -> String {
        names.isEmpty
            ? "no private keys lie in the workspace"
            : style.wrapped("moved \(names.joined(separator: ", ")) to \(directory)", indent: 2)
    }
}

/// A key that was taken back.
package struct RevokedKeyDocument: Document {
    private let revoked: RevokedKey
    private let environment: String?

    /// - Parameter environment: where it is no longer trusted; nil for a key that is gone for good.
    package init(_ revoked: RevokedKey, environment: String?) {
        (self.revoked, self.environment) = (revoked, environment)
    }

    package var body: JSONValue {
        .map([
            ("revoked", .string(revoked.name)), ("keyIDs", .strings(revoked.keyIDs)),
            (
                "believedUntilSigned",
                .list(
                    revoked.places.map {
                        .map([
                            "environment": .string($0.environment), "roles": .strings($0.roles),
                            "next": .string($0.next),
                        ])
                    })
            ),
            (
                "believedUntilDelivered",
                .list(
                    revoked.hosts.map {
                        .map([
                            "environment": .string($0.environment), "directory": .string($0.directory),
                            "next": .string($0.next),
                        ])
                    })
            ),
            ("inForce", .strings(revoked.resting)), ("commit", .strings(revoked.files)),
            ("signers", .strings(revoked.signers)),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        if let environment { return "\(revoked.name) is no longer trusted in \(environment)" }
        var lines = [
            "\(revoked.name) (\(revoked.keyIDs.joined(separator: ", "))) is revoked: nothing that it signs counts here "
                + "from now on, neither at gate, approve, promote or rollback nor under a document"
        ]
        lines.append(
            revoked.signers.isEmpty
                ? "nobody's signature stands behind it, only whoever entered it in the log: a rollback passes over it"
                : "signed by \(revoked.signers.joined(separator: ", "))")
        for place in revoked.places {
            let what =
                place.roles.isEmpty
                ? "what it signed before it was taken out of the document stands"
                : "(\(place.roles.joined(separator: ", "))) hosts, and clones without these files, believe it"
            lines.append(
                "in '\(place.environment)' \(what) until the next document is signed and "
                    + "delivered:")
            if place.roles.contains("root") {
                lines.append("  take it out of root in the environment.yaml of '\(place.environment)', then:")
            }
            lines.append("  \(place.next)")
        }
        for host in revoked.hosts {
            lines += ["\(Escaping.terminal(host.text)), and the key with it:", "  \(host.next)"]
        }
        lines += revoked.remarks
        lines += revoked.resting.map {
            "\($0): nothing takes it out of force by itself; judge it again (hftml gate), or go back (hftml rollback)"
        }
        if !revoked.files.isEmpty {
            lines.append(
                "other clones learn of it by Git: git add \(revoked.files.joined(separator: " ")) && git commit")
        }
        return lines.map { style.wrapped($0, indent: 4) }.joined(separator: "\n")
    }
}

/// What the runtime would say of a bundle.
package struct BundleDocument: Document {
    package let outcome: VerifyBundle.Outcome

    package init(_ outcome: VerifyBundle.Outcome) { self.outcome = outcome }

    package var isRefusal: Bool { if case .refused = outcome { true } else { false } }

    package var body: JSONValue {
        switch outcome {
        case .refused(let refusal):
            .map(["valid": .bool(false), "reason": .string(refusal.detail), "code": .string(refusal.code)])
        case .valid(let bundle):
            .map([
                "valid": .bool(true), "name": .string(bundle.identity.name), "version": .int(bundle.identity.version),
                "signer": .string(bundle.signer.name), "keyID": .string(bundle.signer.keyID),
                "createdAt": .string(TimeText.utc(bundle.identity.createdAt)),
                "lineage": .string(bundle.identity.lineage), "gateDecision": .string(bundle.identity.gateDecision),
                "digest": .string(bundle.digest), "parameters": .int(bundle.model.network.parameterCount),
                "rule": bundle.rule.json, "limits": bundle.limits.json,
                "format": .int(bundle.terms == nil ? 1 : 2), "manifest": .string(bundle.terms?.manifestDigest),
                "weights": .string(bundle.terms?.weightsDigest), "strategy": .string(bundle.terms?.strategy.digest),
                "costBps": .double(bundle.terms?.strategy.costBps),
            ])
        }
    }

    /// Why the runtime would refuse it; nil where it would not.
    package var objection: String? { if case .refused(let refusal) = outcome { refusal.detail } else { nil } }

    /// Empty for a refused bundle: the reason is conversation.
    package func text(_ style: TextStyle) -> String {
        guard case .valid(let bundle) = outcome else { return "" }
        return style.wrapped(
            "valid: \(bundle.identity.name)/\(bundle.identity.version), "
                + "signed by \(bundle.signer.name) (\(bundle.signer.keyID))", indent: 2)
    }
}
