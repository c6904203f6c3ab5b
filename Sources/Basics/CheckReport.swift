/// The outcome of a list of rules, ready for people and for CI: what a data check, a gate and a bundle check have in
/// common.
package struct CheckReport: Sendable, Equatable {
    package enum Status: String, Sendable {
        case passed
        /// Did not hold, but only a warning was asked for.
        case warned
        case failed
        /// Did not hold, and a named person signed that it need not, until a stated day.
        case waived
    }

    package struct Item: Sendable, Equatable {
        package var name: String
        package var status: Status
        /// One sentence: measured against required.
        package var reason: String
        /// Places or figures behind the reason, capped by the maker.
        package var evidence: [String]
        /// Numbers for machines.
        package var values: JSONValue

        package init(name: String, status: Status, reason: String, evidence: [String] = [], values: JSONValue = .null) {
            self.name = name
            self.status = status
            self.reason = reason
            self.evidence = evidence
            self.values = values
        }
    }

    package var title: String
    package var subject: String
    package var items: [Item]

    package init(title: String, subject: String, items: [Item]) {
        self.title = title
        self.subject = subject
        self.items = items
    }

    package var isPassed: Bool { !items.contains { $0.status == .failed } }

    /// What evidence files hold; `Documents` turns reports into all that people and CI read.
    package var json: JSONValue {
        .map([
            "schemaVersion": .int(1), "title": .string(title), "subject": .string(subject),
            "passed": .bool(isPassed),
            "items": .list(
                items.map {
                    .map([
                        "name": .string($0.name), "status": .string($0.status.rawValue), "reason": .string($0.reason),
                        "evidence": .strings($0.evidence), "values": $0.values,
                    ])
                }),
        ])
    }
}
