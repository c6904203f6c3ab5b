package import Basics
import ModelBundles
import Registry

/// Enough different people (several keys of one person are one) with the right roles have approved exactly these
/// weights under exactly this policy, and nobody rejected them since.
package struct Approvals: GateRule {
    package static let name = "approvals"
    package static let summary = "Enough people with the right roles approved these weights under this policy."
    package static let keys = ["count", "roles", "notAuthor"]
    let count: Int
    let roles: [String]
    let excludesAuthor: Bool
    package var distinction: String? { roles.isEmpty ? nil : roles.joined(separator: "+") }

    package init(_ reader: ConfigReader) throws {
        count = try reader.int("count", default: 1, in: 1...20)
        roles = reader.has("roles") ? try reader.strings("roles") : []
        excludesAuthor = try reader.bool("notAuthor", default: true)
    }

    /// What each person said last, and why the rest does not count.
    private func tally(_ evidence: GateEvidence) -> (counted: [Statement.Verified], objections: [String]) {
        var objections = evidence.rejectedStatements
        func isOwn(_ said: Statement.Verified) -> Bool { excludesAuthor && said.isBy(evidence.authors) }
        for said in LastWords.inOrder(evidence.statements) where said.statement.kind != .waiver {
            let statement = said.statement, what = "the \(statement.kind.rawValue) of '\(statement.signer)'"
            if statement.weights != evidence.weights {
                objections.append("\(what) is about other weights (\(statement.weights.prefix(12)))")
            } else if said.isRejection {
                objections.append(said.refusal)
            } else if said.isElsewhere {
                continue
            } else if statement.policyDigest != evidence.policyDigest {
                objections.append("\(what) is about another policy, or an earlier text of this one")
            } else if isOwn(said) {
                objections.append("'\(statement.signer)' made the model, and cannot approve it")
            } else if let objection = evidence.takenBack?.objection(to: statement) {
                objections.append("\(what): \(objection)")
            }
        }
        let counted = LastWords.of(
            evidence.statements, weights: evidence.weights, policyDigest: evidence.policyDigest,
            takenBack: evidence.takenBack
        ) { !isOwn($0) }
        return (counted, objections)
    }

    /// Rejections that stand. Only who signed one takes it back: no waiver of this rule does.
    func rejections(_ evidence: GateEvidence) -> [String] {
        tally(evidence).counted.filter(\.isRejection).map(\.refusal)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        var (counted, objections) = tally(evidence)
        let rejections = counted.filter(\.isRejection)
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
            summary + needed + (objections.isEmpty ? "" : "; not counted: \(Approvals.together(objections))"),
            values: .map(["approvals": .strings(approvals.map(\.digest)), "keys": .strings(approvals.map(\.key.id))]))
    }

    /// Each sentence once, with how often it is true: one revoked key may have signed much.
    private static func together(_ objections: [String]) -> String {
        let counts = Dictionary(objections.map { ($0, 1) }, uniquingKeysWith: +)
        var seen: Set<String> = []
        return objections.filter { seen.insert($0).inserted }.map {
            let count = counts[$0] ?? 1
            return count > 1 ? "\(count) × \($0)" : $0
        }.joined(separator: "; ")
    }
}
