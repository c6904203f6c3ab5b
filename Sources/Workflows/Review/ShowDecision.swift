package import Basics
package import Promotion
package import Registry

/// A verdict that is on record, as it was given.
package struct RecordedDecision: Sendable {
    package let decision: GateDecisionRecord
    /// Every rule with its reason, as the gate saw it.
    package let report: CheckReport
    /// What it was made with; nil for verdicts of before that was kept.
    package let basis: GateDecision.Basis?
    /// Who signed it for which environment, or that nobody did; nil where nobody asked.
    package private(set) var signature: GateSignature?

    /// - Throws: ``Failure`` with code `gates.altered` for a row that is not what was recorded.
    init(_ decision: GateDecisionRecord) throws {
        guard decision.isIntact, let node = try? JSONParser.parse(decision.report), let report = CheckReport(node)
        else {
            throw Failure(
                "gates.altered",
                "found the verdict \(decision.digest.prefix(12)) on \(decision.model)/\(decision.version) altered "
                    + "since it was given",
                hint: "see what else was changed with: hftml audit verify", exitStatus: .refused)
        }
        (self.decision, self.report, basis) = (decision, report, GateDecision.Basis(decision))
    }

    /// As ``init(_:)``, with who signed it.
    init(_ decision: GateDecisionRecord, by signed: SignedVerdicts) throws {
        try self.init(decision)
        signature = signed.signature(of: decision)
    }

    /// Of the policy that judged, as it was typed or found; nil where that was not kept.
    package var policyPath: String? { basis?.policyPath }

    /// `NAME/VERSION`.
    package var reference: String { "\(decision.model)/\(decision.version)" }
}

/// A version in; a verdict that is on record about it, out. Nothing is judged again.
package enum ShowDecision {
    /// - Parameter digest: the beginning of a verdict's digest; nil for the newest on exactly these weights, signed or
    ///   not, which says of itself which it is.
    /// - Throws: ``Failure`` with code `gates.none`, `gates.no-decision`, `gates.altered`.
    package static func run(_ reference: String, decision digest: String? = nil, session: Session) throws
        -> RecordedDecision
    {
        let registry = try session.registry(), version = try RegisterModel.version(reference, session: session)
        let signed = try SignedVerdicts(session)
        guard let digest else {
            guard let newest = try registry.latestDecision(for: version) else {
                throw Failure(
                    "gates.none", "found no gate verdict on \(version.reference) with exactly these weights",
                    hint: "run: hftml gate \(version.reference) --policy POLICY --features FILE --strategy FILE")
            }
            return try RecordedDecision(newest, by: signed)
        }
        let found = try registry.decision(prefix: digest)
        guard found.model == version.model, found.version == version.version else {
            throw Failure(
                "gates.no-decision",
                "found the verdict '\(digest)' on \(found.model)/\(found.version), expected one on "
                    + version.reference,
                hint: "run: hftml gates show \(found.model)/\(found.version) --decision \(found.digest.prefix(12))",
                exitStatus: .usage)
        }
        return try RecordedDecision(found, by: signed)
    }
}

/// A model or version, or nothing, in; the verdicts that are on record, newest first, out.
package enum ListDecisions {
    package struct Entry: Sendable {
        package let decision: GateDecisionRecord
        /// Names of the rules that did not hold; nil where the row is not what was recorded.
        package let failed: [String]?
        /// Who signed it for which environment, or that nobody did.
        package let signature: GateSignature
    }

    /// - Parameter subject: a model's name, or a version.
    package static func run(_ subject: String? = nil, session: Session) throws -> [Entry] {
        let registry = try session.registry()
        var model: String?, number: Int?
        if let subject {
            if subject.contains("/") || subject.contains("@") {
                let version = try RegisterModel.version(subject, session: session)
                (model, number) = (version.model, version.version)
            } else {
                try registry.requireModel(subject)
                model = subject
            }
        }
        let signed = try SignedVerdicts(session)
        return try registry.decisions(model: model, number: number).map { decision in
            let report = try? RecordedDecision(decision).report
            return Entry(
                decision: decision, failed: report?.items.filter { $0.status == .failed }.map(\.name),
                signature: signed.signature(of: decision))
        }
    }
}
