import Basics
import Promotion
import Registry
package import Workflows

/// What a person should have read before signing: the gate's rules, the difference to what is in force, the limits in
/// money, exactly what is signed, what the page was drawn from beside it, and who has signed so far.
package struct ReviewDocument: Document {
    let review: VersionReview

    package init(_ review: VersionReview) { self.review = review }

    var statement: Statement { review.draft.statement }
    var reference: String { review.draft.version.reference }

    /// What is asked of the reader, as one sentence.
    var title: String {
        let rule = statement.rule.map { " of the rule '\($0)'" } ?? ""
        let end = statement.expiresAt.map { " until \(TimeText.seconds($0))" } ?? ""
        return "\(statement.kind.rawValue)\(rule) for \(reference) under '\(statement.policy)'\(end), to be signed by "
            + statement.signer
    }

    /// The verdict in one line, or that there is none.
    var verdictLine: String {
        guard let verdict = review.verdict else {
            let place = review.draft.environment.map { " for '\($0)' by its document in force" } ?? ""
            return "no gate has decided on these weights\(place) yet"
                + (review.draft.verdictObjection.map { "; the newest verdict does not count: \($0)" } ?? "")
        }
        let decision = verdict.decision
        return "the gate '\(decision.policy)' \(decision.isPassed ? "passed" : "refused") it at "
            + "\(TimeText.seconds(decision.decidedAt))" + (review.verdictNote.map { "; \($0)" } ?? "")
    }

    /// Who is missing, a sentence a rule.
    var missing: [String] {
        if review.approvals.isEmpty { return ["the policy '\(statement.policy)' asks nobody to approve"] }
        return review.approvals.map { approval in
            let state = approval.state, place = approval.environment.map { "in '\($0)': " } ?? ""
            let roles =
                state.roles.isEmpty
                ? "" : " of the role\(state.roles.count == 1 ? "" : "s") \(state.roles.joined(separator: ", "))"
            let asked = "\(place)\(state.count) approval\(state.count == 1 ? "" : "s")\(roles)"
            if state.holds { return "\(asked): \(state.count == 1 ? "there" : "all there")" }
            let left = max(0, state.count - state.approvers.count)
            return left > 0 ? "\(asked): \(left) missing" : "\(asked): \(state.reason)"
        }
    }

    /// What changes against what is in force, in sentences; the numbers stand in a table.
    var changes: [String] {
        let taken = review.takenBack.map { place, back in
            "in '\(place)' \(back.text); what was signed for these weights before counts no more"
        }
        guard let difference = review.difference else { return taken + running + [review.differenceNote ?? ""] }
        var lines = taken + running + ["against \(difference.incumbent), weights \(difference.weights.prefix(12))"]
        if let problem = difference.problem { lines.append("not measured against it: \(problem)") }
        if !difference.addedFeatures.isEmpty {
            lines.append("features added: \(difference.addedFeatures.joined(separator: ", "))")
        }
        if !difference.removedFeatures.isEmpty {
            lines.append("features removed: \(difference.removedFeatures.joined(separator: ", "))")
        }
        if difference.addedFeatures.isEmpty, difference.removedFeatures.isEmpty { lines.append("the same features") }
        lines += limitChanges
        return lines
    }

    /// What is in force now, where the verdict compared with something else.
    private var running: [String] {
        guard let place = review.draft.environment, let running = review.draft.running else { return [] }
        if running.weights == review.draft.version.weights {
            return ["in force in '\(place)' are these very weights, as \(running.reference)"]
        }
        guard review.verdict?.decision.incumbent != running.reference else { return [] }
        return ["in force in '\(place)' is \(running.reference), which no verdict that counts compared it with"]
    }

    private var limitChanges: [String] {
        guard let now = review.limits, let before = review.difference?.limits else {
            return ["limits: nothing tells those of the version in force"]
        }
        let old = Dictionary(LimitsInMoney(before).lines.map { ($0.name, $0.value) }) { first, _ in first }
        let changed = LimitsInMoney(now).lines.compactMap { line -> String? in
            guard let value = old[line.name], value != line.value else { return nil }
            return "limit of \(line.name): \(value) → \(line.value)"
        }
        return changed.isEmpty ? ["the same limits"] : changed
    }

    /// Measures side by side: `name, own, in force, difference, 95 %`.
    var measureRows: [[String]] {
        (review.difference?.measures ?? []).map { row in
            let gain = row.isHigherBetter ? row.difference.lower > 0 : row.difference.upper < 0
            let loss = row.isHigherBetter ? row.difference.upper < 0 : row.difference.lower > 0
            return [
                row.name, measured(row.own), measured(row.incumbent), measured(row.difference.value),
                "\(measured(row.difference.lower)) … \(measured(row.difference.upper))",
                gain ? "better" : loss ? "worse" : "no difference shown",
            ]
        }
    }

    static let measureHeader = ["measure", "own", "in force", "difference", "95 %", ""]

    /// `who, what, roles, when, why, counts`.
    var signatureRows: [[String]] {
        review.signatures.map { signature in
            let what = signature.kind.rawValue + (signature.rule.map { " of \($0)" } ?? "")
            let end = signature.expiresAt.map { " until \(TimeText.seconds($0))" } ?? ""
            return [
                signature.signer, what + end, signature.roles.joined(separator: ", "), TimeText.seconds(signature.time),
                signature.reason, signature.objection.map { "no: \($0)" } ?? "yes",
            ]
        }
    }

    /// The newest of the signatures by which one person says one thing, with how many there are: on a terminal, what
    /// was said again fills the screen and says nothing more. The page for a browser has all of them.
    private var once: [(signature: VersionReview.Signature, count: Int)] {
        var found: [(signature: VersionReview.Signature, count: Int)] = []
        for signature in review.signatures {
            let same = found.firstIndex { known, _ in
                known.signer == signature.signer && known.kind == signature.kind && known.rule == signature.rule
                    && known.policy == signature.policy && known.objection == signature.objection
            }
            guard let same else {
                found.append((signature, 1))
                continue
            }
            let newest = found[same].signature.time > signature.time ? found[same].signature : signature
            found[same] = (newest, found[same].count + 1)
        }
        return found
    }

    /// What the signature covers: `name, value`, digests cut as elsewhere on the page.
    var signedRows: [(name: String, value: String)] {
        review.signed.map { line in
            (line.name, line.isDigest ? String(line.value.prefix(12)) : line.value.isEmpty ? "–" : line.value)
        }
    }

    /// How far the signature reaches, where the text leaves that open.
    var reach: [String] {
        guard statement.kind != .rejection else { return ["it is of the weights, wherever the signer is somebody"] }
        return [
            statement.environment == nil
                ? "it names no environment: it is for every one that asks for this policy" : nil,
            statement.strategy == nil ? "it names no strategy: it lets through whichever is judged" : nil,
        ].compactMap(\.self)
    }

    /// What the page was drawn from.
    var basisRows: [(name: String, value: String)] {
        review.digests.map { ($0.name, String($0.digest.prefix(12))) }
    }

    static let basisTitle = "What this page was drawn from, which is not signed"

    static let signatureHeader = ["who", "what", "roles", "when", "why", "counts"]

    var limitLines: [(name: String, value: String)] { review.limits.map { LimitsInMoney($0).lines } ?? [] }

    var moneyNote: String {
        guard let limits = review.limits else { return "no verdict names a strategy, so nobody can tell the limits" }
        return limits.priceDecimals == nil
            ? "the weights do not say what a price unit is worth" : "money in the currency of the market"
    }

    package func text(_ given: TextStyle) -> String {
        let style = given.ofPages
        func heading(_ text: String) -> String { "\n" + style.paint(text, .bold) }
        func line(_ text: String) -> String { style.wrapped("  " + Escaping.terminal(text), indent: 4) }
        func pairs(_ lines: [(String, String)]) -> String {
            let width = lines.map { DisplayWidth.columns($0.0) }.max() ?? 0
            return lines.map { name, value in
                line(name + String(repeating: " ", count: max(0, width - DisplayWidth.columns(name)) + 2) + value)
            }.joined(separator: "\n")
        }
        var out = [style.wrapped(Escaping.terminal(title), indent: 2), heading("Gate"), line(verdictLine)]
        if let verdict = review.verdict { out.append(GateTable(verdict.report).text(style)) }
        out += [heading(ReviewDocument.testTitle)] + testLines.map(line)
        out.append(heading("Against what is in force"))
        out += changes.map(line)
        if !measureRows.isEmpty {
            var table = TextTable(ReviewDocument.measureHeader, rightAligned: [1, 2, 3])
            for row in measureRows { table.add(row) }
            // Inside the margin of the page.
            out.append(
                table.text(width: style.tableWidth.map { $0 - 2 }).split(separator: "\n").map { "  \($0)" }
                    .joined(separator: "\n"))
        }
        out += [heading("What it may do at most"), line(moneyNote)]
        if !limitLines.isEmpty { out.append(pairs(limitLines.map { ($0.name, $0.value) })) }
        out += [heading("What is signed"), pairs(signedRows.map { ($0.name, $0.value) })] + reach.map(line)
        if !basisRows.isEmpty {
            out += [heading(ReviewDocument.basisTitle), pairs(basisRows.map { ($0.name, $0.value) })]
        }
        out.append(heading("Who signed so far"))
        if signatureRows.isEmpty {
            out.append(line("nobody"))
        } else {
            out += once.flatMap { signature, count in
                let what = signature.kind.rawValue + (signature.rule.map { " of \($0)" } ?? "")
                let end = signature.expiresAt.map { " until \(TimeText.seconds($0))" } ?? ""
                let roles = signature.roles.isEmpty ? "" : " (\(signature.roles.joined(separator: ", ")))"
                let why = signature.reason.isEmpty ? "" : ": \(signature.reason)"
                let times = count == 1 ? "" : ", the last of \(count) times"
                let time = TimeText.seconds(signature.time)
                return [
                    line("\(signature.signer)\(roles), \(what)\(end), at \(time)\(times)\(why)"),
                    line("  " + (signature.objection.map { "does not count: \($0)" } ?? "counts")),
                ]
            }
        }
        return (out + missing.map(line)).joined(separator: "\n")
    }

    /// The same for a browser.
    package var page: Page {
        let passed = review.verdict?.decision.isPassed
        let kind: Page.Verdict.Kind = passed == nil || review.verdictNote != nil ? .open : passed == true ? .good : .bad
        func paragraphs(_ lines: [String]) -> HTML { lines.map(HTML.paragraph).joined() }
        var sections: [Page.Section] = []
        if let verdict = review.verdict { sections.append(Page.Section("Gate", GateTable(verdict.report).html)) }
        sections.append(Page.Section(ReviewDocument.testTitle, paragraphs(testLines)))
        sections.append(
            Page.Section(
                "Against what is in force",
                paragraphs(changes)
                    + (measureRows.isEmpty
                        ? .empty
                        : HTML.table(
                            "measures", ReviewDocument.measureHeader, texts: measureRows, numeric: [1, 2, 3, 4]))))
        sections.append(
            Page.Section(
                "What it may do at most",
                paragraphs([moneyNote])
                    + (limitLines.isEmpty
                        ? .empty : HTML.table("limits", ["", ""], texts: limitLines.map { [$0.name, $0.value] }))))
        sections.append(
            Page.Section(
                "What is signed",
                HTML.table("signed", ["", ""], texts: signedRows.map { [$0.name, $0.value] }) + paragraphs(reach)))
        if !basisRows.isEmpty {
            sections.append(
                Page.Section(
                    ReviewDocument.basisTitle,
                    HTML.table("digests", ["", ""], texts: basisRows.map { [$0.name, $0.value] })))
        }
        sections.append(
            Page.Section(
                "Who signed so far",
                (signatureRows.isEmpty
                    ? HTML.paragraph("nobody")
                    : HTML.table("signatures", ReviewDocument.signatureHeader, texts: signatureRows))
                    + paragraphs(missing)))
        return Page(title: title, verdict: Page.Verdict(kind, verdictLine), sections: sections)
    }
}
