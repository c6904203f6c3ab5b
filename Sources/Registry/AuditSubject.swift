import Basics

/// What an entry of the audit log is about.
///
/// The log keeps text, which its hashes cover; this type is the only place that writes and reads it. A key and an
/// archive of another tool have no mark of their own in the text, so reading takes the action as well.
///
///     m                 a model              run:4f1c…         a run
///     m/3               a version            experiment:demo   an experiment
///     m@champion        an alias             hook:mail         a hook
///     alice             a key, after key.…   9f86…             a bundle that names no model, after deployment.…
///     data:Data/bars    data               lineage:4f1c…    a node of the lineage graph
package enum AuditSubject: Sendable, Hashable {
    case model(String)
    case version(model: String, number: Int)
    case alias(String, model: String)
    case run(String)
    case experiment(String)
    case study(String)
    case environment(String)
    case hook(String)
    /// A signing key, by its owner's name.
    case key(String)
    /// A bundle, by its digest.
    case bundle(String)
    /// A file or directory under version control, by its path in the workspace.
    case data(String)
    /// A node of the lineage graph, by its id.
    case lineage(String)
    /// Another tool whose records were taken in.
    case tool(String)

    /// As the log has it.
    package var text: String {
        switch self {
        case .model(let name), .key(let name), .bundle(let name), .tool(let name): name
        case .version(let model, let number): "\(model)/\(number)"
        case .alias(let alias, let model): "\(model)@\(alias)"
        case .run(let id): "run:\(id)"
        case .experiment(let name): "experiment:\(name)"
        case .study(let name): "study:\(name)"
        case .environment(let name): "environment:\(name)"
        case .hook(let name): "hook:\(name)"
        case .data(let path): "data:\(path)"
        case .lineage(let id): "lineage:\(id)"
        }
    }

    /// Reads the text of an entry.
    ///
    /// - Parameter action: of the entry; without it, a bare name is a model.
    /// - Returns: nil for an empty text.
    package init?(_ text: String, action: String = "") {
        guard !text.isEmpty else { return nil }
        if action.hasPrefix("key.") {
            self = .key(text)
        } else if ["registry.import", "registry.restore", RegistryDatabase.adoption, RegistryDatabase.clockAction]
            .contains(action)
        {
            self = .tool(text)
        } else if let marked = AuditSubject.marked(text) {
            self = marked
        } else if let slash = text.lastIndex(of: "/"), let number = Int(text[text.index(after: slash)...]) {
            self = .version(model: String(text[..<slash]), number: number)
        } else if let at = text.firstIndex(of: "@") {
            self = .alias(String(text[text.index(after: at)...]), model: String(text[..<at]))
        } else if action.hasPrefix("deployment."), text.count == 64, text.allSatisfy(\.isHexDigit) {
            self = .bundle(text)
        } else {
            self = .model(text)
        }
    }

    /// A subject whose text begins with its kind.
    private static func marked(_ text: String) -> AuditSubject? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let rest = String(text[text.index(after: colon)...])
        switch text[..<colon] {
        case "run": return .run(rest)
        case "experiment": return .experiment(rest)
        case "study": return .study(rest)
        case "environment": return .environment(rest)
        case "hook": return .hook(rest)
        case "data": return .data(rest)
        case "lineage": return .lineage(rest)
        default: return nil
        }
    }

    /// The model that a model, version or alias belongs to; nil for everything else.
    package var model: String? {
        switch self {
        case .model(let name), .version(let name, _), .alias(_, let name): name
        default: nil
        }
    }

    /// Between which texts all that belongs to a model stands: `m`, `m/3`, `m@champion`. Others may stand there too.
    static func bounds(ofModel name: String) -> (lower: String, upper: String) {
        // The marks '/' and '@' lie below 'A'.
        (name, name + "A")
    }

    /// The version's number; nil for everything else.
    package var number: Int? { if case .version(_, let number) = self { number } else { nil } }
}

extension VersionRecord {
    package var subject: AuditSubject { .version(model: model, number: version) }
}

extension AuditEntry {
    /// What the entry is about; nil for an empty text.
    package var about: AuditSubject? { AuditSubject(subject, action: action) }
}

extension RegistrySubject {
    /// The subject as the audit log names it.
    package var audited: AuditSubject {
        switch self {
        case .run(let id): .run(id)
        case .experiment(let name): .experiment(name)
        case .model(let name): .model(name)
        case .version(let model, let number): .version(model: model, number: number)
        }
    }
}
