import Basics

extension CheckReport {
    /// For a merge request: the verdict, then a table with a row for every rule.
    var markdown: String {
        var out = "## \(Escaping.markdown(title)): \(isPassed ? "passed" : "**failed**")\n\n"
        out += "\(Escaping.markdownCode(subject))\n\n| | rule | result |\n|---|---|---|\n"
        for item in items {
            let mark = item.status == .passed ? "✅" : item.status == .failed ? "❌" : "⚠️"
            let cell = [Escaping.markdown(item.reason)] + item.evidence.prefix(3).map(Escaping.markdownCode)
            out += "| \(mark) | \(Escaping.markdown(item.name)) | \(cell.joined(separator: "<br>")) |\n"
        }
        return out
    }
}
