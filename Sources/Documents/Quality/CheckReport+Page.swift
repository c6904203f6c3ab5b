package import Basics

extension CheckReport {
    /// For a browser: the verdict as the headline, and a row for every rule, those that do not hold first.
    package var page: Page {
        let order: [Status] = [.failed, .waived, .warned, .passed]
        let sorted = order.flatMap { status in items.filter { $0.status == status } }
        return Page(
            title: title, verdict: Page.Verdict(isPassed ? .good : .bad, summary), facts: [subject],
            sections: [
                Page.Section(
                    "Rules", HTML.table("rules", ["", "rule", "result"], sorted.map(CheckReport.row), style: "rules"))
            ])
    }

    /// Passed or failed, and how many rules say so.
    package var summary: String {
        let failed = items.count { $0.status == .failed }
        let others = [Status.warned, .waived].compactMap { status -> String? in
            let count = items.count { $0.status == status }
            return count > 0 ? "\(count) \(status.rawValue)" : nil
        }
        let counts =
            failed > 0
            ? ["\(failed) of \(items.count) rules \(failed == 1 ? "does" : "do") not hold"] + others
            : ["\(items.count { $0.status == .passed }) of \(items.count) rules hold"] + others
        return "\(isPassed ? "Passed" : "Failed"): \(counts.joined(separator: ", "))"
    }

    /// Never told by colour alone.
    static func mark(_ status: Status) -> String {
        switch status {
        case .passed: "✓"
        case .warned: "!"
        case .failed: "✗"
        // It did not hold either, and does not block.
        case .waived: "~"
        }
    }

    private static func row(_ item: Item) -> [HTML] {
        let evidence = item.evidence.map { "<li><code>\(Escaping.html($0))</code></li>" }.joined()
        let status = item.status.rawValue
        return [
            HTML(made: "<span class=\"status \(status)\">\(mark(item.status)) \(status)</span>"),
            .text(item.name),
            HTML(
                made: Escaping.html(item.reason) + (evidence.isEmpty ? "" : "<ul>\(evidence)</ul>")),
        ]
    }
}
