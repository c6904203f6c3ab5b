import Basics
import ModelBundles
import Registry

/// A rerun from the recorded code, data and seed gave the same weights.
package struct Reproducible: GateRule {
    package static let name = "reproducible"
    package static let keys: [String] = []
    package init(_ reader: ConfigReader) throws {}

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let reproduction = evidence.reproduction else {
            return .noEvidence("nobody reran the training; run: hftml reproduce \(evidence.subject)")
        }
        return GateVerdict(reproduction.isEqual, reproduction.detail)
    }
}

/// One window is computed fast enough, measured at the gate with the runtime's own code.
package struct LatencyBudget: GateRule {
    package static let name = "latency"
    package static let keys = ["p99Microseconds"]
    let budget: Double

    package init(_ reader: ConfigReader) throws { budget = try reader.double("p99Microseconds", in: 0.1...1e7) }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let latency = evidence.latency else { return .noEvidence("the latency was not measured") }
        return GateVerdict(
            latency.p99 <= budget,
            "one window takes \(rounded(latency.p50, 1)) µs, 99 of 100 at most \(rounded(latency.p99, 1)) µs on this machine, allowed \(budget) µs",
            values: .map(["p50": .double(latency.p50), "p99": .double(latency.p99)]))
    }
}

/// The weights are not larger than allowed.
package struct BundleSize: GateRule {
    package static let name = "bundle-size"
    package static let keys = ["maximumKiB"]
    let maximum: Double

    package init(_ reader: ConfigReader) throws { maximum = try reader.double("maximumKiB", in: 0.1...1e9) }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let bytes = evidence.modelBytes else { return .noEvidence("the size of the model is not known") }
        let size = Double(bytes) / 1024
        return GateVerdict(
            size <= maximum, "the model has \(rounded(size, 1)) KiB, allowed \(maximum)",
            values: .map(["KiB": .double(size)]))
    }
}

/// The strategy sets the risk limits that the runtime needs.
package struct RiskLimitsPresent: GateRule {
    package static let name = "risk-limits"
    package static let keys = ["required"]
    let required: [String]

    package init(_ reader: ConfigReader) throws {
        required = reader.has("required") ? try reader.strings("required") : []
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let limits = evidence.riskLimits, !limits.isEmpty else {
            return .noEvidence("the strategy sets no risk limits")
        }
        let missing = required.filter { !limits.contains($0) }
        return GateVerdict(
            missing.isEmpty,
            missing.isEmpty
                ? "the strategy sets \(limits.sorted().joined(separator: ", "))"
                : "found no limit for \(missing.joined(separator: ", "))")
    }
}

/// The model card says what the records ask for.
package struct ModelCardComplete: GateRule {
    package static let name = "model-card"
    package static let keys = ["fields"]
    /// What supervisors ask to be on file (risk-controls, section 4).
    package static let required = [
        "owner", "validator", "intendedUse", "instruments", "horizon", "prohibitedUses", "strategySummary",
        "materiality", "changeClass", "nextReview", "monitoring",
    ]
    let fields: [String]

    package init(_ reader: ConfigReader) throws {
        fields = reader.has("fields") ? try reader.strings("fields") : ModelCardComplete.required
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let card = evidence.card else {
            return .noEvidence("there is no model card; write Registry/cards/NAME.yaml")
        }
        let missing = fields.filter { (card[$0] ?? "").isEmpty }
        guard missing.isEmpty else {
            return GateVerdict(false, "the model card says nothing on \(missing.joined(separator: ", "))")
        }
        if let owner = card["owner"], let validator = card["validator"], owner == validator {
            return GateVerdict(
                false, "the model card names '\(owner)' as owner and as validator; two people are required")
        }
        return GateVerdict(true, "the model card fills \(fields.count) fields")
    }
}

/// The run was made from a commit without local changes.
package struct CleanCommit: GateRule {
    package static let name = "clean-commit"
    package static let keys: [String] = []
    package init(_ reader: ConfigReader) throws {}

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let commit = evidence.commit else { return .noEvidence("the run was made outside Git") }
        return GateVerdict(
            evidence.dirtyFiles.isEmpty,
            evidence.dirtyFiles.isEmpty
                ? "the run was made from commit \(commit.prefix(12)) without changes"
                : "the run was made from commit \(commit.prefix(12)) with \(evidence.dirtyFiles.count) changed files: \(evidence.dirtyFiles.prefix(5).joined(separator: ", "))"
        )
    }
}

/// Enough different people with the right roles have approved exactly these weights under exactly this policy, and
/// nobody rejected them since.
package struct Approvals: GateRule {
    package static let name = "approvals"
    package static let keys = ["count", "roles", "notAuthor"]
    let count: Int
    let roles: [String]
    let excludesAuthor: Bool
    /// Set by the policy that the rule belongs to.
    package var policyDigest = ""

    package init(_ reader: ConfigReader) throws {
        count = try reader.int("count", default: 1, in: 1...20)
        roles = reader.has("roles") ? try reader.strings("roles") : []
        excludesAuthor = try reader.bool("notAuthor", default: true)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        var objections = evidence.rejectedStatements
        var counted: [Statement.Verified] = []
        for verified in evidence.statements.sorted(by: { $0.statement.signedAt < $1.statement.signedAt })
        where verified.statement.kind != .waiver {
            let statement = verified.statement
            if statement.weights != evidence.weights {
                objections.append(
                    "the \(statement.kind.rawValue) of '\(statement.signer)' is about other weights (\(statement.weights.prefix(12)))"
                )
            } else if statement.policyDigest != policyDigest {
                objections.append(
                    "the \(statement.kind.rawValue) of '\(statement.signer)' is about another policy, or an earlier text of this one"
                )
            } else if statement.kind == .rejection {
                counted.removeAll { $0.statement.signer == statement.signer }
                objections.append("'\(statement.signer)' rejected it: \(statement.reason)")
                counted.append(verified)
            } else if excludesAuthor, evidence.authors.contains(statement.signer) {
                objections.append("'\(statement.signer)' made the model, and cannot approve it")
            } else {
                counted.removeAll { $0.statement.signer == statement.signer }
                counted.append(verified)
            }
        }
        let rejections = counted.filter { $0.statement.kind == .rejection }
        let approvals = counted.filter {
            $0.statement.kind == .approval && (roles.isEmpty || !Set($0.key.roles).isDisjoint(with: roles))
        }
        let others = counted.filter { $0.statement.kind == .approval }.count - approvals.count
        if others > 0 {
            objections.append("\(others) approved without one of the roles \(roles.joined(separator: ", "))")
        }
        let missingRoles = roles.filter { role in !approvals.contains { $0.key.roles.contains(role) } }
        let names = approvals.map { "\($0.statement.signer) (\($0.key.roles.joined(separator: ", ")))" }
        let holds = rejections.isEmpty && approvals.count >= count && (count < roles.count || missingRoles.isEmpty)
        let summary =
            "\(approvals.count) of \(count) approvals\(names.isEmpty ? "" : ": " + names.joined(separator: "; "))"
        let needed = roles.isEmpty ? "" : ", of the roles \(roles.joined(separator: ", "))"
        return GateVerdict(
            holds,
            summary + needed + (objections.isEmpty ? "" : "; not counted: \(objections.joined(separator: "; "))"),
            values: .map(["approvals": .strings(approvals.map(\.digest)), "keys": .strings(approvals.map(\.key.id))]))
    }
}

/// Nothing is promoted in the stated spans of time.
package struct FreezeWindows: GateRule {
    package static let name = "freeze"
    package static let keys = ["windows"]

    struct Window: Sendable {
        var from: Nanoseconds
        var to: Nanoseconds
        var reason: String
    }

    let windows: [Window]

    package init(_ reader: ConfigReader) throws {
        windows = try reader.list("windows").map { node in
            let item = try ConfigReader(node, path: "windows", keys: ["from", "to", "reason"])
            func time(_ key: String) throws -> Nanoseconds {
                let text = try item.string(key)
                guard let time = TimeText.parseUTC(text) else {
                    throw ConfigError(
                        "found '\(text)', expected a time such as 2026-12-24 or 2026-12-24T13:00Z",
                        at: item.value(key)?.mark)
                }
                return time
            }
            let window = Window(
                from: try time("from"), to: try time("to"), reason: try item.string("reason", default: ""))
            guard window.from < window.to else {
                throw ConfigError("found a window that ends before it begins", at: node.mark)
            }
            return window
        }
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        if let window = windows.first(where: { $0.from <= evidence.now && evidence.now < $0.to }) {
            return GateVerdict(
                false,
                "promotions are frozen until \(TimeText.utc(window.to))\(window.reason.isEmpty ? "" : ": \(window.reason)")"
            )
        }
        return GateVerdict(true, "\(TimeText.utc(evidence.now)) is in none of \(windows.count) freeze windows")
    }
}
