import Basics
import Deployment
import Promotion
import Registry

/// What lies in force in an environment, or waits for its host, though somebody whose word counts there has rejected it
/// since it was ordered. Nothing takes it out by itself: a person decides between a rollback and another look.
enum RejectedInForce {
    /// Where it is, in words, and what to do.
    private struct Way {
        let state: String
        let hint: String
    }

    /// - Parameter weights: of which alone; nil for any.
    /// - Returns: one a version, with what to do.
    static func find(_ files: EnvironmentFiles, weights: String? = nil, session: Session) throws -> [Failure] {
        let registry = try session.registry(), now = registry.now()
        guard let document = try files.inForce(at: now)?.authority else { return [] }
        // Made once: it reads what every key of every document signed.
        var people: CountingPeople?
        func find(_ reference: String, _ way: () throws -> Way) throws -> [Failure] {
            guard let version = try? registry.version(reference), weights == nil || version.weights == weights else {
                return []
            }
            let counting = try people ?? CountingPeople(document, files, withRollbacks: false, session: session)
            people = counting
            let refusals = try counting.refusals(
                of: version, strategy: nil, policy: document.policy.digest, registry: registry)
            guard !refusals.isEmpty else { return [] }
            let way = try way()
            return [
                Failure(
                    "deployment.rejected",
                    "found \(reference) \(way.state), and \(refusals.joined(separator: "; "))",
                    hint: way.hint, exitStatus: .refused)
            ]
        }
        var found = try registry.promotionsUnderWay(environment: files.name).flatMap {
            try find($0.reference) {
                Way(
                    state: "on its way into '\(files.name)'",
                    hint: "take it back: hftml deployments withdraw \(files.name)")
            }
        }
        if let version = try Incumbent.inForce(files, session: session)?.version {
            let rejected = try find(version.reference) { try wayOut(files, document, session: session) }
            // Where no host works any more nothing is in force.
            if !rejected.isEmpty, try EnvironmentReceipts(files, session: session).former == nil { found += rejected }
        }
        return found
    }

    /// Where somebody's no to what is in force leads: to a rollback while something is left to go back to that nobody
    /// rejected; else trading is halted until another version is promoted.
    private static func wayOut(
        _ files: EnvironmentFiles, _ document: EnvironmentAuthority, session: Session
    ) throws -> Way {
        let line = try RollBack.Line(files, session: session), state = "in force in '\(files.name)'"
        // The mark in a copy of a host's directory halts nobody.
        let isHalted =
            line.receipts.halts.last.map { $0.to == nil } ?? false
            || Paths.exists(files.host.hostKey) && Paths.exists(files.host.haltFile)
        let promote = "promote another version: hftml promote NAME/VERSION --to \(files.name) …"
        // A rollback would look for a way to what was rejected.
        if line.receipts.standing.isBehind {
            let other = line.receipts.standing.isEmpty ? "nothing" : "something else"
            return Way(
                state: "on record as in force in '\(files.name)', whose host has \(other) in force", hint: promote)
        }
        // What a host lost or has otherwise is put right first, which is said elsewhere.
        let isLast =
            line.hasWholeHistory && RejectedRevisions(line, document, session: session).latestOther() == nil
        guard isLast else {
            return Way(
                state: state + (isHalted ? ", where trading is halted" : ""),
                hint: "take it out: hftml rollback \(files.name) --reason TEXT --key KEY")
        }
        if isHalted {
            return Way(
                state: state + ", where trading is halted and no version is left to go back to", hint: promote)
        }
        return Way(
            state: state + ", where no version is left to go back to",
            hint: halt(files) + " --by PERSON --reason TEXT; then " + promote)
    }

    /// A halt in a copy of a host's directory stops nobody.
    private static func halt(_ files: EnvironmentFiles) -> String {
        guard !Paths.exists(files.host.hostKey) else {
            return "stop trading: hftml-runtime halt \(files.host.directory)"
        }
        return "stop trading where its host works, which is not here: hftml-runtime halt DIRECTORY"
    }

    /// As ``find(_:weights:session:)``, for lists that go on: that nobody can tell is a problem, too.
    static func told(_ files: EnvironmentFiles, weights: String? = nil, session: Session) -> [Failure] {
        do { return try find(files, weights: weights, session: session) } catch {
            let problem = error as? any UserFacingError
            return [
                Failure(
                    problem?.code ?? "deployment.rejected",
                    "cannot tell whether what is in force in '\(files.name)' was rejected: "
                        + (problem?.message ?? "\(error)"), hint: problem?.hint)
            ]
        }
    }

    /// Tells who has just rejected weights where they run or are about to. The rejection is on record then: what cannot
    /// be looked at is told, and makes no error of it.
    static func tell(_ weights: String, session: Session) {
        do { try tellAll(weights, session: session) } catch {
            session.caller.conversation.say(
                "cannot tell where what was rejected runs: \((error as? any UserFacingError)?.message ?? "\(error)")")
        }
    }

    private static func tellAll(_ weights: String, session: Session) throws {
        let hosts = try RecordedHosts(session)
        func say(_ problem: Failure) {
            session.caller.conversation.say(problem.message + (problem.hint.map { "; \($0)" } ?? ""))
        }
        try hosts.each { for problem in told($0, weights: weights, session: session) { say(problem) } }.forEach(say)
        // Where nobody here can look, the record says what its host put in force last.
        for (place, reference) in try hosts.unseenInForce() {
            guard try session.registry().version(reference).weights == weights else { continue }
            say(
                Failure(
                    "deployment.rejected",
                    "found \(reference) in force in '\(place)' by its receipts, though its host is not seen from here",
                    hint: "let it be taken out there: hftml rollback \(place) --reason TEXT --key KEY"))
        }
    }
}

extension CountingPeople {
    /// Who rejected a version and has not taken it back, when and why; empty where nobody did.
    ///
    /// - Parameter strategy: that the rejection must be about where it names one; nil for any.
    func refusals(of version: VersionRecord, strategy: String?, policy: String, registry: RegistryDatabase) throws
        -> [String]
    {
        let now = registry.now()
        let (statements, _) = try StatementsOfVersion(version, registry: registry).counting(
            self, strategy: strategy, at: now)
        return StandingEvidence(
            subject: version.reference, weights: version.weights, statements: statements, authors: [], now: now
        ).rejections(policyDigest: policy).map(\.datedRefusal)
    }
}
