import Basics
import Deployment
import ModelBundles

/// What one document says otherwise than another.
enum DocumentChanges {
    private static let moving: Set<String> = ["counter", "createdAt", "expiresAt", "schemaVersion"]

    /// A line a difference, such as `limits.maximumPosition: 100 → 200`; number, beginning and end aside.
    static func lines(_ old: EnvironmentAuthority?, _ new: EnvironmentAuthority) -> [String] {
        lines(old.map(facts), facts(new))
    }

    /// - Parameter old: facts by what they are about, in the order of their text; nil where there was no text before:
    ///   all that the new one says, unmarked.
    static func lines(_ old: [(String, String)]?, _ new: [(String, String)]) -> [String] {
        let before = Dictionary(old ?? []) { first, _ in first }
        let lines = new.compactMap { path, value -> String? in
            guard let known = before[path] else { return old == nil ? "\(path): \(value)" : "+ \(path): \(value)" }
            return known == value ? nil : "\(path): \(known) → \(value)"
        }
        let present = Set(new.map(\.0))
        return lines + (old ?? []).filter { !present.contains($0.0) }.map { "- \($0.0): \($0.1)" }
    }

    /// Keys and places by their names, so that a line more is a key more and not another number of all that follow.
    private static func facts(_ document: EnvironmentAuthority) -> [(String, String)] {
        var facts: [(String, String)] = [], json = document.json
        json[key: "keys"] = nil
        json[key: "root"] = nil
        // Places by what they are, as well.
        json[key: "anchors"] = nil
        // An empty list of freezes is none, and none that came or went.
        if document.freezes.isEmpty { json[key: "freezes"] = nil }
        for leaf in json.leaves() where !moving.contains(leaf.path) && !leaf.value.isNull {
            facts.append(
                leaf.path == "deploymentDays"
                    ? ("deploymentHours", hours(document.deploymentDays))
                    : (leaf.path, leaf.value.stringValue ?? leaf.value.text(.compact)))
        }
        facts += named(document.anchors)
        facts.append(("root.threshold", String(document.root.threshold)))
        return facts + named(document.root.keys, "root") + named(document.keys, "keys")
    }

    /// As `environment.yaml` says it; documents hold days.
    private static func hours(_ days: Double) -> String {
        let text = rounded(days * 24, 6)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// A place by what it is called; where several are called the same, each with a digest of what is kept there.
    private static func named(_ anchors: [EnvironmentAnchor]?) -> [(String, String)] {
        guard let anchors else { return [] }
        let counts = Dictionary(grouping: anchors, by: \.place).mapValues(\.count)
        return anchors.isEmpty
            ? [("anchors", "none")]
            : anchors.map {
                let other = counts[$0.place] == 1 ? "" : " (\(Digest.sha256($0.kept).prefix(8)))"
                return ("anchors.\($0.place)\(other)", $0.kept)
            }
    }

    /// A key by its name; where several have one name, which none may hide behind, each with its id.
    private static func named(_ keys: [PublicKey], _ list: String) -> [(String, String)] {
        let counts = Dictionary(grouping: keys, by: \.name).mapValues(\.count)
        return keys.map { key in
            ("\(list).\(key.name)" + (counts[key.name] == 1 ? "" : " (\(key.id))"), words(key))
        }
    }

    private static func words(_ key: PublicKey) -> String {
        let parts: [String?] = [
            key.id, key.roles.isEmpty ? nil : "as \(key.roles.joined(separator: ", "))",
            key.person == key.name ? nil : "of \(key.person)", key.expiresAt.map { "until \(TimeText.utc($0))" },
            key.revoked.map { "revoked at \(TimeText.utc($0.at))" },
        ]
        return parts.compactMap { $0 }.joined(separator: " ")
    }
}
