/// The outcome of a list of rules, ready for people and for CI: what a data check, a gate and a bundle check have in
/// common.
package struct CheckReport: Sendable, Equatable {
    package enum Status: String, Sendable {
        case passed
        /// Did not hold, but only a warning was asked for.
        case warned
        case failed
        /// Did not hold, and a named person signed that it need not, until a stated day.
        case waived
    }

    package struct Item: Sendable, Equatable {
        package var name: String
        package var status: Status
        /// One sentence: measured against required.
        package var reason: String
        /// Places or figures behind the reason, capped by the maker.
        package var evidence: [String]
        /// Numbers for machines.
        package var values: JSONValue

        package init(name: String, status: Status, reason: String, evidence: [String] = [], values: JSONValue = .null) {
            self.name = name
            self.status = status
            self.reason = reason
            self.evidence = evidence
            self.values = values
        }
    }

    package var title: String
    package var subject: String
    package var items: [Item]

    package init(title: String, subject: String, items: [Item]) {
        self.title = title
        self.subject = subject
        self.items = items
    }

    package var isPassed: Bool { !items.contains { $0.status == .failed } }

    package var json: JSONValue {
        .map([
            "schemaVersion": .int(1), "title": .string(title), "subject": .string(subject),
            "passed": .bool(isPassed),
            "items": .list(
                items.map {
                    .map([
                        "name": .string($0.name), "status": .string($0.status.rawValue), "reason": .string($0.reason),
                        "evidence": .strings($0.evidence), "values": $0.values,
                    ])
                }),
        ])
    }

    // MARK: Documents

    package enum Format: String, CaseIterable, Sendable {
        case json, junit, markdown, html
        /// What GitLab shows beside a merge request: one entry for every rule that does not hold.
        case gitlabCodeQuality = "gitlab-codequality"
    }

    package func text(_ format: Format) -> String {
        switch format {
        case .json: json.text(.pretty) + "\n"
        case .junit: junit
        case .markdown: markdown
        case .html: html
        case .gitlabCodeQuality: codeQuality
        }
    }

    /// JUnit XML as GitLab and Jenkins read it: one test case per rule.
    private var junit: String {
        let failures = items.count { $0.status == .failed }
        var out = """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites>
              <testsuite name="\(CheckReport.escaped(title))" tests="\(items.count)" failures="\(failures)" errors="0" skipped="0">

            """
        for item in items {
            out +=
                "    <testcase classname=\"\(CheckReport.escaped(subject))\" name=\"\(CheckReport.escaped(item.name))\">"
            let detail = CheckReport.escaped(([item.reason] + item.evidence).joined(separator: "\n"))
            switch item.status {
            case .failed: out += "<failure message=\"\(CheckReport.escaped(item.reason))\">\(detail)</failure>"
            case .waived: out += "<system-out>waived: \(detail)</system-out>"
            case .warned: out += "<system-out>warning: \(detail)</system-out>"
            case .passed: out += "<system-out>\(detail)</system-out>"
            }
            out += "</testcase>\n"
        }
        return out + "  </testsuite>\n</testsuites>\n"
    }

    /// GitLab's code quality format, a subset of Code Climate's. The fingerprint names the rule and subject, so that a
    /// repeated run is the same finding.
    private var codeQuality: String {
        JSONValue.list(
            items.filter { $0.status != .passed }.map { item in
                .map([
                    "description": .string("\(title): \(item.name): \(item.reason)"), "check_name": .string(item.name),
                    "fingerprint": .string(String(Digest.sha256("\(title)\n\(subject)\n\(item.name)").prefix(32))),
                    "severity": .string(item.status == .failed ? "blocker" : "minor"),
                    "location": .map(["path": .string(subject), "lines": .map(["begin": .int(1)])]),
                ])
            }
        ).text(.pretty) + "\n"
    }

    private var markdown: String {
        var out =
            "## \(title): \(isPassed ? "passed" : "**failed**")\n\n`\(subject)`\n\n| | rule | result |\n|---|---|---|\n"
        for item in items {
            let mark = item.status == .passed ? "✅" : item.status == .failed ? "❌" : "⚠️"
            let cell = ([item.reason] + item.evidence.prefix(3).map { "`\($0)`" }).joined(separator: "<br>")
            out +=
                "| \(mark) | \(item.name) | \(cell.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")) |\n"
        }
        return out
    }

    private var html: String {
        let rows = items.map { item in
            let evidence = item.evidence.map { "<li><code>\(CheckReport.escaped($0))</code></li>" }.joined()
            return
                "<tr class=\"\(item.status.rawValue)\"><td>\(item.status.rawValue)</td><td>\(CheckReport.escaped(item.name))</td><td>\(CheckReport.escaped(item.reason))\(evidence.isEmpty ? "" : "<ul>\(evidence)</ul>")</td></tr>"
        }
        return """
            <!doctype html>
            <html lang="en"><meta charset="utf-8"><title>\(CheckReport.escaped(title))</title>
            <style>
            body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2330}
            table{border-collapse:collapse;width:100%}td{padding:.5rem .7rem;border-top:1px solid #dde2ea;vertical-align:top}
            td:first-child{font-weight:600}.passed td:first-child{color:#16794c}.warned td:first-child,.waived td:first-child{color:#a56a00}
            .failed td:first-child{color:#b42318}code{font-size:.85em}ul{margin:.3rem 0 0;padding-left:1.2rem}
            </style>
            <h1>\(CheckReport.escaped(title)): \(isPassed ? "passed" : "failed")</h1><p><code>\(CheckReport.escaped(subject))</code></p>
            <table>\(rows.joined(separator: "\n"))</table></html>

            """
    }

    /// Text for HTML and XML; characters that neither may hold are replaced.
    package static func escaped(_ text: String) -> String {
        var out = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "\n", "\t": out.unicodeScalars.append(character)
            case _ where character.value < 0x20 || character.value == 0xFFFE || character.value == 0xFFFF:
                out += "\u{FFFD}"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }
}
