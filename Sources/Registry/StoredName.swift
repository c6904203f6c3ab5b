/// A name from a list that grows: what this version knows is a case, and text that another version stored stays
/// readable as `other`.
///
/// Deliberately no `RawRepresentable`: the standard library hashes and compares those by their raw value, and the raw
/// value is looked up in ``texts`` by hash.
package protocol StoredName: Hashable, Sendable {
    /// The text of every known case.
    static var texts: [Self: String] { get }
    static func other(_ text: String) -> Self
    /// The text of an `other`; nil for a known case.
    var otherText: String? { get }
}

extension StoredName {
    /// The known case of that text, else `other`.
    package init(rawValue: String) {
        self = Self.texts.first { $0.value == rawValue }?.key ?? .other(rawValue)
    }

    /// As the registry stores it.
    package var rawValue: String { otherText ?? Self.texts[self] ?? "" }
}

/// What a run did.
package enum RunKind: StoredName {
    /// A training: supervised, or of an agent.
    case train
    /// A training that a search started.
    case trial
    /// All paths of a combinatorial cross-validation.
    case crossValidation
    /// Several trained models averaged into one.
    case ensemble
    /// Weights that another tool made.
    case imported
    /// What a runtime saw of a bundle.
    case feedback
    /// A run of an MLflow server.
    case mlflow
    case other(String)

    package static let texts: [RunKind: String] = [
        .train: "train", .trial: "trial", .crossValidation: "cross-validation", .ensemble: "ensemble",
        .imported: "import", .feedback: "feedback", .mlflow: "mlflow",
    ]

    package var otherText: String? { if case .other(let text) = self { text } else { nil } }
}

/// What a file of a run is.
package enum ArtefactName: StoredName {
    /// The trained model, ready to be registered.
    case model
    /// Predictions on the test span.
    case predictions
    /// The weights of an agent, with all that training goes on from.
    case policy
    /// What a runtime reported.
    case feedback
    /// The weights that training began with, where that was not the seed.
    case initial
    /// A file of another tool, under its own name.
    case other(String)

    package static let texts: [ArtefactName: String] = [
        .model: "model", .predictions: "predictions", .policy: "policy", .feedback: "feedback",
        .initial: "initial",
    ]

    package var otherText: String? { if case .other(let text) = self { text } else { nil } }
}

/// A file of a run, by content.
package struct ArtefactRecord: Sendable, Equatable {
    package let name: ArtefactName
    /// SHA-256.
    package let digest: String
    /// Bytes.
    package let size: Int

    package init(_ name: ArtefactName, digest: String, size: Int) {
        (self.name, self.digest, self.size) = (name, digest, size)
    }
}
