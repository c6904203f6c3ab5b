package import Basics
package import Workflows

/// The SHA-256 of datasets, and whether their pointers record it.
package struct AttestationDocument: Document {
    private let attestations: [AttestData.Attestation]
    private let isComparison: Bool

    /// - Parameter isComparison: whether the digests were compared with the records, and not recorded.
    package init(_ attestations: [AttestData.Attestation], isComparison: Bool) {
        self.attestations = attestations
        self.isComparison = isComparison
    }

    package var body: JSONValue {
        let items = attestations.map { item in
            JSONValue.map([
                "pointer": .string(item.pointer), "sha256": .string(item.sha256), "agrees": .bool(item.agrees),
            ])
        }
        return .map([("attested", .list(items))])
    }

    package var isRefusal: Bool { attestations.contains { !$0.agrees } }

    package func text(_ style: TextStyle) -> String {
        let lines = attestations.map { item in
            let verdict = item.agrees ? "  as recorded" : "  not as recorded"
            return style.wrapped("\(item.pointer)  sha256:\(item.sha256)\(isComparison ? verdict : "")", indent: 2)
        }
        return lines.joined(separator: "\n")
    }
}
