package import Basics
import Registry
package import Workflows

/// A head of the audit log that was signed, and where it lies now.
package struct AnchoredHeadDocument: Document {
    package let outcome: SignHead.Beginning

    package init(_ outcome: SignHead.Beginning) { self.outcome = outcome }

    /// Where no head was signed, `unsigned` says why.
    package var body: JSONValue {
        switch outcome {
        case .signed(let outcome): AnchoredHeadDocument.body(outcome)
        case .stands: .map(["unsigned": .string("stands")])
        case .noKey(let why): .map(["unsigned": .string("noKey"), "reason": .string(why)])
        }
    }

    private static func body(_ outcome: SignHead.Outcome) -> JSONValue {
        .map([
            "sequence": .int(outcome.head.sequence), "hash": .string(outcome.head.hash),
            "signer": .string(outcome.head.signer), "keyID": .string(outcome.head.keyID),
            "signedAt": .string(TimeText.utc(outcome.head.signedAt)),
            "anchors": .list(
                outcome.anchors.map { anchor in
                    .map(
                        [("place", .string(anchor.place.description)), ("name", .string(anchor.name))]
                            + (anchor.time.map { [("time", .string(TimeText.utc($0)))] } ?? []))
                }),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        switch outcome {
        case .signed(let outcome): AnchoredHeadDocument.text(outcome)
        case .stands: "no head was signed: the record has one already"
        case .noKey(let why): "no head was signed: \(why)"
        }
    }

    private static func text(_ outcome: SignHead.Outcome) -> String {
        (["signed the audit log at entry \(outcome.head.sequence) with the key of '\(outcome.head.signer)'"]
            + outcome.anchors.map { anchor in
                "anchored in \(anchor.place): \(anchor.name)"
                    + (anchor.time.map { ", which had it at \(TimeText.seconds($0))" } ?? "")
            }).joined(separator: "\n")
    }
}

/// That the clock was set right.
package struct ClockDocument: Document {
    package let outcome: SetClock.Outcome

    package init(_ outcome: SetClock.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        .map(["old": .string(TimeText.utc(outcome.from)), "new": .string(TimeText.utc(outcome.to))])
    }

    package func text(_ style: TextStyle) -> String {
        "entered that the clock stands at \(TimeText.utc(outcome.to)), after entries of \(TimeText.utc(outcome.from))"
    }
}

/// That heads of the log are given up.
package struct AcceptedLossDocument: Document {
    package let outcome: AcceptLoss.Outcome

    package init(_ outcome: AcceptLoss.Outcome) { self.outcome = outcome }

    package var body: JSONValue {
        .map([
            "lost": .strings(outcome.heads), "signer": .string(outcome.signer), "complete": .bool(outcome.isComplete),
            "environments": .list(
                outcome.persons.map {
                    .map([
                        "name": .string($0.environment), "signed": .strings($0.signed), "needed": .int($0.needed),
                    ])
                }),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        var lines = ["'\(outcome.signer)' has signed that these are lost:"] + outcome.heads.map { "  \($0)" }
        lines += outcome.persons.map {
            "\($0.environment): \($0.signed.count) of \($0.needed) root persons have signed ("
                + $0.signed.joined(separator: ", ") + ")"
        }
        lines.append(
            outcome.isComplete
                ? "the log goes on from here; anchor it: hftml audit anchor"
                : "let another root key sign as well: hftml audit accept-loss --as KEY --reason TEXT")
        return lines.map { style.wrapped($0, indent: 2) }.joined(separator: "\n")
    }
}

/// The proof that an entry is in the log.
package struct ProofDocument: Document {
    package let proof: ProveEntry.Proof

    package init(_ proof: ProveEntry.Proof) { self.proof = proof }

    package var body: JSONValue {
        // Every document has its version already.
        .map((proof.json.mapValue ?? []).filter { $0.key != "schemaVersion" }.map { ($0.key, $0.value) })
    }

    /// The proof as a file of its own.
    ///
    /// - Throws: ``FileError``.
    package func write(to path: String) throws { try AtomicFile.write(proof.json.text(.pretty) + "\n", to: path) }

    package func text(_ style: TextStyle) -> String { proof.json.text(.pretty) }
}
