import Basics
import ConfigurationFiles
import DataVersioning
import Promotion
import Registry

/// Two texts of a policy in; which rules came, went or changed, a line each, out. A document names its policy by a
/// digest, and nobody can tell by that what they sign.
enum PolicyChanges {
    /// - Parameter old: nil where there was none, or where its text is not to be had: all that the new one says.
    static func lines(_ old: GatePolicy?, _ new: GatePolicy) -> [String] {
        DocumentChanges.lines(old.map(facts), facts(new))
    }

    /// Rules by their ids, in the order of the file, then what else the policy says.
    private static func facts(_ policy: GatePolicy) -> [(String, String)] {
        var facts = policy.rules.map { rule -> (String, String) in
            // By name, so that a line that was written in another order is no change.
            let options = (rule.options.mapValue ?? []).filter { !["rule", "id"].contains($0.key) }
                .sorted { $0.key < $1.key }
                .map { "\($0.key) \(words($0.value))" }
            let kind = rule.id == rule.kind ? "" : "\(rule.kind) "
            return ("rule \(rule.id)", kind + (options.isEmpty ? "no options" : options.joined(separator: ", ")))
        }
        guard let said = try? JSONParser.parse(policy.text, file: "policy") else { return facts }
        for entry in said.mapValue ?? [] where !["schemaVersion", "rules"].contains(entry.key) {
            facts.append(("policy \(entry.key)", words(entry.value)))
        }
        return facts
    }

    /// As a policy would write it: `[risk, validator]`, `{hours: 24}`.
    private static func words(_ value: JSONValue) -> String {
        if let items = value.listValue { return "[\(items.map(words).joined(separator: ", "))]" }
        if let entries = value.mapValue {
            let parts = entries.sorted { $0.key < $1.key }.map { "\($0.key): \(words($0.value))" }
            return "{\(parts.joined(separator: ", "))}"
        }
        return value.stringValue ?? value.text(.compact)
    }

    // MARK: The text that was signed before

    /// A policy by its digest: from what was kept when a document was signed here, else from the commits of its file.
    ///
    /// - Parameter name: as the document says it.
    /// - Returns: nil where neither has it.
    static func text(_ name: String, _ digest: String, session: Session) -> GatePolicy? {
        if Paths.exists(session.artefacts.path(digest)), let path = try? session.artefacts.verified(digest),
            let node = try? JSONParser.parse(try FileChunks.bytes(path), file: path)
        {
            return try? GatePolicy(node, name: name)
        }
        return committed(name, digest, session: session)
    }

    /// So that the next document can be held against this one, also where no commit has the text.
    static func keep(_ policy: GatePolicy, session: Session) throws {
        _ = try session.artefacts.add(Array(policy.text.utf8))
    }

    /// Commits that are looked through, newest first.
    private static let mostCommits = 5_000

    private static func committed(_ name: String, _ digest: String, session: Session) -> GatePolicy? {
        let path = session.shown(EnvironmentPolicy.path(name, session: session))
        guard let files = try? TrackedFiles(session), let versions = try? files.versions(path, most: mostCommits) else {
            return nil
        }
        return versions.lazy.compactMap { bytes -> GatePolicy? in
            guard let node = try? YAMLFile.parse(String(decoding: bytes, as: UTF8.self), file: path) else { return nil }
            return try? GatePolicy(node, name: name)
        }.first { $0.digest == digest }
    }
}
