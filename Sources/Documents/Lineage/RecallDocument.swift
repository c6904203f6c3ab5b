package import Basics
import Registry
package import Workflows

/// What read some data, of every content that it ever had. Incomplete answers say what they are without.
package struct RecallDocument: Document {
    package let recall: Recall

    package init(_ recall: Recall) { self.recall = recall }

    /// An answer that does not know every file that was read is no "nobody".
    package var isFailure: Bool { !recall.isComplete }

    /// The keys of ``LineageDocument``, and behind them what was asked for, content by content.
    package var body: JSONValue {
        let graph = LineageDocument(recall.graph, isDownstream: true).body.mapValue ?? []
        return .map(
            graph.map { ($0.key, $0.value) } + [
                ("subjects", .list(recall.subjects.map(json))), ("isComplete", .bool(recall.isComplete)),
                ("unseen", .list(recall.unseen.map(json))),
                (
                    "unreadable",
                    .list(
                        recall.unreadable.map {
                            .map(["path": .string($0.path), "error": .string($0.failure.message)])
                        })
                ), ("isShallow", .bool(recall.isShallow)), ("notByMD5", .strings(recall.foreign)),
            ])
    }

    private func json(_ subject: Recall.Subject) -> JSONValue {
        .map([
            "reference": .string(subject.reference), "path": .string(subject.path),
            "isRead": .bool(subject.isRead), "contents": .list(subject.contents.map(json)),
            "sharing": subject.sharing.map { .map(uses($0)) } ?? .null,
        ])
    }

    private func json(_ content: Recall.Content) -> JSONValue {
        .map(
            [
                ("digest", .string(content.digest)), ("commit", .string(content.commit)),
                ("at", .string(content.time.map(RecallText.time))), ("isPresent", .bool(content.isPresent)),
                ("isInWorkspace", .bool(content.isStanding)),
            ] + uses(content))
    }

    private func uses(_ content: Recall.Content) -> [(String, JSONValue)] {
        let readings = content.readings.map { reading in
            JSONValue.map([
                "id": .string(reading.data.id), "label": .string(reading.data.label),
                "form": .string(reading.form.rawValue), "isMade": .bool(reading.isMade),
                "names": .strings(reading.names),
                "files": reading.files.map { .int($0) } ?? .null,
            ])
        }
        return [("readings", .list(readings))] + RecallDocument.fields(content.uses)
    }

    private func json(_ unseen: Recall.Unseen) -> JSONValue {
        .map(
            [
                ("md5", .string(unseen.md5)), ("path", .string(unseen.path)), ("commit", .string(unseen.commit)),
                ("problem", .string(unseen.problem)),
            ] + RecallDocument.fields(unseen.uses))
    }

    private static func fields(_ uses: Recall.Uses) -> [(String, JSONValue)] {
        func nodes(_ kind: LineageNode.Kind) -> JSONValue {
            .list(uses.nodes(kind).map { .map(["id": .string($0.id), "label": .string($0.label)]) })
        }
        let versions = uses.versions.map { version in
            JSONValue.map([
                "version": .string(version.reference), "aliases": .strings(version.aliases),
                "isDeleted": .bool(version.isDeleted),
            ])
        }
        let deployments = uses.deployments.map { deployment in
            let receipt = deployment.receipt
            return JSONValue.map([
                "environment": .string(receipt.environment), "bundle": .string(receipt.bundle),
                "version": .string(RecallText.version(receipt)), "outcome": .string(receipt.outcome),
                "at": .string(TimeText.utc(receipt.time)), "isInForce": .bool(deployment.isInForce),
            ])
        }
        return [
            ("features", nodes(.features)), ("runs", nodes(.run)), ("versions", .list(versions)),
            ("gateDecisions", nodes(.gateDecision)), ("bundles", nodes(.bundle)), ("deployments", .list(deployments)),
        ]
    }

    package func text(_ style: TextStyle) -> String { RecallText(recall, style).text }
}
