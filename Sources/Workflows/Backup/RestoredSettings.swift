import Basics
import ConfigurationFiles

/// The settings of a restored workspace in; ones that lead to the registry restored beside them, and to no other, out.
///
/// A project's settings may name a registry elsewhere, such as `/srv/models/registry.sqlite`. A workspace restored with
/// them would read and write that one: a rehearsal would promote into the record of production, and after a real loss
/// an empty registry would come up in the place of the one that was restored.
enum RestoredSettings {
    /// - Parameters:
    ///   - path: of the settings, wherever they lie until the workspace has its place.
    ///   - target: that place.
    ///   - registry: where the restored registry goes, from there.
    /// - Returns: what was changed, in words.
    /// - Throws: ``ConfigError`` for settings that cannot be read: nobody could say where they lead.
    static func detach(_ path: String, target: String, registry: String) throws -> [String] {
        guard Paths.exists(path) else { return [] }
        let node = try YAMLFile.read(path)
        guard let named = node[key: "registry"]?.stringValue, !leads(named, target, registry) else { return [] }
        let text = try OwnFile.text(path), end = text.lineEnd
        let lines = text.textLines().map { line in
            line.hasPrefix("registry:") ? "# restored from a backup; before: \(line)" : String(line)
        }
        var changed = lines.joined(separator: end) + (text.hasSuffix(end) ? end : "")
        // However it was written: nothing that leads elsewhere is left.
        if try YAMLFile.parse(changed, file: path)[key: "registry"] != nil {
            changed =
                JSONValue.map((node.mapValue ?? []).filter { $0.key != "registry" }.map { ($0.key, $0.value) }).text(
                    .pretty) + "\n"
        }
        try AtomicFile.write(changed, to: path)
        return [
            "Registry/hftml.yaml named the registry '\(named)': taken out, so that nothing here is written into that "
                + "one; this workspace uses \(registry)"
        ]
    }

    private static func leads(_ named: String, _ target: String, _ registry: String) -> Bool {
        Paths.normalized(Paths.join(target, named)).isExactly(Paths.normalized(Paths.join(target, registry)))
    }

    /// What else still leads to places that others use, in words.
    ///
    /// - Parameter variable: of the caller's environment, which goes before the settings.
    static func warnings(_ session: Session, variable: String?) throws -> [String] {
        var words: [String] = []
        if let variable, !variable.isEmpty {
            words.append(
                "HFTML_REGISTRY is set to '\(variable)', which goes before the registry that was restored: unset it to "
                    + "work with this one")
        }
        for case .directory(let path) in try session.anchorPlaces() where path.hasPrefix("/") {
            words.append(
                "what is signed here is anchored in '\(path)', as before: for a rehearsal take it out of "
                    + "Registry/hftml.yaml")
        }
        return words
    }
}
