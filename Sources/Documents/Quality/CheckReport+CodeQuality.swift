import Basics

extension CheckReport {
    /// GitLab's code quality format, a subset of Code Climate's. The fingerprint names the rule and subject, so that a
    /// repeated run is the same finding. GitLab makes a link of the path.
    func codeQuality(at path: String) -> String {
        let entries = items.filter { $0.status != .passed }.map { item in
            JSONValue.map([
                "description": .string("\(title): \(item.name): \(item.reason)"), "check_name": .string(item.name),
                "fingerprint": .string(String(Digest.sha256("\(title)\n\(subject)\n\(item.name)").prefix(32))),
                "severity": .string(item.status == .failed ? "blocker" : "minor"),
                "location": .map(["path": .string(path), "lines": .map(["begin": .int(1)])]),
            ])
        }
        return JSONValue.list(entries).text(.pretty) + "\n"
    }
}
