package import Basics
import Deployment
package import ModelBundles

/// Whether a version may go into force in an environment now. A pure function: everything that can have changed since
/// the verdict and costs nothing to look at is looked at again, and nothing that the caller says is believed.
package enum PromotionCheck {
    /// What the facts allow.
    package enum Decision: Sendable, Equatable {
        /// Exactly this is in force already, by the same document: there is nothing to do.
        case standing
        /// It may not; every reason, the gravest first.
        case refused([Objection])
        /// It may, by this verdict.
        case admitted(Grant)
    }

    /// What an order may say.
    package struct Grant: Sendable, Equatable {
        /// The verdict that it rests on.
        package var verdict: Envelope
        /// SHA-256 of the report that the verdict names.
        package var report: String
        /// From when the order may not be put in force any more.
        package var expiresAt: Nanoseconds
    }

    /// Why something may not go into force.
    package struct Objection: Sendable, Equatable {
        /// As the catalogue of errors explains it.
        package var code: String
        /// One sentence.
        package var message: String
        /// What to do, where the code alone does not say it.
        package var hint: String?

        /// A reason as given.
        package init(code: String, message: String, hint: String? = nil) {
            (self.code, self.message, self.hint) = (code, message, hint)
        }
    }

    /// - Complexity: linear in the facts; one signature check a verdict and key.
    package static func decide(_ facts: PromotionFacts) -> Decision {
        let problems = [facts.hostProblem, facts.forgottenRollback].compactMap(\.self)
        if isStanding(facts), facts.waitingRollback == nil, problems.isEmpty { return .standing }
        var objections = environment(facts) + waiting(facts) + host(facts)
        let (verdict, found) = VerdictChoice.choose(facts)
        // Where nobody has judged it, that is what to say first.
        objections = found.first?.code == "promote.no-gate" ? found + objections : objections + found
        if let verdict { objections += CandidateChecks.objections(facts, verdict.verdict) }
        guard objections.isEmpty, let verdict else { return .refused(takenOut(facts) + objections) }
        let document = facts.authority.authority
        let end = facts.now.saturatingPlus(Nanoseconds(saturating: document.deploymentDays * 86_400e9))
        return .admitted(
            Grant(verdict: verdict.envelope, report: verdict.report, expiresAt: min(end, document.expiresAt)))
    }

    private static func isStanding(_ facts: PromotionFacts) -> Bool {
        guard let now = facts.inForce else { return false }
        let wanted = facts.candidate
        // What was taken back and still lies in force, since there was nothing before it, is promoted anew.
        return !now.isTakenBack && now.weights == wanted.weights && now.strategy == wanted.strategy
            && now.share == wanted.share
            && now.reference == wanted.subject && now.authority == facts.authority.digest
    }

    /// A host that came back from an older copy, or lost its inbox, never answers: there ``host(_:)`` alone says what
    /// is promoted, whatever waits.
    private static func waiting(_ facts: PromotionFacts) -> [Objection] {
        guard let order = facts.waitingRollback, facts.hostProblem == nil else { return [] }
        let place = facts.place ?? facts.authority.authority.name
        return [
            Objection(
                code: "promote.rollback-waits",
                message:
                    "found the rollback \(order) of '\(place)' without an answer of its host, and nothing is promoted "
                    + "past it",
                hint: "let the host look: hftml-runtime accept DIRECTORY; or order it again where it was lost: hftml "
                    + "rollback \(place) --reason TEXT --key KEY; or take it back, which its host has to answer too: "
                    + "hftml deployments withdraw \(place)")
        ]
    }

    /// Where a host came back from an older copy, what was in force there is put back first, by a rollback or by
    /// promoting it again: anything else would be compared with what does not run. Where nothing runs there is nothing
    /// to put back first, and what somebody wants out is not put back; the verdict compares with the record all the
    /// same.
    private static func host(_ facts: PromotionFacts) -> [Objection] {
        guard let problem = facts.hostProblem, let now = facts.inForce else { return [] }
        let wanted = facts.candidate
        if now.weights == wanted.weights, now.strategy == wanted.strategy { return [] }
        return facts.isHostEmpty || facts.isRecordUnwanted ? [] : [problem]
    }

    /// That a host runs again what a rollback had taken out is no reason to leave it there. Who has judged it anew
    /// since that rollback, and has all else that is asked, orders it again.
    private static func takenOut(_ facts: PromotionFacts) -> [Objection] {
        guard let problem = facts.forgottenRollback, let now = facts.inForce, now.weights == facts.candidate.weights,
            now.strategy == facts.candidate.strategy
        else { return [] }
        return [problem]
    }

    /// What the environment itself says: its document, freezes, keys, and the log.
    private static func environment(_ facts: PromotionFacts) -> [Objection] {
        let document = facts.authority.authority
        var found: [Objection] = []
        if facts.now >= document.expiresAt {
            found.append(
                Objection(
                    code: "authority.expired",
                    message: "found document \(document.counter) of '\(document.name)' expired at "
                        + "\(TimeText.seconds(document.expiresAt))",
                    hint: "sign the next one: hftml environments sign \(document.name) --as KEY"))
        }
        if let freeze = document.freeze(at: facts.now) {
            let reason = freeze.reason.isEmpty ? "" : ": \(freeze.reason)"
            found.append(
                Objection(
                    code: "promote.freeze",
                    message: "promotions to '\(document.name)' are frozen until \(TimeText.seconds(freeze.to))\(reason)"
                ))
        }
        if !document.keys(for: EnvironmentAuthority.Role.promoter, at: facts.now).contains(where: {
            $0.id == facts.promoter.id
        }) {
            let known = document.keys.first { $0.id == facts.promoter.id }
            let reason =
                known?.objection(at: facts.now)
                ?? "the key of '\(facts.promoter.name)' (\(facts.promoter.id)) has no role 'promoter' in "
                + "'\(document.name)'"
            found.append(Objection(code: "promote.key", message: "found a key that may not promote: \(reason)"))
        }
        found += facts.logProblems.prefix(5).map { Objection(code: "promote.log", message: $0) }
        return found
    }
}
