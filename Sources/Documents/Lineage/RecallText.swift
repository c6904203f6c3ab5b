import Basics
import Registry
import Workflows

/// A recall as people read it: one block a content, newest first, then what could not be looked at.
struct RecallText {
    private let recall: Recall
    private let style: TextStyle
    private static let mostUnseen = 10

    init(_ recall: Recall, _ style: TextStyle) {
        self.recall = recall
        self.style = style
    }

    var text: String {
        var lines: [String] = []
        for subject in recall.subjects {
            if !lines.isEmpty { lines.append("") }
            lines += block(subject)
        }
        lines += missing
        return lines.map { style.wrapped($0, indent: 2) }.joined(separator: "\n")
    }

    /// - Parameter seconds: since 1970.
    static func time(_ seconds: Int) -> String {
        let (nanoseconds, isTooLong) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return isTooLong ? "\(seconds) s" : TimeText.utc(nanoseconds)
    }

    static func version(_ receipt: DeploymentRecord) -> String? {
        receipt.model.map { "\($0)/\(receipt.version ?? 0)" }
    }

    // MARK: Contents

    /// Nobody read it, as far as can be told.
    private var nobody: String {
        recall.isComplete ? "nothing on record read it" : "nothing that can be looked at here read it"
    }

    private func block(_ subject: Recall.Subject) -> [String] {
        let name = Escaping.terminal(subject.reference)
        let count = subject.contents.count, read = subject.contents.count { !$0.readings.isEmpty }
        var head = "\(name): "
        if count == 0 {
            head += "no content of it is known here"
        } else if read == 0 {
            head += subject.isRead ? "read in part only" : nobody
        } else {
            head += count == 1 ? "1 content" : "\(count) contents, \(read) of them read"
        }
        if subject.contents.contains(where: { $0.uses.deployments.contains(where: \.isInForce) }) {
            head += "; " + style.paint("in force", .red)
        }
        var lines = [head]
        for content in subject.contents {
            lines += ["", title(content)]
            lines += content.readings.isEmpty ? ["  \(nobody)"] : uses(content)
        }
        if let sharing = subject.sharing {
            lines += ["", "other data on record with files of it"]
            lines += uses(sharing)
        }
        return lines
    }

    private func title(_ content: Recall.Content) -> String {
        var words = [style.paint(content.digest, .bold)]
        if let commit = content.commit {
            words.append("recorded \(content.time.map(RecallText.time) ?? "") in commit \(commit.prefix(12))")
        } else if let time = content.time {
            words.append("first read \(RecallText.time(time)), in no commit")
        }
        if content.isPresent { words.append("recorded now") }
        if content.isStanding { words.append("in the workspace now") }
        return words.joined(separator: "  ")
    }

    private func uses(_ content: Recall.Content) -> [String] {
        let read = content.readings.map { reading in
            var text = "\(reading.data.label)  \(RecallText.digest(reading.data.id))"
            if let first = reading.names.first {
                text += ", as \(first)"
                if reading.names.count > 1 { text += " and \(reading.names.count - 1) more" }
            }
            if reading.isMade { text += ", made from it by stages" }
            if let files = reading.files { text += ", \(files) files of it" }
            return text
        }
        return rows("read in", read) + rows(content.uses)
    }

    private func rows(_ uses: Recall.Uses) -> [String] {
        let versions = uses.versions.map { version in
            version.reference + (version.aliases.isEmpty ? "" : " (\(version.aliases.joined(separator: ", ")))")
                + (version.isDeleted ? " (deleted)" : "")
        }
        let deployments = uses.deployments.map { deployment in
            let receipt = deployment.receipt, version = RecallText.version(receipt) ?? "a bundle"
            let state =
                deployment.isInForce
                ? "in force since" : receipt.outcome == "installed" ? "no longer in force, installed" : receipt.outcome
            return "\(receipt.environment): \(version) \(state) \(TimeText.seconds(receipt.time))"
        }
        func labels(_ kind: LineageNode.Kind) -> [String] {
            uses.nodes(kind).map { "\($0.label)  \(RecallText.digest($0.id))" }
        }
        let runs = uses.nodes(.run).map(\.label), gates = uses.nodes(.gateDecision).map(\.label)
        return rows("features", labels(.features)) + rows("runs", runs) + rows("versions", versions)
            + rows("gate", gates) + rows("bundles", labels(.bundle)) + rows("deployed", deployments)
    }

    /// Things under one heading, a line each.
    private func rows(_ name: String, _ things: [String]) -> [String] {
        things.enumerated().map { index, thing in
            let head = index == 0 ? name : ""
            return "  " + head.padding(to: 10) + Escaping.terminal(thing)
        }
    }

    /// The start of the digest that an identity ends with.
    private static func digest(_ id: String) -> String { String((id.split(separator: ":").last ?? "").prefix(12)) }

    // MARK: What could not be looked at

    private var missing: [String] {
        var lines: [String] = []
        if !recall.unseen.isEmpty {
            let count = recall.unseen.count
            lines += [
                "",
                style.paint("incomplete:", .yellow)
                    + " cannot tell for \(count) version\(count == 1 ? "" : "s") of data: no list of files is here",
            ]
            for unseen in recall.unseen.prefix(RecallText.mostUnseen) { lines += rows(unseen) }
            if count > RecallText.mostUnseen { lines.append("  … and \(count - RecallText.mostUnseen) more: --json") }
            let tracked = Set(recall.unseen.filter { $0.commit != nil }.map { ExactText($0.path) })
            if !tracked.isEmpty {
                let targets = tracked.map { Escaping.terminal($0.text) }.sorted().map { "'\($0)'" }
                lines.append("  bring them with: hftml fetch \(targets.joined(separator: " ")) --all-commits")
            }
            if recall.unseen.contains(where: { $0.commit == nil }) {
                lines.append("  what lay outside version control when it was read cannot be brought back")
            }
        }
        for file in recall.unreadable {
            lines += ["", style.paint("incomplete:", .yellow) + " " + Escaping.terminal(file.failure.message)]
        }
        if recall.isShallow {
            lines += [
                "",
                style.paint("incomplete:", .yellow)
                    + " older commits are not here; bring them with: git fetch --unshallow",
            ]
        }
        for digest in recall.foreign {
            lines += [
                "",
                style.paint("incomplete:", .yellow)
                    + " raw data is on record by MD5, so it cannot be searched for \(digest); "
                    + "give the path or the MD5 of the file",
            ]
        }
        return lines
    }

    private func rows(_ unseen: Recall.Unseen) -> [String] {
        var line = "  \(Escaping.terminal(unseen.path))  \(unseen.md5)"
        if let commit = unseen.commit { line += "  commit \(commit.prefix(12))" }
        if let problem = unseen.problem { line += "  \(Escaping.terminal(problem))" }
        let versions = unseen.uses.versions.map(\.reference), runs = unseen.uses.nodes(.run).count
        let made = versions.isEmpty ? (runs == 0 ? [] : ["\(runs) runs"]) : versions
        if !made.isEmpty { line += "  read by \(Escaping.terminal(made.joined(separator: ", ")))" }
        return [line]
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
