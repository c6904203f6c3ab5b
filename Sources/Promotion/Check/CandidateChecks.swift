import Basics
import Deployment
import ModelBundles
import Trading

/// What a verdict that counts must still say about the version that is to go into force.
enum CandidateChecks {
    static func objections(_ facts: PromotionFacts, _ verdict: Verdict) -> [PromotionCheck.Objection] {
        let wanted = facts.candidate, document = facts.authority.authority
        var found: [PromotionCheck.Objection] = []
        func refuse(_ code: String, _ message: String, hint: String? = nil) {
            found.append(PromotionCheck.Objection(code: code, message: message, hint: hint))
        }
        // What a verdict under another text says is superseded: whether it passed or refused.
        if verdict.policy.digest != document.policy.digest {
            refuse("promote.other-policy", otherPolicy(verdict, document), hint: "judge it by that: \(judge(facts))")
        } else if !verdict.isPassed {
            refuse(
                "promote.refused",
                "the gate '\(verdict.policy.name)' refused \(wanted.subject) at \(TimeText.seconds(verdict.time))"
                    + failed(facts, verdict),
                hint: "see why: hftml gates show \(wanted.subject); once that is mended, approved or waived, judge it "
                    + "again: \(judge(facts))")
        }
        if verdict.strategy != wanted.strategy {
            refuse(
                "promote.other-strategy",
                "found another strategy than the gate evaluated \(wanted.subject) with: rule, costs or limits differ")
        }
        if let features = wanted.features, features != verdict.features {
            refuse(
                "promote.other-features",
                "found other features than the gate judged \(wanted.subject) on: its instruments would be others too")
        }
        let limits = Digest.sha256(wanted.limits.json.text(.canonical))
        if verdict.limits != limits {
            refuse("promote.limits", "found other limits than the gate evaluated \(wanted.subject) with")
        }
        for objection in wanted.limits.excesses(over: document.limits) {
            refuse("promote.limits", "found limits beyond those of '\(document.name)': \(objection)")
        }
        if !(wanted.costBps >= document.minimumCostBps) {
            refuse(
                "promote.costs",
                "found a strategy that reckons with \(rounded(wanted.costBps)) bps a round trip, and "
                    + "'\(document.name)' asks for \(rounded(document.minimumCostBps)) at least")
        }
        found += age(facts, verdict)
        found += people(facts, verdict)
        found += incumbent(facts, verdict)
        found += canary(facts)
        return found
    }

    /// The command that makes the verdict which a promotion asks for.
    private static func judge(_ facts: PromotionFacts) -> String {
        let place = facts.place ?? facts.authority.authority.name
        return "hftml gate \(facts.candidate.subject) --for \(place) --key KEY --features FILE --strategy FILE"
    }

    private static func otherPolicy(_ verdict: Verdict, _ document: EnvironmentAuthority) -> String {
        let (judged, asked) = (verdict.policy, document.policy)
        let what = judged.name == asked.name ? "another text of the policy" : "the policy"
        return "found a verdict under \(what) '\(judged.name)' (\(judged.digest.prefix(12))), and document "
            + "\(document.counter) of the environment '\(document.name)' asks for "
            + (judged.name == asked.name
                ? "that of \(asked.digest.prefix(12))" : "'\(asked.name)' (\(asked.digest.prefix(12)))")
    }

    /// The last rollback of the candidate at each host of the environment, the last of all at the end.
    private static func takenBack(_ facts: PromotionFacts) -> [TakenBack] {
        ([facts.events] + facts.elsewhere).compactMap {
            TakenBack.last(of: facts.candidate.weights, strategy: facts.candidate.strategy, in: $0)
        }.sorted { $0.time < $1.time }
    }

    private static func age(_ facts: PromotionFacts, _ verdict: Verdict) -> [PromotionCheck.Objection] {
        if let back = takenBack(facts).last(where: { $0.isAfter(verdict, hashes: facts.logHashes) }) {
            return [
                PromotionCheck.Objection(
                    code: "promote.old-gate",
                    message: "found a gate verdict on \(verdict.subject) of \(TimeText.seconds(verdict.time)), before "
                        + back.text, hint: "judge it again: \(judge(facts))")
            ]
        }
        let allowed = min(facts.authority.authority.verdictDays, facts.policy?.validDays ?? .infinity)
        let end = verdict.time.saturatingPlus(Nanoseconds(saturating: allowed * 86_400e9))
        guard !(verdict.time <= facts.now && facts.now < end) else { return [] }
        let days = Double(facts.now.saturatingMinus(verdict.time)) / 86_400e9
        let told =
            days < 0
            ? "which lies ahead" : "\(rounded(days, 1)) days old; it counts for \(rounded(allowed, 1))"
        return [
            PromotionCheck.Objection(
                code: "promote.old-gate",
                message: "found a gate verdict on \(verdict.subject) of \(TimeText.seconds(verdict.time)), \(told)",
                hint: "judge it again: \(judge(facts))")
        ]
    }

    private static func people(_ facts: PromotionFacts, _ verdict: Verdict) -> [PromotionCheck.Objection] {
        let document = facts.authority.authority
        guard let policy = facts.policy else {
            return [
                PromotionCheck.Objection(
                    code: "promote.no-policy",
                    message: "found no policy '\(document.policy.name)', which '\(document.name)' asks for")
            ]
        }
        guard policy.digest == document.policy.digest else {
            return [
                PromotionCheck.Objection(
                    code: "promote.other-policy",
                    message: "found the policy '\(document.policy.name)' changed since document \(document.counter) of "
                        + "'\(document.name)' was signed",
                    hint: "bring its text back, or sign the next document: hftml environments sign "
                        + "\(document.name) --as KEY")
            ]
        }
        var standing = facts.standing
        standing.takenBack = takenBack(facts).last
        let objections = policy.objections(standing: standing, waived: waived(facts, verdict))
        if objections.isEmpty { return [] }
        return [
            PromotionCheck.Objection(
                code: "promote.people",
                message: "found that \(verdict.subject) may not go on: \(objections.joined(separator: "; "))",
                hint: "who may sign finds it with hftml inbox, and signs: hftml approve \(verdict.subject) --for "
                    + "\(facts.place ?? document.name) --as NAME")
        ]
    }

    /// Rules that the report says were waived.
    private static func waived(_ facts: PromotionFacts, _ verdict: Verdict) -> [String] {
        rules(facts, verdict, "waived")
    }

    /// For people: every rule that failed, as the report names it; empty where the report is not here.
    private static func failed(_ facts: PromotionFacts, _ verdict: Verdict) -> String {
        let names = rules(facts, verdict, "failed").reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return names.isEmpty ? "" : ", by " + names.joined(separator: ", ")
    }

    private static func rules(_ facts: PromotionFacts, _ verdict: Verdict, _ status: String) -> [String] {
        let digest = verdict.evidence.first { $0.name == "report" }?.digest
        guard let text = facts.judgements.first(where: { Digest.sha256($0.report) == digest })?.report,
            let items = (try? JSONParser.parse(text))?[key: "items"]?.listValue
        else { return [] }
        return items.compactMap { $0[key: "status"]?.stringValue == status ? $0[key: "name"]?.stringValue : nil }
    }

    private static func incumbent(_ facts: PromotionFacts, _ verdict: Verdict) -> [PromotionCheck.Objection] {
        let now = facts.inForce
        if now?.weights == verdict.incumbent?.weights, (now == nil) == (verdict.incumbent == nil) { return [] }
        // What runs is the candidate itself: as a canary, under another document, with another strategy.
        if let weights = now?.weights, weights == facts.candidate.weights { return [] }
        return [
            PromotionCheck.Objection(
                code: "promote.other-incumbent",
                message: "found \(now?.reference ?? "no version") in force in '\(facts.authority.authority.name)', and "
                    + "the gate verdict on \(verdict.subject) compared it with "
                    + "\(verdict.incumbent?.reference ?? "none")",
                hint: "judge it against what is in force: \(judge(facts))")
        ]
    }

    // MARK: Canary

    private static func canary(_ facts: PromotionFacts) -> [PromotionCheck.Objection] {
        let document = facts.authority.authority
        let hours = max(document.canary?.hours ?? 0, facts.policy?.canaryHours ?? 0),
            share = document.canary?.share ?? 1
        // A larger share than a canary may have needs a canary as all instruments do.
        guard hours > 0, facts.candidate.share == 1 || facts.candidate.share > share else { return [] }
        let been = longestCanary(facts, share: share)
        if let been, Double(been) >= hours * 3600e9 { return [] }
        let found = been.map { "a canary for \(rounded(Double($0) / 3600e9, 1)) hours" } ?? "never a canary"
        return [
            PromotionCheck.Objection(
                code: "promote.canary",
                message: "found \(facts.candidate.subject) \(found) without a break in '\(document.name)', which asks "
                    + "for \(rounded(hours, 1)) hours with bars, by its host's signed reports",
                hint:
                    "run: hftml promote \(facts.candidate.subject) --to \(facts.place ?? document.name) "
                    + "--share 0.25 …")
        ]
    }

    /// The longest time that the candidate traded a share of the instruments; nil for never.
    static func longestCanary(_ facts: PromotionFacts, share: Double) -> Nanoseconds? {
        let wanted = facts.candidate
        let steps = facts.events.filter { $0.kind == .inForce }.map { event in
            CanaryHours.Step(
                counter: event.counter, isRollback: event.isRollback, isTakenBack: event.isTakenBack,
                isAsked: event.weights == wanted.weights && event.strategy == wanted.strategy && event.share < 1
                    && event.share <= share, time: event.time)
        }
        return CanaryHours.longest(steps, runs: facts.runs, until: facts.now)
    }
}
