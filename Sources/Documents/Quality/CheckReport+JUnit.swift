import Basics

extension CheckReport {
    /// JUnit XML as GitLab and Jenkins read it: one test case per rule.
    var junit: String {
        let failures = items.count { $0.status == .failed }
        let suite = Escaping.html(title), subject = Escaping.html(subject)
        var out = """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites>
              <testsuite name="\(suite)" tests="\(items.count)" failures="\(failures)" errors="0" skipped="0">

            """
        for item in items {
            out += "    <testcase classname=\"\(subject)\" name=\"\(Escaping.html(item.name))\">"
            let detail = Escaping.html(([item.reason] + item.evidence).joined(separator: "\n"))
            switch item.status {
            case .failed: out += "<failure message=\"\(Escaping.html(item.reason))\">\(detail)</failure>"
            case .waived: out += "<system-out>waived: \(detail)</system-out>"
            case .warned: out += "<system-out>warning: \(detail)</system-out>"
            case .passed: out += "<system-out>\(detail)</system-out>"
            }
            out += "</testcase>\n"
        }
        return out + "  </testsuite>\n</testsuites>\n"
    }
}
