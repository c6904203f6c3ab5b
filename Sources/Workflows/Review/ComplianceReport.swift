package import Basics
import ModelBundles
package import Promotion
package import Registry

/// All that somebody who supervises asks about a version, or about what happened between two days.
package struct ComplianceReport: Sendable {
    package enum Scope: Sendable, Equatable {
        case version(String)
        /// From the first moment to before the second.
        case span(from: Nanoseconds, until: Nanoseconds)
    }

    /// One version with everything on record about it.
    package struct Part: Sendable {
        package let version: VersionRecord
        /// What the model card is made from; nil for a version without a run.
        package let facts: VersionFacts?
        /// Newest first, in the span of the report; the reason in the place of a verdict that was altered.
        package let verdicts: [(verdict: RecordedDecision?, problem: String?)]

        /// Digest of the verdict that it went into force on, else of the newest that an environment's gate signed.
        let signedVerdict: String?

        /// The place of that verdict; nil where there are rehearsals at most.
        package var newestSigned: Int? {
            verdicts.firstIndex { $0.verdict.map { $0.decision.digest == signedVerdict } ?? false }
                ?? verdicts.firstIndex { $0.verdict?.signature?.isSigned == true }
        }
        package let signatures: [VersionReview.Signature]
        /// What it was made from, by the time of the record.
        package let lineage: [LineageNode]
        /// What it may do at most, by the strategy of the newest verdict.
        package let limits: VersionReview.Limits?
        /// Newest first: receipts of its bundles, with what people did to them at a host, and rollbacks that took one
        /// of them out of force.
        package let deployments: [DeploymentRecord]
        package let earnings: [Earning]
    }

    /// What a host reported of a version.
    package struct Earning: Sendable, Equatable {
        package let environment: String
        package let run: String
        package let time: Nanoseconds
        /// By name, without `live.`.
        package let measures: [Measure]

        package struct Measure: Sendable, Equatable {
            package let name: String
            package let value: Double
        }
    }

    /// Where the audit log stands, and what of it lies outside the file.
    package struct Log: Sendable, Equatable {
        package let sequence: Int
        package let hash: String
        /// The newest head outside that a key with the role signed; nil where there is none.
        package let anchor: Anchor?

        package struct Anchor: Sendable, Equatable {
            package let sequence: Int
            package let place: String
            package let signer: String
            /// UTC, as the head says.
            package let signedAt: String
        }
    }

    package let scope: Scope
    package let time: Nanoseconds
    package let parts: [Part]
    /// What was decided, signed and put in force in the span, oldest first; empty for one version, whose own history is
    /// in its facts.
    package let entries: [AuditEntry]
    /// What root keys signed in the span, oldest first; empty for one version.
    package let documents: [SignedDocument]
    /// Environments whose documents cannot be read, a sentence each.
    package let unread: [String]
    /// Nil for an empty log.
    package let log: Log?
    /// What is wrong with the log by its anchors, or why they were not looked at.
    package let logProblem: String?
}

/// A version, or a span of time, in; the report for compliance out.
package enum ReportVersion {
    /// - Throws: ``Failure`` with code `registry.no-version`.
    package static func run(_ reference: String, session: Session) throws -> ComplianceReport {
        let version = try RegisterModel.version(reference, session: session)
        let part = try part(version, span: nil, session: session)
        return try report(.version(version.reference), [part], [], ([], []), session: session)
    }

    /// - Parameters:
    ///   - since: the first day or time, UTC.
    ///   - until: a day, which counts whole, or a time; nil for now.
    /// - Throws: ``Failure`` with code `usage.time`.
    package static func run(since: String, until: String?, session: Session) throws -> ComplianceReport {
        let registry = try session.registry()
        func moment(_ text: String, _ time: Nanoseconds?) throws -> Nanoseconds {
            guard let time else {
                throw Failure(
                    "usage.time", "found '\(text)', expected a time such as 2026-03-01 or 2026-03-01T09:30",
                    exitStatus: .usage)
            }
            return time
        }
        let start = try moment(since, TimeText.parseUTC(since))
        let end = try until.map { try moment($0, TimeText.parseKnownBy($0)) } ?? registry.now().saturatingPlus(1)
        guard start < end else {
            throw Failure(
                "usage.time", "found a span from \(since) to \(until ?? "now") that ends before it begins",
                hint: "say the earlier day after --since", exitStatus: .usage)
        }
        try CollectReceipts.all(session: session)
        let entries = try registry.auditEntries(from: start, until: end).filter(isGovernance)
        let concerned = Set(
            entries.compactMap { entry -> String? in
                if case .version(let model, let number) = entry.about { return "\(model)/\(number)" }
                return nil
            })
        let parts = try registry.versions(stage: .all).filter { concerned.contains($0.reference) }.map {
            try part($0, span: start..<end, session: session)
        }
        let documents = try SignedDocument.all(in: start..<end, session: session)
        return try report(.span(from: start, until: end), parts, entries, documents, session: session)
    }

    private static let kept = [
        "gate.", "statement.", "promote", "promotion.", "deployment.", "alias.", "key.", "environment.", "version.",
        "audit.", "registry.", "rollback",
    ]

    /// Decisions of people and machines, and what came of them; not the daily work of research.
    private static func isGovernance(_ entry: AuditEntry) -> Bool { kept.contains { entry.action.hasPrefix($0) } }

    private static func report(
        _ scope: ComplianceReport.Scope, _ parts: [ComplianceReport.Part], _ entries: [AuditEntry],
        _ documents: (found: [SignedDocument], unread: [String]), session: Session
    ) throws -> ComplianceReport {
        let registry = try session.registry()
        var anchor: ComplianceReport.Log.Anchor?, problem: String?
        do {
            anchor = try newestAnchor(session)
            // A page that goes to a supervisor says first that its log is not the one that was vouched for.
            let keys = try LogKeys.read(session, registry: registry).keys
            let misfits = AuditHeads.misfits(
                try AnchorStore.outside(session), to: try registry.auditHashList(), keys: keys)
            problem = misfits.first.map { "this log is not the one that was anchored: \($0.words)" }
        } catch let error as any UserFacingError {
            problem = "anchors were not looked at: \(error.message)"
        }
        let log = try registry.auditTip().map {
            ComplianceReport.Log(sequence: $0.sequence, hash: $0.hash, anchor: anchor)
        }
        return ComplianceReport(
            scope: scope, time: registry.now(), parts: parts, entries: entries, documents: documents.found,
            unread: documents.unread, log: log, logProblem: problem)
    }

    private static func newestAnchor(_ session: Session) throws -> ComplianceReport.Log.Anchor? {
        let registry = try session.registry(), keys = try LogKeys.read(session, registry: registry).keys
        let heads = try AnchorStore.read(try session.anchorPlaces(), session: session).heads
        return heads.compactMap { head in
            guard let (payload, key) = try? AuditHeads.open(head.envelope, keys: keys) else { return nil }
            return ComplianceReport.Log.Anchor(
                sequence: payload.sequence, place: head.words, signer: key.name, signedAt: payload.signedAt)
        }.max { $0.sequence < $1.sequence }
    }

    // MARK: One version

    private static func part(_ version: VersionRecord, span: Range<Nanoseconds>?, session: Session) throws
        -> ComplianceReport.Part
    {
        let registry = try session.registry()
        func isInSpan(_ time: Nanoseconds) -> Bool { span?.contains(time) ?? true }
        let decisions = try registry.decisions(model: version.model, number: version.version)
        let signed = try SignedVerdicts(session)
        let verdicts = decisions.filter { isInSpan($0.decidedAt) }.map { decision -> (RecordedDecision?, String?) in
            do { return (try RecordedDecision(decision, by: signed), nil) } catch {
                return (nil, (error as? any UserFacingError)?.message ?? "\(error)")
            }
        }
        let verdict = signed.newest(decisions.filter { $0.weights == version.weights })
        let newest = verdict.flatMap { GateDecision.Basis($0.decision) }
        let all = try registry.deployments()
        let bundles = Set(
            all.filter { $0.model == version.model && $0.version == version.version && !$0.bundle.isEmpty }.map(
                \.bundle))
        return ComplianceReport.Part(
            version: version,
            facts: version.run.isEmpty ? nil : try DescribeVersion.facts(version, registry: registry, session: session),
            verdicts: verdicts.map { (verdict: $0.0, problem: $0.1) },
            signedVerdict: verdict.flatMap { $0.signature.isSigned ? $0.decision.digest : nil },
            signatures: try PeopleOf(version, session: session).signatures,
            lineage: try registry.lineage(of: RegisterModel.node(version).id).nodes,
            limits: try ReviewVersion.limits(version, newest, session: session),
            // With what took one of its bundles out of force again: that is another bundle's receipt.
            deployments: all.filter { record in
                isInSpan(record.time)
                    && (bundles.contains(record.bundle)
                        || record.outcome == "rolled-back" && record.replaced.map(bundles.contains) ?? false)
            },
            earnings: try earnings(version, registry: registry).filter { isInSpan($0.time) })
    }

    /// Runs that feedback of hosts became.
    private static func earnings(_ version: VersionRecord, registry: RegistryDatabase) throws
        -> [ComplianceReport.Earning]
    {
        try registry.environmentNames().flatMap { environment in
            try registry.runs(limit: 10_000, experiment: "live-\(environment)").compactMap { run in
                let parameters = try registry.parameters(run: run.id)
                guard parameters.contains(where: { $0.0 == "version" && $0.1 == version.reference }) else { return nil }
                let measures = try registry.latestMetrics(run: run.id).filter { $0.key.hasPrefix("live.") }
                    .sorted { $0.key < $1.key }
                    .map { ComplianceReport.Earning.Measure(name: String($0.key.dropFirst(5)), value: $0.value) }
                return ComplianceReport.Earning(
                    environment: environment, run: run.id, time: run.startedAt, measures: measures)
            }
        }
    }
}
